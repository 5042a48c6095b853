import { JUDGING_STAGE, waiverCheckpoint } from "../quality/waivers.ts";
import { readCheckpoint } from "../stage/parts.ts";
import type { StageRecord } from "../stage/record.ts";
import type { EventOf } from "./events.ts";
import { readLedgerFile } from "./lines.ts";

type Waived = EventOf<"waived">;

/**
 * The gates that a run has waived, as the record of its attempt has them, whichever of its tries it was; what earlier runs waived is
 * theirs to tell.
 *
 * @throws {InputError} when the record is damaged
 */
export function waivedIn(attempt: StageRecord): readonly Waived[] {
  if (attempt.stage !== JUDGING_STAGE) return [];
  const { waivers } = readCheckpoint(waiverCheckpoint, attempt) ?? { waivers: [] };
  return waivers
    .filter(({ run }) => run === attempt.run)
    .map(({ at: time, run, ...deed }) => ({ event: "waived", time, run, night: attempt.night, ...deed }));
}

/**
 * Those of them that the workspace's ledger doesn't tell yet.
 *
 * @throws as `waivedIn`
 * @throws {ServiceError} when the ledger can't be read
 */
export function untoldWaivers(root: string, attempt: StageRecord): readonly Waived[] {
  const waived = waivedIn(attempt);
  if (waived.length === 0) return [];
  const kinds = ["waived", "run_started"].map((kind) => `"event":"${kind}"`);
  const found = readLedgerFile(root, {
    isWanted: (line) => line.includes(`"run":"${attempt.run}"`) && kinds.some((kind) => line.includes(kind)),
    isEnough: (events) => events.some(({ event }) => event === "run_started"),
  });
  const told = new Set(found?.events.flatMap((event) => (event.event === "waived" ? [keyOf(event)] : [])));
  return waived.filter((one) => !told.has(keyOf(one)));
}

/** One file's gate is waived once. */
function keyOf({ gates, sha256 }: Waived): string {
  return [sha256, ...gates].join(" ");
}
