import * as z from "zod";
import { type Command, type CommandContext, defineCommand, type Terminal } from "../lib/cli/command.ts";
import { listed } from "../lib/cli/numbers.ts";
import { labelled } from "../lib/cli/output/schedule.ts";
import { watchdogLines, wellLines } from "../lib/cli/output/watchdog.ts";
import { commandsAt } from "../lib/cli/shell.ts";
import { ChurnError, HeldError } from "../lib/errors.ts";
import { nightsOf } from "../lib/ledger/nights-of.ts";
import { type LedgerPlace, readLedger } from "../lib/ledger/read.ts";
import { openChannels } from "../lib/notify/open.ts";
import { deliveriesOf } from "../lib/notify/outbox/format.ts";
import { knownNames, withoutData } from "../lib/notify/outgoing.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { openFolderStore } from "../lib/store/folder.ts";
import { workspaceId } from "../lib/store/id.ts";
import { placesOf } from "../lib/supervise/room.ts";
import { askRegistry, toldRegistry } from "../lib/tracking/ask-registry.ts";
import { requireAddresses } from "../lib/tracking/open.ts";
import type { Look } from "../lib/watchdog/finding.ts";
import { lookAtConfig } from "../lib/watchdog/look-at-config.ts";
import { lookAtDisks } from "../lib/watchdog/look-at-disks.ts";
import { lookAtNights } from "../lib/watchdog/look-at-nights.ts";
import { lookAtProduction } from "../lib/watchdog/look-at-production.ts";
import { inOrder, type News, newsOf, type ToldFinding } from "../lib/watchdog/once.ts";
import { type WatchdogReport, watchdogFormat } from "../lib/watchdog/report.ts";
import { type HeldState, holdState, NOTHING_TOLD, readState, type WatchdogState } from "../lib/watchdog/state.ts";
import { messageOf, tell } from "../lib/watchdog/tell.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { startId } from "../lib/workspace/run-id.ts";
import { openServices, type Services } from "../lib/workspace/services.ts";
import { openSoundWorkspace, type SoundWorkspace } from "../lib/workspace/workspace.ts";

/** With something found, whoever is told of it. */
const FOUND = 5;

/** Nights among which one has seen what is in production. */
const NIGHTS_SEEN = 14;

const flags = z.strictObject({
  dry_run: z.boolean().default(false).describe("say what would be told, and send nothing"),
  quiet: z.boolean().default(false).describe("say nothing unless something new is found"),
});
type Flags = z.infer<typeof flags>;

/**
 * Looks whether nights come, and whether what they need lasts, and tells the team of what a person should look at: once. It takes no lock
 * of a run's, and waits for none.
 */
export function watchdog(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "watchdog",
    group: "A night",
    summary: "tells the team once when nights don't come",
    flags,

    async run(context, given) {
      const workspace = await openSoundWorkspace(context);
      await using services = openServices(workspace, context.terminal.print);
      if (given.dry_run) return await look({ context, workspace, services, stages, given }, undefined);
      const held = await holdIfPossible(workspace.root, (warning) => warn(context.terminal, warning));
      try {
        return await look({ context, workspace, services, stages, given }, held);
      } finally {
        held.close();
      }
    },
  });
}

interface Watching {
  readonly context: CommandContext;
  readonly workspace: SoundWorkspace;
  readonly services: Services;
  readonly stages: readonly Stage[];
  readonly given: Flags;
}

/** @param held  undefined where nothing is to be told */
async function look(watching: Watching, held: HeldState | undefined): Promise<number> {
  const { context, workspace, given } = watching;
  const { terminal } = context;
  const { root } = workspace;
  const state = held === undefined ? await readState(root) : held.state;
  const looks = await looksAt(watching);
  const at = new Date().toISOString();
  const found = looks.flatMap(({ findings }) => findings);
  const unjudged = looks.flatMap((one) => one.unjudged);
  const news = newsOf(state, found, unjudged, at);
  const findings = inOrder(found, news, at);
  const told = held === undefined ? undefined : await tellOf(watching, held, { findings, news });
  const report: WatchdogReport = {
    checked_at: at,
    workspace: root,
    findings: [...findings],
    well: looks.flatMap(({ well }) => well),
    notes: looks.flatMap(({ notes }) => notes),
    cleared: [...news.cleared],
    told: told === undefined ? [] : receiptsIn(told),
    exit_code: findings.length === 0 ? 0 : FOUND,
  };
  if (context.json) terminal.printJson(watchdogFormat.write(report));
  else show(context, given, report, root);
  return report.exit_code;
}

/** All at once: each is over as soon as what it asks has answered. */
async function looksAt({ context: { now }, workspace, services, stages }: Watching): Promise<readonly Look[]> {
  const { root, config, store, redact, loaded } = workspace;
  let opened: Promise<LedgerPlace> | undefined;
  const ledger = () => {
    opened ??= openLedger();
    return opened;
  };
  const openLedger = async () => {
    await requireKnownStore(workspace);
    return { root, store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
  };
  const registry = () =>
    toldRegistry(async () => {
      await requireKnownRegistry(await ledger(), { root, settings: config.tracking, origins: loaded.origins });
      return await askRegistry(services.tracking, config.register.model, config.register.via);
    });
  const nights = async () => nightsOf((await readLedger(await ledger(), { nights: NIGHTS_SEEN, now })).events);
  const { tracking } = requireAddresses(config.tracking, root);
  const where = { isLocal: tracking.kind === "folder", uri: tracking.kind === "folder" ? tracking.path : "" };
  const places = await placesOf({ root, store, tracking: async () => where });
  return await Promise.all([
    lookAtConfig(workspace),
    lookAtNights({ root, place: ledger }, config, now),
    lookAtProduction({ root, store, registry, nights }, config, now),
    lookAtDisks([{ name: "the workspace", path: root }, ...places], config.watchdog.disk),
  ]);
}

/** Tells what is new, and what has not been told yet; what has cleared is over. */
async function tellOf(
  { workspace, services }: Watching,
  held: HeldState,
  { findings, news }: { readonly findings: readonly ToldFinding[]; readonly news: News },
): Promise<WatchdogState> {
  const { root, config, store, redact, ledger, environment } = workspace;
  const id = startId(new Date());
  ledger.run = id;
  for (const { what, since } of news.cleared)
    ledger.append({ event: "cleared", night: null, what, since, nights: null });
  if (findings.length === 0) {
    if (held.state.standing.length > 0 || held.isNew) held.keep(NOTHING_TOLD);
    return NOTHING_TOLD;
  }
  // A run may hold the store: what goes into a bucket needs its lease.
  const channels = store.isLocal
    ? services.channels()
    : openChannels({ settings: config.notify, store: openFolderStore(root), root, environment, say: () => {} });
  const folder = redact(root);
  return await tell(
    held.state,
    { message: messageOf(findings, folder), news, key: `watchdog.${id}` },
    {
      channels,
      settings: config.notify,
      outgoing: (letter) => withoutData(letter, knownNames(config)),
      redact,
      workspace: { id: (await workspaceId(store).catch(unlessRefused)) ?? "", folder },
      at: () => new Date().toISOString(),
      keep: held.keep,
      onTold: (event) => ledger.append(event),
    },
  );
}

/** Whose it is, a message can do without. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ChurnError)) throw error;
}

/**
 * What was told, held by this process. A disk that is full keeps nobody from being told: what was told then is told again.
 *
 * @throws {HeldError} when another watchdog is at work
 */
async function holdIfPossible(root: string, onTrouble: (reason: string) => void): Promise<HeldState> {
  const unkept = (error: unknown) => {
    if (!(error instanceof ChurnError) || error instanceof HeldError) throw error;
    onTrouble(`what is told can't be kept, so it is told again next time: ${error.message}`);
  };
  try {
    const held = await holdState(root);
    let isKept = true;
    const keep: HeldState["keep"] = (state) => {
      try {
        if (isKept) held.keep(state);
      } catch (error) {
        isKept = false;
        unkept(error);
      }
    };
    return { ...held, keep };
  } catch (error) {
    unkept(error);
    return { state: NOTHING_TOLD, isNew: false, keep: () => {}, close: () => {} };
  }
}

function receiptsIn({ channels }: WatchdogState): WatchdogReport["told"] {
  return deliveriesOf({ channels }).map(([channel, { state, detail }]) => ({
    channel,
    outcome: state === "sent" || state === "unknown" ? state : "pending",
    detail,
  }));
}

function show(
  { terminal, commands }: CommandContext,
  { quiet, dry_run }: Flags,
  { findings, well, notes, told }: WatchdogReport,
  root: string,
): void {
  const isNews = findings.some(({ is_new }) => is_new);
  if (quiet && !isNews) return;
  const { stdout, stderr } = terminal.chalk;
  if (findings.length === 0) for (const line of wellLines({ well })) terminal.print(line);
  const lines = watchdogLines(stdout, findings, (command) => commandsAt(root, command, commands));
  for (const line of lines) terminal.print(line);
  for (const note of notes) say(terminal, "note", note, stderr.dim);
  if (findings.length === 0) return;
  if (dry_run) say(terminal, "told", "nobody: --dry-run sends nothing", stderr.dim);
  const sent = told.flatMap(({ channel, outcome }) => (outcome === "sent" && channel !== "terminal" ? [channel] : []));
  if (sent.length > 0) say(terminal, "told", `${isNews ? "" : "before, "}${listed(sent)}`, stderr.dim);
  for (const { channel, outcome, detail } of told) {
    if (outcome === "pending") warn(terminal, `${channel} has not been told yet: ${detail}`);
    if (outcome === "unknown") warn(terminal, `whether ${channel} was told is unknown: ${detail}`);
  }
}

function say(terminal: Terminal, label: string, text: string, paint: (label: string) => string): void {
  for (const line of labelled(label, text, paint)) terminal.say(line);
}

function warn(terminal: Terminal, text: string): void {
  say(terminal, "warning", text, terminal.chalk.stderr.yellow);
}
