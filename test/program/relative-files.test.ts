import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { churn, lastDay } from "../support/churn.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();
const query = `SELECT c.*, r.region FROM customers c JOIN read_csv('regions.csv') r ON c.customer_id = r.id WHERE snapshot_date = DATE '${lastDay}'`;

const commands = [
  ["run-all", "--date", lastDay, "--to", "extract", "--force"],
  ["extract", "--date", lastDay, "--force"],
  ["preview", "--rows", "1"],
] as const;

test.for(commands)(
  "a file that the query names lies in the workspace, wherever %j is started",
  async (words, { workspace, folder }) => {
    const ids = Array.from({ length: 7043 }, (_, index) => `C${String(index).padStart(5, "0")},${index % 5}`);
    await writeFile(join(workspace, "regions.csv"), `id,region\n${ids.join("\n")}\n`);
    await mkdir(join(workspace, "deeper"));
    await writeFile(join(folder, "regions.csv"), "another\n");
    const set = ["--set", `source={url: 'duckdb:customers.duckdb', query: ${JSON.stringify(query)}}`];
    for (const [place, where] of [
      [folder, ["-C", workspace]],
      [join(workspace, "deeper"), []],
    ] as const) {
      const ended = await churn(place, [...where, ...words, ...set]);
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
    }
  },
);

test("a file that a view of the source names lies there too", async ({ workspace, folder }) => {
  await writeFile(join(workspace, "extra.csv"), "one\n1\n");
  await writeDuckdb(
    join(workspace, "customers.duckdb"),
    `SET file_search_path = '${workspace}'; CREATE VIEW seen AS SELECT customers.*, one FROM customers, read_csv('extra.csv')`,
  );
  expect(
    await churn(folder, ["-C", workspace, "extract", "--date", lastDay, "--set", "source.table=seen"]),
  ).toMatchObject({
    exitCode: 0,
  });
});
