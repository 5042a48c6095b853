import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import type { Config } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { realPath } from "../../src/lib/files/real-path.ts";
import { confine } from "../../src/lib/source/confine.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test as base, readSource } from "../support/source-folder.ts";

/** A workspace, a folder of exports, and one of other people's files. */
const test = base.extend<{ places: { workspace: string; exports: string; others: string } }>({
  places: async ({ root }, use) => {
    const places = { workspace: join(root, "w"), exports: join(root, "exports"), others: join(root, "others") };
    for (const folder of Object.values(places)) await mkdir(folder);
    await writeFile(join(places.others, "secret.csv"), "id,secret\n1,s3cret\n");
    await writeFile(join(places.workspace, "regions.csv"), "id,region\n1,north\n");
    await writeFile(join(places.exports, "plans.csv"), "id,plan\n1,gold\n");
    await use(places);
  },
});

const URL = "duckdb:../exports/customers.duckdb";
const refusedAt = (path: string, files: string, subject = "source.query") => ({
  exitCode: 2,
  message: `${subject}: ${path} is in none of the folders that it may read`,
  hint: `if it is meant, source: { files: ["${realPath(files)}"] } in churn.yaml lets it be read`,
});

test("a view of the source reads files of its own folder and of the workspace, and no others", async ({ places }) => {
  const { workspace, exports, others } = places;
  const views = {
    spy: `read_text('${others}/secret.csv')`,
    lister: `glob('${others}/*')`,
    reader: `'${others}/secret.csv'`,
    around: `read_text('${workspace}/../others/secret.csv')`,
    host: "read_text('/etc/passwd')",
    own: `read_csv('${exports}/plans.csv')`,
    near: `read_csv('${exports}/*.csv')`,
    home: `read_csv('${workspace}/regions.csv')`,
  };
  await writeDuckdb(
    join(exports, "customers.duckdb"),
    ...Object.entries(views).map(([name, from]) => `CREATE VIEW ${name} AS SELECT * FROM ${from}`),
  );
  const read = (table: string, more: Partial<Config["source"]> = {}) =>
    readSource({ url: URL, table, ...more }, workspace);
  for (const name of ["own", "near", "home"]) expect((await read(name)).rows, name).toHaveLength(1);
  for (const [name, path, folder = others] of [
    ["spy", `${others}/secret.csv`],
    ["lister", `${others}/*`],
    ["reader", `${others}/secret.csv`],
    ["around", `${workspace}/../others/secret.csv`],
    ["host", "/etc/passwd", "/etc"],
  ] as const) {
    const subject = `table ${name} of ../exports/customers.duckdb can't be read`;
    await expect(read(name), name).rejects.toMatchObject(refusedAt(path, folder, subject));
    if (name === "host") continue;
    expect((await read(name, { files: ["../others"] })).rows, name).toHaveLength(1);
  }
});

test("a query, too, reads no other files, whatever the source is", async ({ places }) => {
  const { workspace, exports, others } = places;
  await writeDuckdb(join(exports, "customers.duckdb"), "CREATE TABLE customers AS SELECT 1 AS id, 'gold' AS plan");
  await writeFile(join(exports, "customers.csv"), "id,plan\n1,gold\n");
  await writeFile(join(exports, "old.csv"), Buffer.from("id,plan\r\n1,gr\xfcn\r\n", "latin1"));
  await writeFile(join(exports, "customers.jsonl"), '{"id":1,"plan":"gold"}\n');
  {
    await using db = await openDatabase();
    await writeParquet(db, { sql: "SELECT 1 AS id, 'gold' AS plan" }, join(exports, "customers.parquet"));
  }
  for (const url of [
    URL,
    "csv:../exports/customers.csv",
    // It is read by a copy.
    "csv:../exports/old.csv",
    "jsonl:../exports/customers.jsonl",
    "parquet:../exports/*.parquet",
  ]) {
    const joined = (path: string, files?: string[]) =>
      readSource(
        { url, query: `SELECT customers.*, o.* FROM customers JOIN read_csv('${path}') AS o USING (id)`, files },
        workspace,
      );
    for (const path of [`${workspace}/regions.csv`, `${exports}/plans.csv`])
      expect((await joined(path)).rows, url).toHaveLength(1);
    const secret = `${others}/secret.csv`;
    await expect(joined(secret), url).rejects.toMatchObject(refusedAt(secret, others));
    expect((await joined(secret, [others])).rows, url).toHaveLength(1);
  }
});

test("no network is reached, and no extension is loaded", async ({ places: { workspace, exports } }) => {
  await writeDuckdb(join(exports, "customers.duckdb"), "CREATE TABLE customers AS SELECT 1 AS id");
  const query = (from: string) => readSource({ url: URL, query: `SELECT * FROM ${from}` }, workspace);
  await expect(query("read_csv('https://127.0.0.1:1/customers.csv')")).rejects.toMatchObject({
    exitCode: 2,
    message: "source.query: https://127.0.0.1:1/customers.csv is in none of the folders that it may read",
    hint: "no network is reached from there: have it copied into a file",
  });
  await expect(query("duckdb_secrets()")).rejects.toMatchObject({
    exitCode: 2,
    hint: "none of DuckDB's extensions is loaded here: have it done by the program that writes the file",
  });
});

test("links of the source's own are followed, those of a query to its folders alone", async ({ places }) => {
  const { workspace, exports, others } = places;
  await writeDuckdb(join(others, "today.duckdb"), "CREATE TABLE customers AS SELECT 1 AS id");
  await symlink("../others/today.duckdb", join(exports, "customers.duckdb"));
  await symlink(join(others, "secret.csv"), join(workspace, "linked.csv"));
  await symlink(exports, join(workspace, "plans"));
  const read = (path: string, files?: string[]) =>
    readSource(
      { url: URL, query: `SELECT customers.*, o.* FROM customers JOIN read_csv('${path}') AS o USING (id)`, files },
      workspace,
    );
  // The link's own folder is the file's, and it leads to the others'.
  for (const path of ["linked.csv", "plans/plans.csv", "../others/secret.csv"])
    expect((await read(join(workspace, path))).rows, path).toHaveLength(1);
  await rename(join(others, "secret.csv"), join(workspace, "../secret.csv"));
  await symlink(join(workspace, "../secret.csv"), join(others, "secret.csv"));
  const path = join(workspace, "linked.csv");
  await expect(read(path)).rejects.toMatchObject(refusedAt(path, join(workspace, "..")));
  expect((await read(path, [".."])).rows).toHaveLength(1);
});

test("Parquet files behind links are read, with a query and without", async ({ places: { workspace, others } }) => {
  const folders = ["plain", "we[ir]d *?", "it's"];
  for (const [index, name] of folders.entries()) {
    await mkdir(join(others, name));
    await mkdir(join(workspace, name));
    await using db = await openDatabase();
    await writeParquet(db, { sql: `SELECT ${index} AS id` }, join(others, name, "part.parquet"));
    await symlink(join(others, name, "part.parquet"), join(workspace, name, "part.parquet"));
  }
  for (const query of [undefined, "SELECT id FROM customers"]) {
    for (const [index, name] of folders.entries())
      expect((await readSource({ url: `parquet:${name}`, query }, workspace)).rows).toEqual([{ id: index }]);
    expect((await readSource({ url: "parquet:*/*.parquet", query }, workspace)).rows).toHaveLength(3);
  }
});

test("churn writes where it is to write, spills where it spills, and nobody opens the rest again", async ({
  places,
}) => {
  const { workspace, exports, others } = places;
  await symlink(others, join(exports, "store"));
  await using db = await openDatabase();
  await db.run("SET memory_limit = '60MB'; SET threads = 1");
  const store = join(exports, "store/raw/2026-11-23");
  await confine(db, { root: workspace, files: [] }, [], [store]);
  await mkdir(store, { recursive: true });
  await writeParquet(
    db,
    {
      sql: "SELECT * FROM (SELECT i, hash(i)::VARCHAR || hash(i + 1)::VARCHAR AS h FROM range(1500000) r(i)) ORDER BY h",
    },
    join(store, "customers.parquet"),
  );
  for (const sql of [
    `COPY (SELECT 1) TO '${exports}/written.csv'`,
    `SELECT * FROM '${store}/../../secret.csv'`,
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    `SET allowed_directories = ['${others}']`,
  ])
    await expect(db.run(sql), sql).rejects.toThrow(/^(?:Permission Error|Invalid Input Error): /);
  const [read] = await db.rows(`SELECT count(*) AS n FROM '${store}/customers.parquet'`, z.object({ n: z.int() }));
  expect(read?.n).toBe(1_500_000);
});
