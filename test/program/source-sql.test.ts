import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { churn, lastDay } from "../support/churn.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { refuses, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

test("what a source's view reads elsewhere reaches no file, unless source.files lets it", async ({
  workspace,
  folder,
}) => {
  await writeFile(join(folder, "salaries.csv"), "salary\n4711\n");
  await writeDuckdb(
    join(workspace, "customers.duckdb"),
    `CREATE VIEW seen AS SELECT customers.*, salary FROM customers, '${folder}/salaries.csv'`,
  );
  for (const words of [
    ["run-all", "--date", lastDay, "--to", "extract"],
    ["extract", "--date", lastDay],
    ["preview"],
  ]) {
    const [command = ""] = words;
    const asked = [...words, "--set", "source.table=seen"];
    expect(await refuses(workspace, asked), command).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining(
        `table seen of customers.duckdb can't be read: ${folder}/salaries.csv is in none of the folders that it may read`,
      ),
    });
    if (command === "run-all") expect(await readdir(workspace)).not.toContain("raw");
    const granted = await churn(workspace, [...asked, "--set", `source.files=["${folder}"]`]);
    expect(granted, granted.stderr).toMatchObject({ exitCode: 0 });
    if (command === "preview") expect(granted.stdout).toContain("4711");
  }
});

test("with the store, the source and its files elsewhere all is read and written where it belongs", async ({
  workspace,
  folder,
}) => {
  for (const name of ["store", "source", "files"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "source/customers.duckdb"), await readFile(join(workspace, "customers.duckdb")));
  await writeFile(join(folder, "files/one.csv"), "one\n1\n");
  const query = `SELECT * FROM customers, '${folder}/files/one.csv' WHERE snapshot_date = {date}`;
  const source = { url: `duckdb:${folder}/source/customers.duckdb`, query, files: [`${folder}/files`] };
  const set = ["--set", `source=${JSON.stringify(source)}`, "--set", `store=${folder}/store`];
  const ended = await churn(workspace, ["run-all", "--date", lastDay, "--to", "transform", ...set]);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  expect((await readdir(join(folder, "store"))).sort()).toEqual(
    expect.arrayContaining(["processed", "raw", "records"]),
  );
});
