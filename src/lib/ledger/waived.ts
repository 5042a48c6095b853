import { JUDGING_STAGE, waiverCheckpoint } from "../quality/waivers.ts";
import { readCheckpoint } from "../stage/parts.ts";
import type { StageRecord } from "../stage/record.ts";
import type { EventOf } from "./events.ts";

/**
 * The gates that were waived in an attempt, as its record has them; what earlier ones waived is theirs to tell.
 *
 * @throws {InputError} when the record is damaged
 */
export function waivedIn(attempt: StageRecord): readonly EventOf<"waived">[] {
  if (attempt.stage !== JUDGING_STAGE) return [];
  const { waivers } = readCheckpoint(waiverCheckpoint, attempt) ?? { waivers: [] };
  return waivers
    .filter(({ run, at }) => run === attempt.run && at >= attempt.started_at)
    .map(({ at: time, run, ...deed }) => ({ event: "waived", time, run, night: attempt.night, ...deed }));
}
