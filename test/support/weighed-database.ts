import type { Database } from "../../src/lib/duckdb/database.ts";

/** A database that notes how long each statement is: DuckDB plans many expressions in one statement in quadratic time. */
export function weighedDatabase(db: Database): { readonly db: Database; readonly lengths: number[] } {
  const lengths: number[] = [];
  const weighed: Database = {
    ...db,
    run: (sql, values) => {
      lengths.push(sql.length);
      return db.run(sql, values);
    },
    rows: (sql, schema, values) => {
      lengths.push(sql.length);
      return db.rows(sql, schema, values);
    },
  };
  return { db: weighed, lengths };
}

/** What is asked of a table of some columns, against one of twice as many, without what any table costs. */
export function growth(few: readonly number[], more: readonly number[], none: readonly number[]) {
  const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
  return {
    statements: (more.length - none.length) / (few.length - none.length),
    length: (sum(more) - sum(none)) / (sum(few) - sum(none)),
  };
}
