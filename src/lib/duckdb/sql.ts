import { UsageError } from "../errors.ts";

/** Quotes a name for SQL: customer "x" becomes "customer ""x""". */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL, for the places where DuckDB takes no parameter (COPY, ATTACH): a file is written by its literal name. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** One of DuckDB's own functions or operators, whatever macros a database has that are called so. */
export function builtin(name: string): string {
  return `system.main.${identifier(name)}`;
}

/** A path as a pattern that means that path alone. */
export function literalPattern(path: string): string {
  return path.replace(/[[*?]/g, (wildcard) => `[${wildcard}]`);
}

/**
 * A file's name for DuckDB's functions that read files: they take patterns, and this one means the file of that name alone.
 *
 * @param path  absolute
 * @throws {UsageError} when it has a wildcard and a backslash: in a pattern that is a slash, so none means this file
 */
export function fileLiteral(path: string): string {
  const pattern = literalPattern(path);
  if (pattern !== path && path.includes("\\")) {
    throw new UsageError(
      `${path}: DuckDB can't read a path with a backslash and one of [ * ?`,
      "give the file or the folder another name",
    );
  }
  return literal(pattern);
}
