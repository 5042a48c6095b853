import { ServiceError } from "../errors.ts";
import { DENIED_HINT } from "../files/machine-error.ts";

/** DuckDB's own words, without the excerpt of the query below them. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Failed to extract statements: /, "").split("\n")[0] ?? "";
}

const MACHINE_TROUBLE = [
  { sign: /No space left/i, hint: "the disk is full: free some space, then run it again" },
  { sign: /disk quota/i, hint: "the disk quota is used up: free some space, then run it again" },
  { sign: /Permission denied/i, hint: DENIED_HINT },
  { sign: /Out of Memory/i, hint: "more memory, or fewer columns or customers" },
  {
    sign: /Corrupt database|Could not read (?:enough|from)/i,
    hint: "the file is damaged: restore it, or have it written anew",
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
    const text = error instanceof Error ? error.message : "";
    const known = MACHINE_TROUBLE.find(({ sign }) => sign.test(text));
    if (known === undefined) throw error;
    throw new ServiceError(`DuckDB could not work: ${text.split("\n")[0]}`, known.hint, { cause: error });
  }
}
