import type { Archive } from "../stage/archive.ts";
import { DECIDING_STAGE } from "../stage/inputs.ts";
import { readAttempt } from "../stage/record.ts";
import { untoldDecision } from "./decision.ts";
import type { EventOf } from "./events.ts";
import { unlessRefused } from "./refusals.ts";
import { untoldWaivers } from "./waived.ts";
import type { LedgerWriter, NewEvent } from "./writer.ts";

/** A stage that works, as the ledger is told of it. One that is up to date tells nothing. */
export interface StageTeller {
  /** @param reason  why it runs; null where it never ran */
  begin(reason: string | null): void;
  /**
   * It has ended, if it had begun. What it waived follows, and what decides a night is followed by what was decided.
   *
   * @param text  its result in half a line, or why it failed
   */
  end(outcome: EventOf<"stage_ended">["outcome"], text: string, exitCode: number | null): Promise<void>;
}

/** @param place.waives  whether it was asked to let gates pass */
export function tellerOfStage(
  writer: LedgerWriter,
  archive: Archive,
  { waives = false, ...place }: { readonly night: string; readonly stage: string; readonly waives?: boolean },
): StageTeller {
  let startedAt: number | undefined;
  return {
    begin: (reason) => {
      startedAt = performance.now();
      writer.append({ event: "stage_started", ...place, reason });
    },
    end: async (outcome, text, exit_code) => {
      if (startedAt === undefined) return;
      const took = Math.round(performance.now() - startedAt) / 1000;
      startedAt = undefined;
      writer.append({ event: "stage_ended", ...place, outcome, took, text, exit_code });
      // Records that can't be read tell nothing; whoever needs them says so.
      const found = await unlessRefused(toldByRecords, () => {});
      if (found !== undefined) writer.append(...found);
    },
  };

  /** What follows from the attempt that has ended. */
  async function toldByRecords(): Promise<readonly NewEvent[]> {
    const { night, stage } = place;
    const attempt = !waives || writer.run === null ? undefined : await readAttempt(archive, night, writer.run, stage);
    const waived = attempt === undefined ? [] : untoldWaivers(writer.root, attempt);
    // Whatever is said of its end: one that was killed behind its last word has decided all the same.
    const decision =
      stage === DECIDING_STAGE && writer.run !== null
        ? await untoldDecision(archive, writer.root, { run: writer.run, night })
        : undefined;
    return [...waived, ...(decision === undefined ? [] : [decision])].map(({ time: _, ...event }) => event);
  }
}
