import * as z from "zod";
import { type Command, type CommandContext, defineCommand } from "../lib/cli/command.ts";
import { warn } from "../lib/cli/output/warn.ts";
import { whyLines } from "../lib/cli/output/why.ts";
import { UsageError } from "../lib/errors.ts";
import { newestNights } from "../lib/ledger/newest-nights.ts";
import type { LedgerPlace } from "../lib/ledger/read.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { askedNight } from "../lib/stage/nights.ts";
import { workspaceId } from "../lib/store/id.ts";
import { askRegistry, toldRegistry, unaskedRegistry } from "../lib/tracking/ask-registry.ts";
import { type Why, whyFormat } from "../lib/why/format.ts";
import { missedNight } from "../lib/why/missed.ts";
import { whyNight } from "../lib/why/night.ts";
import { lifeOfVersion } from "../lib/why/version.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { type Night, parseNight, today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openToTell, type ToldWorkspace } from "../lib/workspace/tell.ts";
import type { Workspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  date: z
    .string()
    .optional()
    .meta({ positional: true })
    .describe("YYYY-MM-DD, today or yesterday, or a night by its name; by default the newest one"),
  version: z
    .int()
    .positive()
    .optional()
    .meta({ value: "version" })
    .describe("the night that made it, and what became of it"),
});

/** Tells the story of a night: from its customers to its decision, or as far as it came. Reads only. */
export function why(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "why",
    group: "A night",
    summary: "the story of a night: why it was decided so, or failed",
    flags,

    async run(context, { date, version }) {
      const { terminal } = context;
      if (date !== undefined && version !== undefined)
        throw new UsageError(
          `${date} and --version ${version}: one of them says which night is meant`,
          `churn why --version ${version} tells of the night that made it`,
        );
      const workspace = await openToTell(context);
      const { root, config, store, redact } = workspace;
      await requireKnownStore(workspace);
      const place = { store, workspaceId: (await workspaceId(store)) ?? "", stages, redact, root };
      const story =
        version === undefined
          ? await nightsStory(place, workspace, context, date)
          : await versionsStory(place, workspace, context, version);
      if (context.json) {
        terminal.printJson(whyFormat.write(story));
        return;
      }
      for (const problem of story.problems) warn(terminal, problem);
      const shown = { chalk: terminal.chalk.stdout, timezone: config.timezone, at: config.schedule.at };
      for (const line of whyLines(story, shown)) terminal.print(line);
    },
  });
}

async function nightsStory(
  place: LedgerPlace,
  { config }: Workspace,
  { env, now }: CommandContext,
  date: string | undefined,
): Promise<Why> {
  const night =
    date === undefined
      ? await newestKnown(place, config.timezone, now)
      : await askedNight(place, date, config.timezone, now);
  if (night === undefined)
    throw new UsageError("there is no night in this store yet", "churn run-all makes the first one");
  const story = await whyNight(place, night, { config, now });
  return story ?? (await missedNight(place, night, { config, env, now }));
}

/** One of which the ledger alone knows, too: it could not begin. One that is dated after today, where there is no other. */
async function newestKnown(place: LedgerPlace, timezone: string, now: Date): Promise<Night | undefined> {
  const { nights, ahead } = await newestNights(place, { least: 1, today: today(timezone, now), now });
  return parseNight((nights[0] ?? ahead[0])?.night ?? "");
}

async function versionsStory(
  place: LedgerPlace,
  workspace: ToldWorkspace,
  { now, terminal }: CommandContext,
  version: number,
): Promise<Why> {
  const { root, config, loaded, unasked } = workspace;
  const { model, via } = config.register;
  await using services = openServices(workspace, terminal.print);
  const asked = async () => {
    await requireKnownRegistry(place, { root, settings: config.tracking, origins: loaded.origins });
    return await askRegistry(services.tracking, model, via);
  };
  const registry = unasked === undefined ? await toldRegistry(asked) : unaskedRegistry(unasked);
  const { night: name, life } = await lifeOfVersion(place, { model, version }, registry, now);
  const night = parseNight(name);
  const story = night && (await whyNight(place, night, { config, now }));
  if (story === undefined)
    throw new UsageError(
      `version ${version} was made by the night of ${name}, of which nothing is left in this store`,
      "churn models shows what the registry knows of it",
    );
  return { ...story, version: life, next: nextOf(life), problems: [...registry.problems, ...story.problems] };
}

function nextOf({ stage, version, periods }: NonNullable<Why["version"]>): string[] {
  return stage === "Staging" && periods.length === 0 ? [`churn promote --version ${version}`] : ["churn history"];
}
