import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { preview } from "../../src/commands/preview.ts";
import { pipeline } from "../../src/pipeline.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

const churnYaml = `
timezone: UTC
dataset: { id: customer_id, date: day, target: { column: churned, positive: "Yes" } }
source: { url: "duckdb:customers.duckdb", table: customers }
transform: { fill: { charges: "0" }, derive: { "per month": "charges / months" } }
`;

async function inWorkspace(run: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "churn-preview-test-"));
  try {
    await writeFile(join(root, "churn.yaml"), churnYaml);
    await writeDuckdb(
      join(root, "customers.duckdb"),
      `CREATE TABLE customers AS SELECT DATE '2024-05-31' AS day, 'C' || lpad(i::VARCHAR, 3, '0') AS customer_id,
         i % 5 + 1 AS months, CASE WHEN i <> 1 THEN i * 10.5 END AS charges, ['gold, old', '', NULL][i % 3 + 1] AS plan,
         ['Yes', 'No'][i % 2 + 1] AS churned FROM range(100) AS r(i)`,
    );
    await run(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test("the newest snapshot's first customers are shown as they would be, raw, derived and encoded", async () => {
  await inWorkspace(async (root) => {
    const { terminal, printed, said } = quietTerminal();
    const listeners = process.listenerCount("SIGTERM");
    await preview(pipeline).run(contextIn(root, terminal), { rows: 2 });
    expect(process.listenerCount("SIGTERM")).toBe(listeners);
    expect(printed).toEqual([
      "C000   train side",
      "  raw       day              2024-05-31",
      "            customer_id      C000",
      "            months           1",
      "            charges          0",
      "            plan             gold, old",
      "            churned          Yes",
      "  derived   per month        0",
      "  encoded   plan_gold, old   1",
      "",
      "C001   train side",
      "  raw       day           2024-05-31",
      "            customer_id   C001",
      "            months        2",
      "            charges       0",
      '            plan          ""',
      "            churned       No",
      "  derived   per month     0",
      "  encoded   plan_         1",
    ]);
    expect(said).toEqual(["snapshot of 2024-05-31 in customers.duckdb"]);
    expect((await readdir(root)).sort()).toEqual(["churn.yaml", "customers.duckdb"]);
  });
});

test("--json gives the same facts to programs", async () => {
  await inWorkspace(async (root) => {
    const { terminal, printed } = quietTerminal();
    await preview(pipeline).run(contextIn(root, terminal, { json: true }), { rows: 1 });
    expect(JSON.parse(printed.join(""))).toEqual({
      source: "customers.duckdb",
      date: "2024-05-31",
      columns: [
        { name: "day", type: "DATE", kind: "date", unused: null },
        { name: "customer_id", type: "VARCHAR", kind: "categorical", unused: null },
        { name: "months", type: "BIGINT", kind: "numeric", unused: null },
        { name: "charges", type: "DOUBLE", kind: "numeric", unused: null },
        { name: "plan", type: "VARCHAR", kind: "categorical", unused: null },
        { name: "churned", type: "VARCHAR", kind: "categorical", unused: null },
      ],
      warnings: [],
      customers: [
        {
          id: "C000",
          side: "train",
          raw: { day: "2024-05-31", customer_id: "C000", months: 1, charges: 0, plan: "gold, old", churned: "Yes" },
          derived: { "per month": 0 },
          encoded: { plan_: 0, "plan_gold, old": 1 },
        },
      ],
    });
  });
});

test("what is there is shown, whether or not the source says that today's load is complete", async () => {
  await inWorkspace(async (root) => {
    const yaml = churnYaml.replace("table: customers", 'table: customers, ready: "SELECT false", require: _DONE');
    await writeFile(join(root, "churn.yaml"), yaml);
    const { terminal, said } = quietTerminal();
    await preview(pipeline).run(contextIn(root, terminal), { rows: 1 });
    expect(said).toEqual(["snapshot of 2024-05-31 in customers.duckdb"]);
  });
});
