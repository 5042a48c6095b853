import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import { whenThere } from "../../src/lib/source/wait.ts";
import { writeDuckdb } from "../support/data-night.ts";
import type { Row } from "./row.ts";

const TODAY = "2026-11-23";
const READY_HINT = "a SELECT of one value, such as SELECT count(*) > 0 FROM loads WHERE day = {date}";

/** Looks for a date's snapshot as extract does. */
async function look(root: string, given: z.input<typeof configSchema>["source"], date = TODAY): Promise<void> {
  const { dataset, source } = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: given,
  });
  const once = async () => {
    await using db = await openDatabase();
    await openSnapshot(db, openSource(source, root), { dataset, date, today: TODAY, timezone: "UTC" });
  };
  await whenThere(once, { wait: source.wait, date, today: TODAY, notice: () => {} });
}

/** A DuckDB file with a table that source.query chooses a day's rows of, and source.ready. */
function ready(select: string, date = TODAY) {
  return async (root: string) => {
    const rows = "SELECT i AS id, i % 2 = 0 AS churned FROM range(4) AS r(i)";
    await writeDuckdb(join(root, "customers.duckdb"), `CREATE TABLE customers AS ${rows}`);
    const query = "SELECT * FROM customers WHERE {date} IS NOT NULL";
    await look(root, { url: "duckdb:customers.duckdb", query, ready: select }, date);
  };
}

export const sourceWaiting: readonly Row[] = [
  {
    cause: "source.ready that says no for today",
    by: ready("SELECT false"),
    code: 75,
    says: `the customers of today, ${TODAY}, aren't complete in customers.duckdb: source.ready says no`,
    next: `once it is there:\nchurn run-all --date ${TODAY}`,
  },
  {
    cause: "source.ready that says no for a past date",
    by: ready("SELECT {date} = '2026-11-23'", "2026-11-22"),
    code: 2,
    says: "the customers of 2026-11-22 aren't complete in customers.duckdb: source.ready says no",
    next: "source.ready in churn.yaml says when a date is complete",
  },
  {
    cause: "source.ready of two columns",
    by: ready("SELECT 1, 2"),
    code: 2,
    says: "source.ready gives 2 columns, and one value is asked",
    next: READY_HINT,
  },
  {
    cause: "source.ready of two rows",
    by: ready("SELECT churned FROM customers"),
    code: 2,
    says: "source.ready gives more than one row, and one value is asked",
    next: READY_HINT,
  },
  {
    cause: "source.ready that gives a word",
    by: ready("SELECT 'yes'"),
    code: 2,
    says: "source.ready gives neither true nor false nor a number",
    next: READY_HINT,
  },
  {
    cause: "source.ready that is no SELECT",
    by: ready("DROP TABLE customers"),
    code: 2,
    says: "source.ready is a statement of the kind DROP",
    next: READY_HINT,
  },
  {
    cause: "source.ready that reads a file elsewhere",
    by: ready("SELECT count(*) FROM read_csv('/etc/passwd')"),
    code: 2,
    says: "source.ready: /etc/passwd is in none of the folders that it may read",
    next: 'if it is meant, source: { files: ["/etc"] } in churn.yaml lets it be read',
  },
  {
    cause: "no marker beside the files, today",
    by: async (root) => {
      await writeFile(join(root, "c.csv"), "id,churned\n1,true\n2,false\n");
      await look(root, { url: "csv:c.csv", require: "_SUCCESS" });
    },
    code: 75,
    says: "source.require: there is no _SUCCESS beside the files of c.csv, in FOLDER",
    next: `once it is there:\nchurn run-all --date ${TODAY}`,
  },
  {
    cause: "a file that is waited for, today",
    by: (root) => look(root, { url: "csv:c.csv", wait: { for: "0s" } }),
    code: 75,
    says: "source.url: there is no file c.csv",
    next: `once it is there:\nchurn run-all --date ${TODAY}`,
  },
  {
    cause: "a wait that is over",
    by: (root) => look(root, { url: "csv:c.csv", wait: { for: "1s", every: "1s" } }),
    code: 75,
    says: "waited 1s: source.url: there is no file c.csv",
    next: `once it is there:\nchurn run-all --date ${TODAY}`,
  },
  {
    cause: "a file of a past date, which nobody waits for",
    by: (root) => look(root, { url: "duckdb:x.duckdb", query: "SELECT {date}", wait: { for: "1h" } }, "2026-11-22"),
    code: 2,
    says: "source.url: there is no file x.duckdb",
    next: "it is looked for at FOLDER/x.duckdb",
  },
];
