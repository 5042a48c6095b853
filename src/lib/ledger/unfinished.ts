import { InputError } from "../errors.ts";
import { JUDGING_STAGE } from "../quality/waivers.ts";
import type { Archive } from "../stage/archive.ts";
import { readAttempt } from "../stage/record.ts";
import { type DecisionEvent, untoldDecision } from "./decision.ts";
import type { EventOf, LedgerEvent } from "./events.ts";
import { endFromRecords } from "./from-records.ts";
import { untoldWaivers } from "./waived.ts";

/** A run that began, and of which nothing says that it ended. */
export interface UnfinishedRun {
  readonly run: string;
  readonly started: EventOf<"run_started">;
  /** the stage that it had begun, if it was at one */
  readonly stage: string | null;
  /** where it let go of the workspace, to try again later */
  readonly waits: EventOf<"run_waits"> | undefined;
  /** ISO 8601: when it was last heard of */
  readonly heard: string;
}

/** The runs without an end, in the order in which they began. */
export function unfinishedRuns(events: readonly LedgerEvent[]): readonly UnfinishedRun[] {
  const runs = new Map<string, UnfinishedRun>();
  for (const event of events) {
    const { run, time } = event;
    if (run === null) continue;
    if (event.event === "run_ended") runs.delete(run);
    else if (event.event === "run_started")
      runs.set(run, { run, started: event, stage: null, waits: undefined, heard: time });
    const known = runs.get(run);
    if (known === undefined) continue;
    if (event.event === "stage_started") runs.set(run, { ...known, stage: event.stage, waits: undefined, heard: time });
    else if (event.event === "stage_ended") runs.set(run, { ...known, stage: null, heard: time });
    else if (event.event === "run_waits") runs.set(run, { ...known, stage: event.stage, waits: event, heard: time });
  }
  return [...runs.values()];
}

/** The longest that a run waits before it tries again, and what a machine may stand still meanwhile. */
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * Whether such a run may still be at work. It holds the workspace then, but for one that waits.
 *
 * @param isHeld     whether anybody holds the workspace
 * @param isRunning  whether a process of that number runs on this machine
 * @param host       this machine's name; of a process of another one nothing is known
 */
export function mayBeAtWork(
  { started: { process, host: of }, waits }: UnfinishedRun,
  {
    isHeld,
    isRunning,
    host,
    now,
  }: {
    readonly isHeld: boolean;
    readonly isRunning: (process: number) => boolean;
    readonly host: string;
    readonly now: Date;
  },
): boolean {
  if (waits === undefined && !isHeld) return false;
  if (waits !== undefined && now.getTime() > Date.parse(waits.until) + LONGEST_WAIT_MS) return false;
  return of !== host || process === null || isRunning(process);
}

/**
 * How such a run ended that isn't at work any more: interrupted, by a kill, a crash or a power cut, since everything else leaves an
 * end of its own. But where the disk took no more lines, the records may know better.
 */
export async function endOfUnfinished(archive: Archive, unfinished: UnfinishedRun): Promise<EventOf<"run_ended">> {
  const { run, started, stage, heard } = unfinished;
  const { night } = started;
  const recorded = await endFromRecords(archive, { night, run, began: started.time });
  const isDone = recorded.outcome === "succeeded" && recorded.stage === archive.stages.at(-1)?.name;
  if (recorded.outcome === "failed" || isDone) return recorded;
  const place = { event: "run_ended", time: heard, run, night } as const;
  return {
    ...place,
    outcome: "interrupted",
    stage: stage ?? recorded.stage,
    reason: null,
    exit_code: null,
    took: null,
  };
}

/**
 * What such a run that isn't at work any more has left untold, in order: the gates that it waived, or what it decided, just before, and its
 * end.
 *
 * @param root  the folder of the workspace whose ledger has no end of it
 * @throws {ServiceError} when the ledger, or a record, can't be read
 */
export async function restOfUnfinished(
  archive: Archive,
  root: string,
  unfinished: UnfinishedRun,
): Promise<readonly (EventOf<"waived" | "run_ended"> | DecisionEvent)[]> {
  const { run, started } = unfinished;
  const place = { run, night: started.night };
  const decision = await unlessDamaged(() => untoldDecision(archive, root, place));
  return [
    ...((await unlessDamaged(() => waiversOf(archive, root, place))) ?? []),
    ...(decision === undefined ? [] : [decision]),
    await endOfUnfinished(archive, unfinished),
  ];
}

async function waiversOf(
  archive: Archive,
  root: string,
  { run, night }: { readonly run: string; readonly night: string },
): Promise<readonly EventOf<"waived">[]> {
  const attempt = await readAttempt(archive, night, run, JUDGING_STAGE);
  return attempt === undefined ? [] : untoldWaivers(root, attempt);
}

/** A record that can't be read is told by whoever needs it. */
async function unlessDamaged<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
