import { cp, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { churn, digests, lastDay } from "../support/churn.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { refuses, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

test.for(["~", "$HOME"])(
  "%s in churn.yaml is the home folder, and never a folder of that name",
  async (home, { workspace, folder }) => {
    const places = { CHURN_STORE: `${home}/store`, CHURN_TRACKING_URI: `${home}/mlruns` };
    const env = { ...places, HOME: folder };
    expect(await churn(workspace, ["run-all", "--date", lastDay, "--to", "train"], env)).toMatchObject({ exitCode: 0 });
    expect((await readdir(folder)).sort()).toEqual(["mlruns", "store"]);
    expect((await readdir(workspace)).filter((name) => /^[~$]|^(raw|models|mlruns)$/.test(name))).toEqual([]);
  },
);

test.for(["~", "$HOME"])("%s behind -C and in the source's address is the home folder", async (home, { workspace }) => {
  const env = { HOME: workspace, CHURN_SOURCE_URL: `duckdb:${home}/customers.duckdb` };
  expect(await churn("/", [`--directory=${home}/`, "extract", "--date", lastDay], env)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`extract  7,043 customers from ${workspace}/customers.duckdb`),
  });
});

test("a path that goes up starts where a link leads, by -C as by cd", async ({ workspace, folder }) => {
  await cp(workspace, join(folder, "releases/2"), { recursive: true });
  await rename(join(folder, "releases/2/customers.duckdb"), join(folder, "customers.duckdb"));
  await symlink("releases/2", join(folder, "current"));
  const env = {
    CHURN_STORE: "../../shared/store",
    CHURN_TRACKING_URI: "../../shared/mlruns",
    CHURN_SOURCE_URL: "duckdb:../../customers.duckdb",
  };
  const night = ["run-all", "--date", lastDay, "--to", "train"];
  expect(await churn("/", ["-C", join(folder, "current"), ...night], env)).toMatchObject({ exitCode: 0 });
  expect((await readdir(folder)).sort()).toEqual(["current", "customers.duckdb", "releases", "shared"]);
  expect((await readdir(join(folder, "shared"))).sort()).toEqual(["mlruns", "store"]);
  const { stdout, stderr } = await churn(join(folder, "current"), night, env);
  expect(stdout + stderr).toMatch(/train +up to date/);
});

test.for(["~otto/churn", "$DATA/churn"])(
  "-C %s is refused, and no folder of that name is made",
  async (named, { folder }) => {
    expect(await refuses(folder, ["-C", named, "init"])).toEqual({
      exitCode: 2,
      error: `-C must be a path that begins with no ~ of another user and no variable but $HOME, but is ${named}`,
      next: ["a folder of such a name is written with ./ before it"],
    });
    expect(await readdir(folder)).toEqual([]);
  },
);

test("~ in a query's file is the home folder", async ({ workspace, folder }) => {
  await writeFile(join(folder, "one.csv"), "one\n1\n");
  const query = `SELECT * FROM customers, read_csv('~/one.csv') WHERE snapshot_date = {date}`;
  const set = ["--set", `source={url: 'duckdb:customers.duckdb', query: ${JSON.stringify(query)}}`];
  expect(await churn(workspace, ["extract", "--date", lastDay, ...set], { HOME: folder })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('source: { files: ["~"] } in churn.yaml lets it be read'),
  });
  const granted = ["extract", "--date", lastDay, ...set, "--set", 'source.files=["~"]'];
  expect(await churn(workspace, granted, { HOME: folder })).toMatchObject({ exitCode: 0 });
});

test.for([
  [
    "store=gs://bucket/churn",
    "--set store: store must be a folder's path, an absolute file: URI, or s3://BUCKET/PREFIX",
  ],
  ["tracking.uri=databricks", "--set tracking.uri: tracking.uri must be a folder's path, an absolute file: URI"],
  ["tracking.uri=churn.yaml", "churn.yaml, which is a file and no folder"],
  [
    "source.url=s3://bucket/a.parquet",
    "--set source.url: source.url must be parquet:, csv: or jsonl: and s3://BUCKET/FILES",
  ],
  ["source.url=csv:https://x.y/a.csv", "--set source.url: source.url must be a kind and a path"],
] as const)("%s is refused by every command before anything runs", async ([setting, error], { workspace }) => {
  const before = await digests(workspace);
  const commands = [
    ["run-all"],
    ["run-all", "--dry-run"],
    ["train"],
    ["preview"],
    ["models"],
    ["promote", "--version", "1", "--yes"],
  ];
  for (const words of commands) {
    expect(await refuses(workspace, [...words, "--set", setting])).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining(error),
    });
  }
  // Of the night that could not begin the ledger tells.
  const { "ledger.jsonl": told, ...left } = await digests(workspace);
  expect(told).toBeDefined();
  expect(left).toEqual(before);
});

test("a store by its file: URI is that folder", async ({ workspace, folder }) => {
  await writeDuckdb(join(workspace, "customers.duckdb"), "SELECT 1");
  const set = ["--set", `store=file://${folder}/store`];
  expect(await churn(workspace, ["extract", "--date", lastDay, ...set])).toMatchObject({ exitCode: 0 });
  expect(await readdir(join(folder, "store"))).toContain("raw");
});
