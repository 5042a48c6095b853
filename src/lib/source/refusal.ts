import { duckdbError, firstLine, isDamage, isFatal, kindOf } from "../duckdb/errors.ts";
import { ChurnError, ServiceError, UsageError } from "../errors.ts";

/** What to do about a file that is damaged. */
export const DAMAGED_HINT = "restore it, or have it written anew";

/**
 * What DuckDB can't do with a source's rows, query, views or files, as its owner's fault and not as churn's: what SQL and
 * rows do wrong has to be mended (2), what is damaged can't be read (5). An error that isn't DuckDB's comes back as it is.
 *
 * @param subject  what can't be read, the sentence's beginning: "source.query"
 * @param hint     what to do about SQL and rows
 */
export function refusal(error: unknown, { subject, hint }: { subject: string; hint: string }): unknown {
  const cause = duckdbError(error);
  const words = `${subject}: ${firstLine(cause)}`;
  if (isDamage(cause)) return new ServiceError(words, `what it reads is damaged: ${DAMAGED_HINT}`, { cause });
  if (error instanceof ChurnError || kindOf(error) === undefined) return error;
  if (isFatal(error)) {
    return new ServiceError(words, "DuckDB itself fails at it: have it asked in another way, or written anew", {
      cause,
    });
  }
  return new UsageError(words, cureOf(firstLine(error)) ?? hint, { cause });
}

/** What helps against SQL that no mending of words helps. */
function cureOf(message: string): string | undefined {
  const [, database] = /^Binder Error: Catalog "(.*)" does not exist!$/.exec(message) ?? [];
  if (database !== undefined) {
    return `${database} is another database, or what this file was called when its views were made: have what is needed copied into it, or call it so again`;
  }
  if (message.startsWith("Conversion Error: ")) return "TRY_CAST in source.query makes null of what can't be cast";
  if (message.startsWith("Out of Range Error: ")) return "TRY(…) in source.query makes null of what fails";
  if (/No files found that match/.test(message)) return "relative names of files start at the workspace's folder";
  return /Missing Extension Error|exists in the .* extension|Extension ".*" not found/.test(message)
    ? "none of DuckDB's extensions is loaded here: have it done by the program that writes the file"
    : undefined;
}
