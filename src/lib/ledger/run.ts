import { hostname } from "node:os";
import { knownError } from "../files/machine-error.ts";
import { isRunning } from "../files/running.ts";
import type { Archive } from "../stage/archive.ts";
import { InterruptedError } from "../supervise/interruption.ts";
import { userName } from "../workspace/user.ts";
import { oweCopy, shareCopies } from "./copies.ts";
import type { EventOf, LedgerEvent, StartedBy } from "./events.ts";
import { readLedgerFile } from "./lines.ts";
import { unlessRefused } from "./refusals.ts";
import { mayBeAtWork, restOfUnfinished, unfinishedRuns } from "./unfinished.ts";
import type { LedgerWriter } from "./writer.ts";

/** How a run ended. */
export interface RunEnd extends Pick<EventOf<"run_ended">, "outcome" | "stage"> {
  readonly reason: string | null;
  readonly exit_code: number | null;
}

/** One start of run-all, or of a stage by hand, as it tells the ledger of itself. */
export interface RunTeller {
  /**
   * A run begins; more than once for one that tries again. What an earlier one left without an end gets one, and a shared store what it
   * doesn't have yet of what earlier ones told: whoever calls this holds the workspace, so that they can't be at work.
   */
  begin(archive: Archive, run: { readonly id: string; readonly night: string }): Promise<void>;
  /** It lets go of the workspace, and tries again then. */
  waits(why: Pick<EventOf<"run_waits">, "stage" | "reason" | "exit_code" | "until">): void;
  /** It is over. @param store  while it is held */
  end(how: RunEnd, store: Archive["store"]): Promise<void>;
  /** The night was decided already, by another run if this one has begun. */
  nothingToDo(night: string, store: Archive["store"]): Promise<void>;
  /**
   * It ended while it held nothing: as it waited, or before there was a run. Of the latter who sits at a terminal has seen why. What has
   * told its end tells nothing more.
   *
   * @param night  YYYY-MM-DD, where it is known
   */
  fail(night: string | null, error: unknown): void;
}

/** How a run ends that such an error ends. */
export function endBy(
  error: unknown,
  stage: string | null = null,
): RunEnd & { readonly reason: string; readonly exit_code: number } {
  const known = knownError(error);
  const outcome = known instanceof InterruptedError ? "interrupted" : "failed";
  return { outcome, stage, reason: known?.message ?? String(error), exit_code: known?.exitCode ?? 1 };
}

/** What tells where a run began, or ended. */
const MARKS = ["run_started", "run_ended", "run_waits", "stage_started", "stage_ended"].map(
  (kind) => `"event":"${kind}"`,
);

/**
 * @param options.root    the workspace's folder
 * @param options.origin  how it was started
 */
export function tellerOfRun({
  writer,
  root,
  origin,
  command,
}: {
  readonly writer: LedgerWriter;
  readonly root: string;
  readonly origin: () => StartedBy;
  readonly command: readonly string[];
}): RunTeller {
  let open: { readonly night: string; readonly startedAt: number } | undefined;
  let hasTold = false;
  const start = () => ({ started_by: origin(), command: [...command] });
  const place = (store: Archive["store"]) => ({ ledger: writer, store, root });
  const endRun = ({ night, startedAt }: NonNullable<typeof open>, how: RunEnd) => {
    open = undefined;
    writer.append({ event: "run_ended", night, ...how, took: Math.round(performance.now() - startedAt) / 1000 });
  };
  return {
    begin: async (archive, { id, night }) => {
      if (open !== undefined) return;
      hasTold = true;
      writer.run = id;
      writer.append(...((await unlessRefused(() => restOfEarlier(archive, root), writer.warn)) ?? []));
      await shareCopies(place(archive.store));
      await oweCopy(place(archive.store), id);
      open = { night, startedAt: performance.now() };
      const who = { user: userName(), host: hostname(), process: process.pid };
      writer.append({ event: "run_started", night, ...start(), ...who });
    },
    waits: (why) => {
      if (open !== undefined) writer.append({ event: "run_waits", night: open.night, ...why });
    },
    end: async (how, store) => {
      if (open === undefined) return;
      endRun(open, how);
      await shareCopies(place(store), writer.run ?? undefined);
    },
    nothingToDo: async (night, store) => {
      hasTold = true;
      const own = open === undefined ? undefined : (writer.run ?? undefined);
      if (open === undefined) writer.append({ event: "nothing_to_do", run: null, night, ...start() });
      else endRun(open, { outcome: "nothing_to_do", stage: null, reason: null, exit_code: 0 });
      await shareCopies(place(store), own);
    },
    fail: (night, error) => {
      const { reason, exit_code, ...how } = endBy(error);
      if (open !== undefined) endRun(open, { reason, exit_code, ...how });
      else if (!hasTold && origin() !== "terminal")
        writer.append({ event: "run_refused", run: null, night, ...start(), reason, exit_code });
      hasTold = true;
    },
  };
}

function isDecision({ event }: Pick<LedgerEvent, "event">): boolean {
  return event === "registered" || event === "not_registered";
}

/** Of the newest nights alone: whoever began after older ones has seen to those. */
async function restOfEarlier(archive: Archive, root: string) {
  const found = readLedgerFile(root, {
    isWanted: (line) => MARKS.some((mark) => line.includes(mark)),
    isEnough: (events) => events.some(({ event }) => event === "run_started"),
  });
  const here = { isHeld: false, isRunning, host: hostname(), now: new Date() };
  const over = unfinishedRuns(found?.events ?? []).filter((run) => !mayBeAtWork(run, here));
  const rest = await Promise.all(over.map((run) => restOfUnfinished(archive, root, run)));
  // When a night was decided is a part of its story; the others are told when they are found out.
  return rest.flat().map(({ time, ...event }) => (isDecision(event) ? { ...event, time } : event));
}
