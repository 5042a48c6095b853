import { UsageError } from "../errors.ts";

/** Quotes a name for SQL: customer "x" becomes "customer ""x""". */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL, for the places where DuckDB takes no parameter (COPY, ATTACH): a file is written by its literal name. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A file's name for DuckDB's functions that read files: they take patterns, and this one means the file of that name alone.
 *
 * @param path  absolute
 * @throws {UsageError} when it has a wildcard and a backslash: in a pattern that is a slash, so none means this file
 */
export function fileLiteral(path: string): string {
  const pattern = path.replace(/[[*?]/g, (wildcard) => `[${wildcard}]`);
  if (pattern !== path && path.includes("\\")) {
    throw new UsageError(
      `${path}: DuckDB can't read a path with a backslash and one of [ * ?`,
      "give the file or the folder another name",
    );
  }
  return literal(pattern);
}
