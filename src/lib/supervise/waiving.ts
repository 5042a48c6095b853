import { judgedGates } from "../artifacts/artifacts.ts";
import { UsageError } from "../errors.ts";
import { JUDGING_STAGE, requireFailed, type Waiving, waivedFor, waiverCheckpoint } from "../quality/waivers.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { findArtifact } from "../stage/inputs.ts";
import { readCheckpoint } from "../stage/parts.ts";
import { readAttempts, readSuccess } from "../stage/record.ts";
import type { Night } from "../workspace/night.ts";

/** @throws {UsageError} when the run leaves out the stage whose gates are to be waived */
export function requireJudge(stages: readonly Stage[], from: string | undefined): void {
  const names = stages.map(({ name }) => name);
  const at = names.indexOf(JUDGING_STAGE);
  if (at >= 0 && (from === undefined || names.indexOf(from) <= at)) return;
  throw new UsageError(
    `--accept is for the gates of ${JUDGING_STAGE}, which this run leaves out`,
    `leave out --from and --to, or begin with it: --from ${JUDGING_STAGE}`,
  );
}

/**
 * Refuses before anything runs what is known to be in vain. What no attempt has judged yet is judged first, by validate itself.
 *
 * @throws {UsageError} when the night is decided without it, or a gate has not failed for the customers that lie there
 */
export async function requireWaivable(
  archive: Archive,
  night: Night,
  waiving: Waiving,
  isDecided: boolean,
): Promise<void> {
  if (isDecided) {
    const reference = await findArtifact(archive, judgedGates, night.name);
    const { gates } = judgedGates.schema.parse(reference.kind === "result" ? reference.value : undefined);
    const waived = new Set(gates.flatMap((one) => (one.waived === null ? [] : [one.gate])));
    if (waiving.gates.every((name) => waived.has(name))) return;
    throw new UsageError(
      `the night of ${night.name} is decided: nothing of it can be waived any more`,
      `churn run-all --date ${night.date} --again decides anew`,
    );
  }
  const extracted = await readSuccess(archive, night.name, "extract");
  const customers = extracted?.outputs.customers;
  for await (const attempt of readAttempts(archive, night.name, JUDGING_STAGE)) {
    const known = readCheckpoint(waiverCheckpoint, attempt);
    if (known === undefined) continue;
    if (known.stopped === null || customers?.kind !== "file" || customers.sha256 !== known.stopped.sha256) return;
    requireFailed(waiving, [...known.stopped.gates, ...waivedFor(known, customers.sha256)], night.date);
    return;
  }
}
