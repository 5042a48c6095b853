/** Quotes a name for SQL: customer "x" becomes "customer ""x""". */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL, for the places where DuckDB takes no parameter (COPY, ATTACH, read_parquet). */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
