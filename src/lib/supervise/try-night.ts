import { warn } from "../cli/output/warn.ts";
import { damageInAWord } from "../integrity/glance.ts";
import { witnessOf } from "../integrity/witness.ts";
import { tellWhatIsLeft } from "../notify/left.ts";
import { requireTold } from "../notify/undelivered.ts";
import type { Waiving } from "../quality/waivers.ts";
import type { Archive } from "../stage/archive.ts";
import { requireKnownRegistry } from "../stage/known-registry.ts";
import { decisionOf, resolveNight } from "../stage/nights.ts";
import type { StageRecord } from "../stage/record.ts";
import { restoredText, restoreRecords } from "../stage/restore.ts";
import type { OnWait } from "../store/store.ts";
import { type HeldWorkspace, holdWorkspace } from "../workspace/hold.ts";
import { datedName, type Night, today } from "../workspace/night.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { DateFlags, DateRun } from "./date-run.ts";
import { chooseNight } from "./open-night.ts";
import { decisionText, isComplete } from "./report.ts";
import type { NextTry } from "./retry.ts";
import { type RunMeans, runOpened } from "./run-opened.ts";
import { requireWaivable } from "./waiving.ts";

/** What a date is run with, in all its tries. */
interface Means extends RunMeans {
  /** what a person answers for */
  readonly waiving: Waiving | undefined;
  /** hears that there is a night to run */
  readonly onNight: () => void;
}

/**
 * One try at a date: holds the workspace meanwhile, and runs its night where something of that is left to do.
 *
 * @returns when the next try is due; undefined where there is none
 * @throws {HeldError} when another run has the workspace
 */
export async function tryNight(given: DateRun, means: Means, onWait: OnWait): Promise<NextTry | undefined> {
  const { context, flags, toldIn } = given;
  const { workspace } = means;
  const dated = datedName(flags.date, workspace.config.timezone, context.now);
  const purpose = `${toldIn === undefined ? "run-all" : "backfill"} of ${dated}`;
  return await holdWorkspace(workspace, purpose, (held) => runHeld(given, means, held), { onWait });
}

async function runHeld(given: DateRun, means: Means, held: HeldWorkspace): Promise<NextTry | undefined> {
  const { pipeline, context, flags } = given;
  const { workspace, services, waiving, retries, onNight } = means;
  const { config, store, redact } = workspace;
  const archive: Archive = { store, workspaceId: held.workspaceId, stages: pipeline, redact };
  const named = await resolveNight(archive, flags.date, config.timezone, context.now);
  await requireRegistry(archive, workspace, named, flags);
  const witness = witnessOf(archive, services, config.register.model);
  const opened = await chooseNight(archive, { ...flags, named }, witness);
  if (opened.note !== undefined && !flags.quiet && retries.runId === undefined) context.terminal.say(opened.note);
  const decision = await decisionOf(archive, opened.night.name, witness);
  if (waiving !== undefined) await requireWaivable(archive, opened.night, waiving, decision !== undefined);
  const restored = (await restoreRecords(archive, opened.night)).map(restoredText);
  if (!flags.quiet) for (const line of restored) context.terminal.say(line);
  if (decision === undefined || !(await isComplete(archive, opened.night))) {
    onNight();
    return await runOpened(given, means, { held, archive, opened, restored });
  }
  await nothingToDo(given, means, { archive, night: opened.night, decision });
  return undefined;
}

/** Of a night that is decided and complete: what earlier runs left to tell is told, and what is damaged named. */
async function nothingToDo(
  { pipeline, context, flags, toldIn, onEnd }: DateRun,
  { workspace, services, teller }: Means,
  { archive, night, decision }: { readonly archive: Archive; readonly night: Night; readonly decision: StageRecord },
): Promise<void> {
  const { config, store } = workspace;
  await teller.nothingToDo(night.name, store);
  const team = services.team();
  // In a bucket each look is a request, and nobody waits for what the terminal and the file lack.
  const told =
    toldIn === undefined && (store.isLocal || team.isSentAway)
      ? await tellWhatIsLeft(team, today(config.timezone, context.now), false)
      : { left: [] };
  const damage = await damageInAWord({ archive, tracking: services.tracking, model: config.register.model }, night);
  if (damage !== undefined) warn(context.terminal, damage);
  onEnd({ night, run: null, summary: undefined, failure: undefined });
  if (!context.json && !flags.quiet) {
    const decided = `Night of ${night.name} was ${decisionText(pipeline, decision, config.timezone)}`;
    context.terminal.print(`${decided}. Nothing to do (--again decides anew)`);
  }
  requireTold(told);
}

/** Of a decided night nothing is left to do that a registry is needed for, be it another one by now. */
export async function requireRegistry(
  archive: Archive,
  { root, config, loaded }: Pick<Workspace, "root" | "config" | "loaded">,
  named: Night,
  { again }: Pick<DateFlags, "again">,
): Promise<void> {
  if (!again && (await decisionOf(archive, named.name)) !== undefined) return;
  await requireKnownRegistry(archive, { root, settings: config.tracking, origins: loaded.origins });
}
