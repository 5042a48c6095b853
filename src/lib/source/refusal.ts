import { dirname, resolve } from "node:path";
import { duckdbError, firstLine, isDamage, isFatal, kindOf } from "../duckdb/errors.ts";
import { ChurnError, ServiceError, UsageError } from "../errors.ts";
import { realPath } from "../files/real-path.ts";

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
  const path = outsideOf(firstLine(cause));
  if (path !== undefined) {
    return new UsageError(`${subject}: ${path} is in none of the folders that it may read`, permissionHint(path), {
      cause,
    });
  }
  if (isFatal(error)) {
    return new ServiceError(words, "DuckDB itself fails at it: have it asked in another way, or written anew", {
      cause,
    });
  }
  return new UsageError(words, cureOf(firstLine(error)) ?? hint, { cause });
}

/** The file that SQL was not let at: see `confine`. */
function outsideOf(message: string): string | undefined {
  return /^Permission Error: Cannot access (?:file|directory) "(.*)" - file system operations are disabled/.exec(
    message,
  )?.[1];
}

function permissionHint(path: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path) && !/^file:/i.test(path))
    return "no network is reached from there: have it copied into a file";
  if (path.includes("/.duckdb/")) return EXTENSIONS_HINT;
  // A pattern's folder is what stands before its first wildcard; a link's the one of the file that it leads to.
  const [start = ""] = path.replace(/^file:(?:\/\/)?/i, "").split(/[*?[]/);
  const named = /[*?[]/.test(path) ? `${start}x` : start;
  const folder = dirname(named.startsWith("~/") ? named : realPath(resolve(named)));
  return `if it is meant, source: { files: [${JSON.stringify(folder)}] } in churn.yaml lets it be read`;
}

const EXTENSIONS_HINT = "none of DuckDB's extensions is loaded here: have it done by the program that writes the file";

/** What helps against SQL that no mending of words helps. */
function cureOf(message: string): string | undefined {
  const [, database] = /^Binder Error: Catalog "(.*)" does not exist!$/.exec(message) ?? [];
  if (database !== undefined) {
    return `${database} is another database, or what this file was called when its views were made: have what is needed copied into it, or call it so again`;
  }
  if (message.startsWith("Conversion Error: ")) return "TRY_CAST in source.query makes null of what can't be cast";
  if (message.startsWith("Out of Range Error: ")) return "TRY(…) in source.query makes null of what fails";
  if (/No files found that match/.test(message)) return "relative names of files start at the workspace's folder";
  return /Missing Extension Error|Loading external extensions is disabled|exists in the .* extension|Extension ".*" not found/.test(
    message,
  )
    ? EXTENSIONS_HINT
    : undefined;
}
