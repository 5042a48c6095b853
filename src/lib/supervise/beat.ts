import { randomUUID } from "node:crypto";
import { TRY_LATER } from "../errors.ts";
import type { Heartbeat } from "../notify/heartbeat/heartbeat.ts";
import type { WorkspaceFolder } from "../workspace/workspace.ts";

/** A run as a service from outside hears of it: that it began, and how it ended. */
export interface Beat {
  /**
   * @param run   the run's id
   * @param tail  the last lines of its log, whenever it ends, without what a customer's data is
   */
  begin(run: string, tail: () => readonly string[]): void;
  /** A run that is to be tried later has not ended: whoever waits for its end in vain is to hear of that. */
  end(exitCode: number): Promise<void>;
}

const SILENT: Beat = { begin: () => {}, end: async () => {} };

/**
 * The heartbeat of one run, where HEARTBEAT_URL is set. It needs no churn.yaml: a run that is refused for what that says is heard of too.
 *
 * @param onWarn  hears what is wrong with it; the run goes on
 */
export async function openBeat(
  { environment, root }: Pick<WorkspaceFolder, "environment" | "root">,
  onWarn: (warning: string) => void,
): Promise<Beat> {
  if (!isBeatAsked(environment)) return SILENT;
  const { openHeartbeat } = await import("../notify/heartbeat/heartbeat.ts");
  const heartbeat = openHeartbeat({ environment, root });
  return heartbeat === undefined ? SILENT : beatOf(heartbeat, onWarn);
}

/** Whether a service is named that is to hear of runs. */
export function isBeatAsked(environment: Pick<WorkspaceFolder["environment"], "get">): boolean {
  return ["HEARTBEAT_URL", "HEARTBEAT_URL_FILE"].some((name) => environment.get(name) !== undefined);
}

function beatOf(heartbeat: Heartbeat, onWarn: (warning: string) => void): Beat {
  // Of a run that has nothing to do only the end is told.
  let runId: string = randomUUID();
  const warnOf = async (said: Promise<string | undefined>) => {
    const warning = await said;
    if (warning !== undefined) onWarn(warning);
  };
  let tailOf: () => readonly string[] = () => [];
  let hasBegun = false;
  return {
    begin: (run, tail) => {
      tailOf = tail;
      // Once for all tries of a run, and beside its work.
      if (hasBegun) return;
      hasBegun = true;
      runId = run;
      void warnOf(heartbeat.start(runId));
    },
    end: async (exitCode) => {
      if (exitCode === TRY_LATER) return;
      await warnOf(heartbeat.end({ runId, exitCode, tail: tailOf() }));
    },
  };
}
