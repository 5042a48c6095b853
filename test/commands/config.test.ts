import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chalk, type ChalkInstance } from "chalk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { config } from "../../src/commands/config.ts";
import { configFormat } from "../../src/lib/cli/output/printed.ts";
import { redactWithin } from "../../src/lib/workspace/redact.ts";

const yaml = `# The lines count from here
timezone: Europe/Berlin

dataset:
  id: customer_id
  date: snapshot_date
  target: { column: churned, positive: "Yes" }
source: { url: "duckdb:customers.duckdb", table: customers }
gates:
  null_rate: 0.20
  duplicate_rate: { limit: 0.02, severity: warn }
  classes: false
  ranges: { tenure_months: { min: 0 }, monthly_charges: { min: 0 } }
transform: { fill: { total_charges: "0" }, derive: { avg_monthly: total_charges / (tenure_months + 1) } }
features: [tenure_months, monthly_charges, avg_monthly, contract_type_Month-to-month, contract_type_One year]
train: { rounds: 100 }
`;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "churn-config-"));
  await writeFile(join(root, "churn.yaml"), yaml);
});
afterEach(() => rm(root, { recursive: true }));

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly overrides?: readonly string[];
  readonly json?: boolean;
  readonly chalk?: ChalkInstance;
}

/** What `churn config` prints. */
async function printed({ env = {}, overrides = [], json = false, chalk = new Chalk({ level: 0 }) }: Given) {
  const lines: string[] = [];
  let redact = (text: string) => text;
  await config.run(
    {
      cwd: root,
      now: new Date(),
      goTo: () => {},
      env,
      overrides,
      json,
      program: "churn",
      commands: [],
      argv: ["config"],
      terminal: {
        print: (line) => void lines.push(line),
        printJson: (value) => void lines.push(JSON.stringify(redactWithin(value, redact))),
        printBytes: () => undefined,
        say: () => undefined,
        status: () => undefined,
        mask: (secrets) => {
          redact = secrets;
        },
        ask: async () => undefined,
        chalk: { stdout: chalk, stderr: chalk },
        interactive: false,
        onScreen: false,
        columns: 80,
      },
    },
    {},
  );
  return lines;
}

test("every key has its value and its place, aligned within 80 columns", async () => {
  const lines = await printed({
    env: { CHURN_TRAIN_PARAMS_MAX_DEPTH: "8" },
    overrides: ["split.salt=a b", "logs.keep=30d"],
  });
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("config.snapshot.txt");
});

test("a default is dim, what somebody set is not", async () => {
  const lines = await printed({ chalk: new Chalk({ level: 1 }) });
  const lineOf = (key: string) => lines.find((line) => line.includes(key));
  expect(lineOf("engine")).toBe(
    new Chalk({ level: 1 }).dim("  engine                        auto                         default"),
  );
  expect(lineOf("rounds ")).not.toContain("\u001b");
});

test("--json gives every key's value, origin and place to programs", async () => {
  const [line = "", ...more] = await printed({ json: true, overrides: ["train.rounds=7"] });
  expect(more).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({
    timezone: { value: "Europe/Berlin", origin: "file", where: "churn.yaml line 2" },
    "dataset.target.column": { value: "churned", origin: "file", where: "churn.yaml line 7" },
    "gates.row_count": { value: { limit: 1000, severity: "fail" }, origin: "default" },
    "train.rounds": { value: 7, origin: "flag", where: "--set train.rounds" },
    "train.params.seed": { value: 42, origin: "default", where: "default" },
  });
});

test("no secret is shown, in the table or in JSON", async () => {
  const env = {
    CHURN_SOURCE_URL: "postgres://churn:hunter2-and-more@db.company.com/a/long/name/that/has/to/be/wrapped/over/lines",
    CHURN_TRACKING_EXPERIMENT: "of tok3n-value",
    MLFLOW_TRACKING_TOKEN: "tok3n-value",
  };
  for (const json of [false, true]) {
    const text = (await printed({ env, json })).join("\n");
    expect(text).not.toMatch(/hunter2|tok3n/);
    expect(text).toContain("postgres://churn@db.company.com");
  }
});

test("--json is as its schema says", async () => {
  const [line = ""] = await printed({ json: true });
  expect(configFormat.written(configFormat.version).parse(JSON.parse(line))).toMatchObject({
    "train.rounds": { value: 100 },
    "train.params.seed": { value: 42, origin: "default", where: "default" },
  });
});
