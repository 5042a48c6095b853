import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { init } from "../../src/commands/init.ts";
import { preview } from "../../src/commands/preview.ts";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { makeSample } from "../../src/lib/sample/snapshots.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { machineTimezone } from "../../src/lib/workspace/timezone.ts";
import { openWorkspace } from "../../src/lib/workspace/workspace.ts";
import { pipeline } from "../../src/pipeline.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

let folder: string;
let lines: string[];
let umask: number;

beforeEach(async () => {
  // As the program itself does: files are for the owner alone.
  umask = process.umask(0o077);
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-init-")));
  lines = [];
});

afterEach(async () => {
  process.umask(umask);
  await rm(folder, { recursive: true });
});

async function run(flags: z.input<typeof init.flags>, cwd = folder, json = false): Promise<void> {
  const { terminal, printed } = quietTerminal();
  await init.run(contextIn(cwd, terminal, { json }), init.flags.parse(flags));
  lines = printed;
}

async function configIn(cwd: string): Promise<Config> {
  const { config } = await openWorkspace(contextIn(cwd, quietTerminal().terminal));
  return config;
}

async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

async function contents(): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all((await files()).map(async (file) => [file, await readFile(file, "base64")])),
  );
}

test("a workspace has a configuration, an example for secrets, a .gitignore and a Makefile", async () => {
  await run({});
  expect(lines).toEqual([
    "  written  workspace.json  the workspace's id, which never changes",
    "  written  churn.yaml      what churn reads, checks, trains and reports",
    "  written  .env.example    where secrets go",
    "  written  .gitignore      keeps data, models, logs and secrets out of git",
    "  written  Makefile        a night stage by stage: make DATE=today",
    "",
    `next   cd ${folder}`,
    "       change the lines of churn.yaml that say CHANGE",
    "       churn run-all",
  ]);
  expect((await readdir(folder)).sort()).toEqual([
    ".churn",
    ".env.example",
    ".gitignore",
    "Makefile",
    "churn.yaml",
    "workspace.json",
  ]);
});

test.for([true, false])("an editor finds the schema that churn.yaml names, with the sample: %s", async (sample) => {
  await run({ sample });
  const [line] = (await readFile(join(folder, "churn.yaml"), "utf8")).split("\n");
  const schema = /^# yaml-language-server: \$schema=(.+)$/.exec(line ?? "")?.[1] ?? "";
  expect(JSON.parse(await readFile(join(folder, schema), "utf8"))).toMatchObject({
    properties: { dataset: { description: "the customers' columns and their roles" } },
  });
});

test("with --sample it has the sample's customers up to the date, and the next command names that night", async () => {
  await run({ sample: true, date: "2026-11-23" });
  expect(lines.slice(5)).toEqual([
    "  written  customers.duckdb  7,043 customers, daily from 2026-11-17 to 2026-11-23",
    "",
    `next   cd ${folder}`,
    "       churn run-all --date 2026-11-23",
  ]);
  await using database = await openDatabase();
  await database.run(`ATTACH ${literal(join(folder, "customers.duckdb"))} AS source (READ_ONLY)`);
  expect(
    await database.rows(
      "SELECT max(snapshot_date)::VARCHAR AS last FROM source.customers",
      z.object({ last: z.string() }),
    ),
  ).toEqual([{ last: "2026-11-23" }]);
});

test("the sample's last day is today unless --date says otherwise", async () => {
  await run({ sample: true });
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: machineTimezone() }).format(new Date());
  expect(lines[5]).toContain(`to ${today}`);
  expect(lines.at(-1)).toBe("       churn run-all");
});

test("the sample's configuration has the ten features and otherwise the defaults", async () => {
  await run({ sample: true, date: "2026-11-23" });
  const config = await configIn(folder);
  const dataset = { id: "customer_id", date: "snapshot_date", target: { column: "churned", positive: true } };
  expect(config).toEqual(
    configSchema.parse({
      timezone: machineTimezone(),
      dataset,
      source: { url: "duckdb:customers.duckdb", table: "customers" },
      gates: { ranges: { tenure_months: { min: 0 }, monthly_charges: { min: 0 }, total_charges: { min: 0 } } },
      transform: {
        fill: { total_charges: "0" },
        derive: { avg_monthly: "total_charges / (tenure_months + 1)" },
      },
      features: [
        "tenure_months",
        "monthly_charges",
        "total_charges",
        "avg_monthly",
        "contract_type_Month-to-month",
        "contract_type_One year",
        "contract_type_Two year",
        "payment_method_Bank transfer",
        "payment_method_Credit card",
        "payment_method_Electronic check",
      ],
    }),
  );
});

test("the configuration for one's own table is valid as it is and says what to change", async () => {
  await run({});
  const text = await readFile(join(folder, "churn.yaml"), "utf8");
  expect(await configIn(folder)).toMatchObject({ features: "all", timezone: machineTimezone() });
  const marked = text.split("\n").filter((line) => line.includes("# CHANGE: "));
  expect(marked.map((line) => line.trim().split(":")[0])).toEqual(["id", "date", "target", "exclude", "source"]);
});

test("what the configuration for one's own table shows in comments is valid too", async () => {
  await run({});
  const text = await readFile(join(folder, "churn.yaml"), "utf8");
  const uncommented = text.replace(/^( *)# (ranges:|transform:| {2}fill:| {2}derive:)/gm, "$1$2");
  expect(configSchema.parse(parse(uncommented))).toMatchObject({
    gates: { ranges: { monthly_charges: { min: 0 } } },
    transform: {
      fill: { total_charges: "0" },
      derive: { avg_monthly: "total_charges / (tenure_months + 1)" },
    },
  });
});

test("the second time nothing changes, and each file is said to be kept", async () => {
  await run({ sample: true, date: "2026-11-23" });
  const before = await contents();
  await run({ sample: true, date: "2026-11-25" });
  expect(await contents()).toEqual(before);
  expect(lines).toEqual([
    "  kept     churn.yaml        it was there already",
    "  kept     .env.example      it was there already",
    "  kept     .gitignore        it was there already",
    "  kept     Makefile          it was there already",
    "  kept     customers.duckdb  it was there already",
    "",
    `next   cd ${folder}`,
    "       churn run-all",
  ]);
});

test("the workspace has an id, and a workspace that is there keeps the one it has, wherever its store is", async () => {
  await run({});
  const id = await workspaceId(openFolderStore(folder));
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  await run({});
  expect(await workspaceId(openFolderStore(folder))).toBe(id);

  await rm(join(folder, "workspace.json"));
  await run({});
  expect(await readdir(folder)).not.toContain("workspace.json");
});

test("a file that is there stays, even a link to nowhere, and the others are written", async () => {
  await writeFile(join(folder, "Makefile"), "all:\n");
  await symlink(join(folder, "nowhere"), join(folder, ".gitignore"));
  await run({});
  expect(await readFile(join(folder, "Makefile"), "utf8")).toBe("all:\n");
  expect(await readdir(folder)).not.toContain("nowhere");
  expect(lines.filter((line) => line.startsWith("  kept"))).toHaveLength(2);
  expect(lines.filter((line) => line.startsWith("  written"))).toHaveLength(3);
});

test("a folder that isn't there is made", async () => {
  const deep = join(folder, "shops", "my shop's");
  await run({}, deep);
  expect((await readdir(deep)).sort()).toEqual([
    ".churn",
    ".env.example",
    ".gitignore",
    "Makefile",
    "churn.yaml",
    "workspace.json",
  ]);
  expect(lines).toContain(`next   cd '${folder}/shops/my shop'\\''s'`);
});

test("a file in the folder's place is an error that names it", async () => {
  await writeFile(join(folder, "shop"), "");
  for (const cwd of [join(folder, "shop"), join(folder, "shop", "data")]) {
    await expect(run({}, cwd)).rejects.toMatchObject({
      exitCode: 2,
      message: `${cwd} can't be a workspace: a file is in the way`,
      hint: "churn -C ANOTHER_FOLDER init",
    });
  }
});

test("all files are for the owner alone, so that a copied .env is one that churn takes", async () => {
  await run({ sample: true, date: "2026-11-23" });
  for (const file of await files()) expect([file, (await stat(file)).mode & 0o777]).toEqual([file, 0o600]);
  await copyFile(join(folder, ".env.example"), join(folder, ".env"));
  expect(readEnvironment({}, folder).variables.size).toBe(0);
});

test("each name in .env.example is filled in by taking its sign of a comment away, a bucket's keys among them", async () => {
  await run({});
  const example = await readFile(join(folder, ".env.example"), "utf8");
  const filled = example.replaceAll(/^# ([A-Z_]+)=""$/gm, '$1="filled"');
  await writeFile(join(folder, ".env"), filled, { mode: 0o600 });
  const { variables } = readEnvironment({}, folder);
  expect(filled.match(/^[A-Z_]+(?==)/gm)).toEqual([...variables.keys()]);
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
    expect(variables.get(name), name).toMatchObject({ value: "filled" });
});

test("make runs the stages in order, up to the one that is named", async () => {
  await run({});
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "churn"), '#!/bin/sh\necho "$*" >> calls\n', { mode: 0o755 });
  const make = async (...args: string[]) => {
    await rm(join(folder, "calls"), { force: true });
    execFileSync("make", args, {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
      stdio: "pipe",
    });
    return (await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n");
  };
  const stages = pipeline.map(({ name }) => name);
  expect(await make("DATE=2026-11-23")).toEqual(stages.map((stage) => `${stage} --date 2026-11-23`));
  expect(await make("-j4", "pipeline")).toEqual(stages.map((stage) => `${stage} --date today`));
  expect(await make("transform", "DATE=yesterday")).toEqual(
    stages.slice(0, 3).map((stage) => `${stage} --date yesterday`),
  );
});

test("--date without --sample is an error, and so is a date that is none; both before anything is written", async () => {
  await expect(run({ date: "2026-11-23" })).rejects.toMatchObject({
    exitCode: 2,
    message: "--date is the last day of the sample, and --sample was not given",
    hint: "churn init --sample --date 2026-11-23",
  });
  await expect(run({ sample: true, date: "2026-02-30" })).rejects.toMatchObject({ exitCode: 2 });
  expect(await readdir(folder)).toEqual([]);
});

test("--json gives the same facts to programs", async () => {
  await run({ sample: true, date: "2026-11-23" }, folder, true);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    workspace: folder,
    files: ["workspace.json", "churn.yaml", ".env.example", ".gitignore", "Makefile", "customers.duckdb"].map(
      (file) => ({
        file,
        outcome: "written",
      }),
    ),
    sample: { customers: 7043, rows: 48668, snapshots: 7, first: "2026-11-17", last: "2026-11-23" },
    adopted: null,
  });
});

test("--adopt makes the store that churn.yaml names now the folder's own", async () => {
  await run({});
  const other = join(folder, "other");
  await writeFile(join(folder, "churn.yaml"), `${await readFile(join(folder, "churn.yaml"), "utf8")}\nstore: other\n`);
  await run({ adopt: true });
  const id = await workspaceId(openFolderStore(other));
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(lines).toContain(`  adopted  ${other}  workspace ${id}`);
  const kept: unknown = JSON.parse(await readFile(join(folder, ".churn", "store.json"), "utf8"));
  expect(kept).toMatchObject({ workspace: id, address: other });

  await run({ adopt: true }, folder, true);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ adopted: { store: other, workspace: id } });
});

test("--from writes what the sample's table says of itself, and nothing is left to decide", async () => {
  await makeSample({ file: join(folder, "customers.duckdb"), date: "2026-11-23" });
  await run({ from: "duckdb:customers.duckdb", table: "customers" });
  expect(lines.slice(-3)).toEqual([`next   cd ${folder}`, "       churn preview", "       churn run-all"]);
  const text = await readFile(join(folder, "churn.yaml"), "utf8");
  expect(text).toContain("  id: customer_id                                 # VARCHAR, unique each day\n");
  expect(text).toContain("  date: snapshot_date                             # DATE, 7 different\n");
  expect(text).not.toContain("# CHANGE");
  const { dataset, source } = await configIn(folder);
  expect(dataset).toEqual({
    id: "customer_id",
    date: "snapshot_date",
    target: { column: "churned", positive: true },
    exclude: [],
    types: {},
  });
  expect(source).toEqual({ url: "duckdb:customers.duckdb", table: "customers" });
});

test("--from asks what a file leaves open, and the next command says what is to be decided", async () => {
  const rows = ["a@x.org;1;A-1;yes;no", "b@x.org;2;A-2;no;no", "c@x.org;3;A-3;yes;yes", "d@x.org;4;A-4;no;yes"];
  await writeFile(join(folder, "c.csv"), ["email;seat;contract;churn_2025;churn_2026", ...rows, ""].join("\n"));
  await run({ from: "csv:c.csv" });
  expect(lines.slice(5)).toEqual([
    "  decide   dataset.id: which is the customer's id? unique: email (VARCHAR), seat (BIGINT), contract (VARCHAR)",
    "  decide   dataset.target: which column says who left, and by which value? of two values: churn_2025 (BOOLEAN), churn_2026 (BOOLEAN)",
    "",
    `next   cd ${folder}`,
    "       change the lines of churn.yaml that say CHANGE",
    "       churn preview",
    "       churn run-all",
  ]);
  const text = await readFile(join(folder, "churn.yaml"), "utf8");
  expect(text).toContain("# CHANGE: which is the customer's id?");
  expect(text).toContain("# may these leave the source? otherwise: [email]");
  const { dataset, source } = await configIn(folder);
  expect(dataset).toMatchObject({ id: "CHANGE", date: null, target: { column: "CHANGE" } });
  const { terminal } = quietTerminal();
  await expect(preview(pipeline).run(contextIn(folder, terminal), { rows: 5 })).rejects.toMatchObject({
    exitCode: 2,
    message: "dataset.id: c.csv has no column CHANGE",
    hint: expect.stringMatching(/^dataset\.id in churn\.yaml is still the question that churn init asked\nthere are /),
  });
  expect(source).toEqual({ url: "csv:c.csv" });
});

test("--from gives its questions to programs too", async () => {
  await writeFile(join(folder, "c.csv"), "id,left_us\n1,gone\n2,here\n3,here\n");
  await run({ from: "csv:c.csv" }, folder, true);
  expect(JSON.parse(lines.join(""))).toMatchObject({
    workspace: folder,
    questions: ["dataset.target: which value of left_us (VARCHAR) says that a customer left? gone or here"],
    advice: [],
  });
});

test("--from writes nothing where the source can't be looked at, or churn.yaml is there", async () => {
  await expect(run({ from: "csv:gone.csv" })).rejects.toMatchObject({ exitCode: 2 });
  expect(await files()).toEqual([]);
  await run({});
  const before = await contents();
  await expect(run({ from: "csv:c.csv" })).rejects.toMatchObject({
    exitCode: 2,
    message: "churn.yaml is there already, and --from writes one",
  });
  expect(await contents()).toEqual(before);
});
