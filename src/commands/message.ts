import { hostname } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type CommandContext, defineCommand } from "../lib/cli/command.ts";
import { channelLines } from "../lib/cli/output/channel-lines.ts";
import { fitted } from "../lib/cli/output/fit.ts";
import { waitingFor } from "../lib/cli/output/waiting.ts";
import { visible } from "../lib/cli/visible.ts";
import { secondsOf } from "../lib/config/duration.ts";
import { ServiceError, UsageError } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/files/atomic.ts";
import { makeFolder } from "../lib/files/folders.ts";
import type { Attempt, Channel } from "../lib/notify/channel.ts";
import { deliver } from "../lib/notify/deliver.ts";
import type { Letter } from "../lib/notify/letter.ts";
import { openOutbox } from "../lib/notify/outbox/outbox.ts";
import { requireTold } from "../lib/notify/undelivered.ts";
import { holdWorkspace } from "../lib/workspace/hold.ts";
import { parseDate } from "../lib/workspace/night.ts";
import { openServices, type Services } from "../lib/workspace/services.ts";
import { openWorkspace, type Workspace } from "../lib/workspace/workspace.ts";

const WHAT = ["test", "show", "flush"] as const;

const flags = z.strictObject({
  what: z.enum(WHAT).optional().meta({ positional: true }).describe("test, show or flush"),
  date: z.string().optional().describe("show: YYYY-MM-DD, today or yesterday; by default the newest message"),
  unknown: z.boolean().default(false).describe("flush: also what may have arrived, of two weeks or since --date"),
});
type Flags = z.infer<typeof flags>;

/** The team's messages apart from a night: whether its channels work, what they would get, and what they have not got yet. */
export const message = defineCommand({
  name: "message",
  group: "The team",
  summary: "test the channels, show a message, flush what is unsent",
  flags,

  async run(context, given) {
    const { what, date, unknown } = given;
    if (what === undefined)
      throw new UsageError("which of them? churn message takes test, show or flush", [
        "test sends a test message on every channel, show prints what each would get,",
        "flush sends what is missing",
      ]);
    if (unknown && what !== "flush") throw new UsageError("--unknown is for churn message flush");
    if (date !== undefined && what !== "show" && !unknown)
      throw new UsageError("--date is for churn message show and churn message flush --unknown");
    const workspace = await openWorkspace(context);
    if (what === "test") await test(context, workspace);
    else if (what === "show") await show(context, workspace, given);
    else await flush(context, workspace, given);
  },
});

/** Sends a test message on every channel, marked as one, and says for each where it went or what is wrong. */
async function test(context: CommandContext, workspace: Workspace): Promise<void> {
  const { terminal } = context;
  const { config, root, redact } = workspace;
  // What programs read is the result alone.
  await using services = openServices(workspace, context.json ? terminal.say : terminal.print);
  const channels = channelsOf(services);
  const deadline = secondsOf(config.notify.deadline);
  const results = await holdWorkspace(
    workspace,
    "message test",
    async ({ workspaceId: id }) => {
      const letter = testLetter({ id, folder: redact(root) }, context.now);
      return await Promise.all(
        channels.map(async (channel) => ({ channel, last: (await deliver(letter, channel, deadline)).last })),
      );
    },
    { onWait: waitingFor(terminal) },
  );
  const lines = results.map(({ channel, last }) => ({ channel: channel.name, ...resultOf(channel, last, redact) }));
  if (context.json) terminal.printJson({ channels: lines });
  else
    for (const { channel, outcome, detail } of lines)
      for (const line of channelLines(channel, outcome === "sent" ? detail : `${outcome}: ${detail}`))
        terminal.print(line);
  const left = lines.filter(({ outcome }) => outcome !== "sent");
  if (left.length > 0)
    throw new ServiceError(`${listed(left.map(({ channel }) => channel))} could not be told`, "look above for why");
}

/** @throws {UsageError} where there are none */
function channelsOf(services: Pick<Services, "channels">): readonly Channel[] {
  const channels = services.channels();
  if (channels.length === 0) throw new UsageError("no channel is configured", "notify: { channels: [terminal, file] }");
  return channels;
}

/** "slack, email and webhook" */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function resultOf({ isRepeatable }: Channel, last: Attempt, redact: (text: string) => string) {
  if (last.kind === "sent") return { outcome: "sent", detail: visible(redact(last.detail)) };
  const outcome = last.kind === "unknown" && !isRepeatable ? "unknown" : "not sent";
  return { outcome, detail: visible(redact(last.reason)) };
}

function testLetter(workspace: Letter["workspace"], now: Date): Letter {
  const at = now.toISOString();
  return {
    key: `test.${at.replaceAll(":", "")}`,
    created_at: at,
    message: { kind: "test" },
    workspace,
    host: hostname(),
    series: null,
    notes: [],
    tail: [],
    link: null,
    next: [],
  };
}

/** Prints what each channel would get of a night's message, and sends nothing. */
async function show(context: CommandContext, workspace: Workspace, { date }: Flags): Promise<void> {
  const { terminal } = context;
  const { config, root, store } = workspace;
  await using services = openServices(workspace, terminal.print);
  const channels = channelsOf(services);
  const day = date === undefined ? undefined : parseDate(date, config.timezone, context.now);
  const entries = (await openOutbox(store).entries()).filter(
    ({ letter }) => day === undefined || letter.key.startsWith(day),
  );
  const letter = entries.at(-1)?.letter;
  if (letter === undefined)
    throw new UsageError(
      day === undefined ? "there is no message in this store yet" : `there is no message about the night of ${day}`,
      day === undefined ? "a night makes one: churn run-all" : "churn message show has the newest one",
    );
  const shown = [];
  for (const channel of channels) {
    const { extension, content } = await channel.show(services.team().outgoing(channel.name, letter));
    shown.push({ channel: channel.name, extension, content });
  }
  if (context.json) {
    terminal.printJson({ key: letter.key, channels: shown });
    return;
  }
  for (const { channel, extension, content } of shown) {
    terminal.print(terminal.chalk.stdout.bold(channel));
    if (extension !== "html")
      for (const line of content.trimEnd().split("\n"))
        for (const one of fitted(visible(line), terminal.onScreen && extension === "txt")) terminal.print(one);
    else terminal.print(await writeAside(root, `${letter.key}.html`, content));
    terminal.print("");
  }
}

/** A page is for a browser, and lies beside the workspace's own files. @returns its path */
async function writeAside(root: string, name: string, content: string): Promise<string> {
  const folder = join(root, ".churn", "messages");
  makeFolder(folder);
  const path = join(folder, name);
  await writeFileAtomic(path, content);
  return path;
}

/** Sends what has not been sent. */
async function flush(context: CommandContext, workspace: Workspace, { unknown, date }: Flags): Promise<void> {
  const { terminal } = context;
  const { timezone } = workspace.config;
  const since = date === undefined ? lately(context.now) : parseDate(date, timezone, context.now);
  await using services = openServices(workspace, terminal.print);
  const team = services.team();
  const { sent, left } = await holdWorkspace(
    workspace,
    "message flush",
    async () => {
      const sent = await team.flush({ unknown: unknown ? { since } : undefined });
      return { sent, left: await team.undelivered() };
    },
    { onWait: waitingFor(terminal) },
  );
  if (context.json)
    terminal.printJson({
      sent: sent.map(({ key, channel, detail }) => ({ key, channel, detail })),
      left: left.map(({ key, channel, state, reason }) => ({ key, channel, state, reason })),
    });
  else if (sent.length === 0 && left.length === 0) terminal.print("nothing is unsent");
  else
    for (const { channel, about, detail } of sent)
      for (const line of channelLines(channel, `told of ${about}: ${detail}`)) terminal.print(line);
  requireTold({ left });
}

/** Older messages are sent once more only where a person says since when. */
function lately(now: Date): string {
  return new Date(now.getTime() - 14 * 24 * 60 * 60 * 1000).toISOString();
}
