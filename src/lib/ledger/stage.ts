import { DECIDING_STAGE } from "../stage/inputs.ts";
import type { Ledger } from "../stage/ledger.ts";
import { decisionIn } from "./decision.ts";
import type { EventOf } from "./events.ts";
import { unlessRefused } from "./refusals.ts";
import type { LedgerWriter } from "./writer.ts";

/** A stage that works, as the ledger is told of it. One that is up to date tells nothing. */
export interface StageTeller {
  /** @param reason  why it runs; null where it never ran */
  begin(reason: string | null): void;
  /**
   * It has ended, if it had begun. The success that decides a night is followed by what was decided.
   *
   * @param text  its result in half a line, or why it failed
   */
  end(outcome: EventOf<"stage_ended">["outcome"], text: string, exitCode: number | null): Promise<void>;
}

export function tellerOfStage(
  writer: LedgerWriter,
  ledger: Ledger,
  place: { readonly night: string; readonly stage: string },
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
      if (outcome !== "succeeded" || place.stage !== DECIDING_STAGE) return;
      // Records that can't be read tell nothing; whoever needs them says so.
      const decision = await unlessRefused(
        () => decisionIn(ledger, place.night),
        () => {},
      );
      if (decision !== undefined) writer.append(decision.event);
    },
  };
}
