import { ServiceError } from "../errors.ts";
import { DENIED_HINT } from "../files/machine-error.ts";

/** DuckDB's own words, without the excerpt of the query below them. */
export function firstLine(error: unknown): string {
  const [first = "", ...more] = messageOf(error).split("\n");
  // Of a CSV file that SQL reads the first line says where, and the one behind the customer's line says what.
  const reason = more.find((line) => line !== "" && !line.startsWith("Original Line: "));
  return /CSV Error on Line: \d+$/.test(first) && reason !== undefined ? `${first}: ${reason}` : first;
}

/**
 * What DuckDB refuses, in its own words up to where a value may stand: in quotes, in brackets, or called one. Undefined for
 * any other error.
 */
export function refusalOf(error: unknown): string | undefined {
  const line = error instanceof Error ? firstLine(error) : "";
  return /^[A-Z][A-Za-z ]* Error: /.test(line) ? withoutValues(line) : undefined;
}

/** DuckDB's own words, cut where a value may stand. */
export function withoutValues(line: string): string {
  return line.replace(/(?:['"(]|\bvalue\b).*$/s, "…");
}

/** What DuckDB calls an error of its own, by its first words: "Conversion", "IO", "Out of Memory"; undefined for any other error. */
export function kindOf(error: unknown): string | undefined {
  return /^([A-Z][A-Za-z ]{1,40}) Error: /.exec(messageOf(error))?.[1];
}

/** What DuckDB could not do on this machine. */
class MachineTrouble extends ServiceError {}

/** DuckDB's error where `guarded` put it into a sentence, else the error as it is. */
export function duckdbError(error: unknown): unknown {
  return error instanceof MachineTrouble ? error.cause : error;
}

/** Kinds of what bytes do wrong that no program has written as they are. */
const DAMAGED = new Set(["Invalid", "Serialization"]);
const DAMAGE =
  /corrupt|decompress|Could not read|replaying WAL|Footer length error|No magic bytes|too small to be a Parquet file/i;

/** Whether DuckDB says that a file is damaged, or was cut. */
export function isDamage(error: unknown): boolean {
  const kind = kindOf(error);
  if (kind === undefined) return false;
  return DAMAGED.has(kind) || (/^(?:IO|Invalid Input)$/.test(kind) && DAMAGE.test(firstLine(error)));
}

/** What DuckDB can't get out of by itself: nothing works in that database any more. */
export function isFatal(error: unknown): boolean {
  return /^(?:FATAL|INTERNAL)$/.test(kindOf(error) ?? "");
}

/** Kinds that the machine can be behind. All others say what SQL or a row does wrong, in words that may be a customer's. */
const OF_THE_MACHINE = /^(?:IO|Out of Memory|TransactionContext|FATAL|INTERNAL|Invalid|Permission)$/;

const SPACE_HINT = "free some space, then run it again";
/** The words of the whole sentence stand in the place of DuckDB's own, which are long, and say little. */
const MACHINE_TROUBLE: readonly { readonly sign: RegExp; readonly reason?: string; readonly hint: string }[] = [
  { sign: /No space left/i, reason: "the disk is full", hint: SPACE_HINT },
  { sign: /disk quota/i, reason: "the disk quota is used up", hint: SPACE_HINT },
  { sign: /Permission denied/i, hint: DENIED_HINT },
  { sign: /Out of Memory|bad_alloc/i, hint: "more memory, or fewer columns or customers" },
  {
    sign: /Corrupt database|Could not read (?:enough|from)/i,
    hint: "the file is damaged: restore it, or have it written anew",
  },
  {
    sign: /No files found that match the pattern "[^"]*\/\.churn\/cache\//,
    hint: "the cache was deleted while it was in use: run it again",
  },
  {
    sign: /Could not write|Cannot open file|Failed to create directory/i,
    hint: "look at the disk and the folder's permissions, then run it again",
  },
];

/** DuckDB says "out of memory" or "no space" as errors of its own: they are the machine's, not a defect. */
export async function guarded<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    const text = messageOf(error);
    // An error without DuckDB's kind, of its bindings or the system, may be the machine's too.
    const kind = kindOf(error);
    const isSql = kind !== undefined && !OF_THE_MACHINE.test(kind);
    const known = isSql ? undefined : MACHINE_TROUBLE.find(({ sign }) => sign.test(text));
    if (known === undefined) throw error;
    const { reason, hint } = known;
    const [, file = "DuckDB"] = /"([^"]+)"/.exec(firstLine(error)) ?? [];
    if (reason !== undefined) throw new MachineTrouble(`${file}: ${reason}`, hint, { cause: error });
    throw new MachineTrouble(`DuckDB could not work: ${firstLine(error)}`, hint, { cause: error });
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Failed to extract statements: /, "");
}
