import { join } from "node:path";
import { configSchema } from "../../src/lib/config/schema.ts";
import { chosenColumns } from "../../src/lib/source/dataset-columns.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { requirePastDays } from "../../src/lib/source/past-days.ts";
import { writeDuckdb } from "../support/data-night.ts";
import type { Row } from "./row.ts";
import { CUSTOMERS, dataset, duckdb, parquets, snapshot, URL } from "./snapshot-of.ts";

export const source: readonly Row[] = [
  // The configuration
  {
    cause: "source.url without a place",
    by: (root) => snapshot(root, { source: { url: URL, table: "t" } }, openSource({ url: "duckdb:" }, root)),
    code: 2,
    says: "source.url: duckdb: names no file",
    next: "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES, postgres://USER@HOST/DATABASE",
  },
  {
    cause: "source.url of an unknown kind",
    by: (root) => snapshot(root, { source: { url: "oracle:crm" } }),
    code: 2,
    says: "source.url: unknown kind of source oracle:, known are duckdb:, parquet:, csv:, jsonl:, postgres://, mysql://",
    next: "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES, postgres://USER@HOST/DATABASE",
  },
  {
    cause: "a DuckDB file without source.table or source.query",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS);
      await snapshot(root, { source: { url: URL, table: "t" } }, openSource({ url: URL }, root));
    },
    code: 2,
    says: "source.table is missing",
    next: "source.table or source.query in churn.yaml says what to read",
  },
  {
    cause: "a table that isn't there",
    by: duckdb({ table: "custmers" }),
    code: 2,
    says: "customers.duckdb has no table custmers",
    next: "source.table: did you mean customers?",
  },
  {
    cause: "a DuckDB file without tables",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"));
      await snapshot(root, { source: { url: URL, table: "customers" } });
    },
    code: 2,
    says: "customers.duckdb has no tables",
    next: "source.url in churn.yaml names the file",
  },
  {
    cause: "a date that is still to come",
    by: (root) => snapshot(root, { source: { url: URL, table: "t" }, date: "2026-11-24" }),
    code: 2,
    says: "2026-11-24 is in the future: today is 2026-11-23",
    next: "churn run-all --date 2026-11-23",
  },
  {
    cause: "days of the past of a table that shows today",
    by: () => {
      const dataset = { id: "id", target: { column: "churned" }, date: null };
      const config = configSchema.parse({ dataset, source: { url: URL, table: "t" } });
      requirePastDays(config, { choosesDate: false, description: "customers.duckdb" });
    },
    code: 2,
    says: "customers.duckdb shows the current state alone (dataset.date is null): days of the past can't be caught up",
    next: "dataset.date in churn.yaml names the snapshot's date column, {date} in source.query chooses the day",
  },
  {
    cause: "a past date of a table that shows today",
    by: (root) => snapshot(root, { source: { url: URL, table: "t" }, date: "2026-11-22" }),
    code: 2,
    says: "customers.duckdb shows the current state (dataset.date is null): only today, 2026-11-23, can be extracted, not 2026-11-22",
    next: "dataset.date in churn.yaml names the snapshot's date column",
  },
  {
    cause: "a backslash in a pattern",
    by: parquets("parquet:a\\b[1].parquet", "a\\b[1].parquet"),
    code: 2,
    says: "FOLDER/a\\b[1].parquet: DuckDB can't read a path with a backslash and one of [ * ?",
    next: "give the file or the folder another name",
  },

  // The dataset
  {
    cause: "an id that isn't there",
    by: dataset({ id: "idd" }),
    code: 2,
    says: "dataset.id: table customers in customers.duckdb has no column idd",
    next: "did you mean id?",
  },
  {
    cause: "an id that nobody has decided yet",
    by: dataset({ id: "CHANGE" }),
    code: 2,
    says: "dataset.id: table customers in customers.duckdb has no column CHANGE",
    next: "dataset.id in churn.yaml is still the question that churn init asked\nthere are id, churned",
  },
  {
    cause: "an id that is excluded",
    by: dataset({ exclude: ["id"] }),
    code: 2,
    says: "dataset.exclude: id can't be excluded, it is dataset.id",
    next: "take it out of that list in churn.yaml",
  },
  {
    cause: "a column of churn's own name",
    by: dataset({}, ", i AS __Churn_row"),
    code: 2,
    says: "table customers in customers.duckdb has a column __Churn_row; names that begin with __churn_ are churn's own",
    next: "dataset.exclude in churn.yaml leaves it in the source, and source.query can give it another name",
  },
  {
    cause: "a server's columns that differ in capitals alone",
    by: () => {
      const { dataset } = configSchema.parse({
        dataset: { id: "id", target: { column: "churned" } },
        source: { url: URL, table: "customers" },
      });
      const names = ["id", "churned", "Plan", "plan"];
      chosenColumns(
        names.map((name) => ({ name, type: "VARCHAR" })),
        dataset,
        "table customers in postgres://db/shop",
      );
    },
    code: 2,
    says: "table customers in postgres://db/shop has two columns Plan and plan, which differ in capitals alone",
    next: "dataset.exclude in churn.yaml leaves one in the source, and source.query can give it another name",
  },
  {
    cause: "an id that is a date",
    by: dataset({ id: "day" }, ", DATE '2026-11-23' AS day"),
    code: 2,
    says: "dataset.id: day is of type DATE; an id is an integer, text or a UUID",
    next: "source.query in churn.yaml can cast it",
  },
  {
    cause: "an id beyond 64 bits",
    by: dataset({ id: "big" }, ", 99999999999999999999::HUGEINT + i AS big"),
    code: 2,
    says: "dataset.id: big has numbers beyond 64 bits",
    next: "dataset: { types: { big: categorical } } reads them as text",
  },
  {
    cause: "a date that is a number",
    by: dataset({ date: "n" }, ", 1 AS n"),
    code: 2,
    says: "dataset.date: n is of type INTEGER; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
    next: "source.query in churn.yaml can cast it",
  },
  {
    cause: "a kind that a type can't become",
    by: dataset({ types: { day: "numeric" } }, ", DATE '2026-11-23' AS day"),
    code: 2,
    says: "dataset.types.day: a column of type DATE can't be read as numeric",
    next: "source.query in churn.yaml can cast it",
  },
  {
    cause: "a date column without dates",
    by: dataset({ date: "day" }, ", 'soon' AS day"),
    code: 2,
    says: "dataset.date: day of table customers has no date up to today, 2026-11-23: the first is soon",
    next: "DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
  },
  {
    cause: "a date column of nulls",
    by: dataset({ date: "day" }, ", NULL::DATE AS day"),
    code: 2,
    says: "dataset.date: day of table customers has no date up to today, 2026-11-23: all are null",
    next: "DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
  },
  {
    cause: "no rows of today",
    by: dataset({ date: "day" }, ", DATE '2026-11-22' AS day"),
    code: 75,
    says: "no snapshot for today, 2026-11-23, in customers.duckdb yet (the newest is 2026-11-22)",
    next: "once it is there:\nchurn run-all --date 2026-11-23",
  },
  {
    cause: "no rows of a past date",
    by: dataset({ date: "day" }, ", DATE '2026-11-22' AS day", "2026-11-21"),
    code: 2,
    says: "no snapshot for 2026-11-21 in customers.duckdb (the newest is 2026-11-22)",
    next: "once it is there:\nchurn run-all --date 2026-11-21",
  },
  {
    cause: "a query without rows of a past date",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS);
      const query = "SELECT * FROM customers WHERE {date} = '2026-11-23'";
      await snapshot(root, { source: { url: URL, query }, date: "2026-11-22" });
    },
    code: 2,
    says: "no snapshot for 2026-11-22 in customers.duckdb",
    next: "once it is there:\nchurn run-all --date 2026-11-22",
  },
  {
    cause: "a table without rows, today",
    by: duckdb({ table: "customers" }, "DELETE FROM customers"),
    code: 75,
    says: "table customers of customers.duckdb has no rows",
    next: "run it again once it is filled",
  },
  {
    cause: "a table without rows, of a past date",
    by: async (root) => {
      await writeDuckdb(
        join(root, "customers.duckdb"),
        CUSTOMERS,
        "CREATE TABLE dated AS SELECT *, DATE '2026-11-22' AS day FROM customers LIMIT 0",
      );
      await snapshot(root, { source: { url: URL, table: "dated" }, dataset: { date: "day" }, date: "2026-11-22" });
    },
    code: 2,
    says: "table dated of customers.duckdb has no rows",
    next: "source.url and source.table in churn.yaml say what is read",
  },
];
