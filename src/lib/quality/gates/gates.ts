import type * as z from "zod";
import { classes } from "./classes.ts";
import { columns } from "./columns.ts";
import { csvFormat } from "./csv-format.ts";
import { duplicateRate } from "./duplicate-rate.ts";
import { leakage } from "./leakage.ts";
import { newCategories } from "./new-categories.ts";
import { nullIds } from "./null-ids.ts";
import { nullRate } from "./null-rate.ts";
import { ranges } from "./ranges.ts";
import { rowCount } from "./row-count.ts";
import { rowsAgainstPrevious } from "./rows-against-previous.ts";
import { targetRateAgainstPrevious } from "./target-rate-against-previous.ts";

/** Every quality gate, in the order of churn.yaml and of the checks. */
export const gates = [
  rowCount,
  nullRate,
  duplicateRate,
  nullIds,
  classes,
  rowsAgainstPrevious,
  targetRateAgainstPrevious,
  columns,
  csvFormat,
  newCategories,
  ranges,
  leakage,
] as const;

type AnyGate = (typeof gates)[number];
type Settings = { readonly [Each in AnyGate as Each["name"]]: Each["schema"] };

/** The keys of churn.yaml's gates: each gate's name and the schema of what stands there. */
export function gateSettings(): Settings;
// A list forgets which name came with which schema; the type above says it again.
export function gateSettings(): Record<string, z.ZodType> {
  return Object.fromEntries(gates.map(({ name, schema }) => [name, schema]));
}
