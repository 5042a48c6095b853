import type { Ledger } from "../stage/ledger.ts";
import type { Night } from "../workspace/night.ts";
import { atAGlance } from "./file-check.ts";
import { inspectNight } from "./night.ts";

/** More names make no shorter sentence. */
const NAMED = 3;

/**
 * What a start that has nothing to do says of a decided night whose files are damaged: one sentence, or undefined where a
 * glance finds nothing.
 */
export async function damageInAWord(ledger: Ledger, night: Night): Promise<string | undefined> {
  const { damage } = await inspectNight(ledger, night, atAGlance(ledger.store));
  if (damage.length === 0) return undefined;
  const names = damage.slice(0, NAMED).map(({ file }) => file);
  const others = damage.length > NAMED ? ` and ${damage.length - NAMED} more` : "";
  const verb = damage.length === 1 ? "is" : "are";
  return `${names.join(", ")}${others} ${verb} damaged: churn verify --date ${night.name} says how, and what can be done`;
}
