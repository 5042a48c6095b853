import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, loadSound } from "../../src/lib/config/load.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { machineTimezone } from "../../src/lib/workspace/timezone.ts";
import { least, load } from "../support/config-workspace.ts";

test("the least churn.yaml has a default for every other key", async () => {
  const on = ["registered", "not_registered", "failed", "production"];
  const { config } = await load({});
  expect(config).toEqual({
    timezone: machineTimezone(),
    dataset: { id: "customer_id", date: null, target: { column: "churned", positive: true }, exclude: [], types: {} },
    source: { url: "duckdb:customers.duckdb", table: "customers" },
    store: ".",
    s3: { single_writer: false, lease: "60s", deadline: "2m", cache: { keep: "30d", size: "10GB" } },
    gates: {
      row_count: { limit: 1000, severity: "fail" },
      null_rate: { limit: 0.1, severity: "fail" },
      duplicate_rate: { limit: 0.01, severity: "fail" },
      null_ids: { limit: 0, severity: "fail" },
      classes: { limit: 2, severity: "fail" },
      rows_against_previous: { limit: 0.5, severity: "fail" },
      target_rate_against_previous: { limit: 0.5, severity: "fail" },
      columns: { severity: "fail" },
      csv_format: { severity: "fail" },
      new_categories: { severity: "warn" },
      ranges: {},
      leakage: { limit: 0.98, severity: "fail" },
    },
    transform: { fill: {}, derive: {}, max_categories: 100 },
    split: { method: "customer", test: 0.2, salt: "churn" },
    features: "all",
    train: {
      engine: "auto",
      algorithm: "xgboost",
      rounds: 100,
      cuts: { rows: 200_000 },
      params: { max_depth: 5, learning_rate: 0.1, seed: 42 },
    },
    evaluate: { threshold: 0.5 },
    compare: { min_improvement: 0.01, trust_split: false, first: { min_auc: 0.55 } },
    register: { model: "churn-model", hold: "7d" },
    tracking: { uri: "mlruns", experiment: "churn", deadline: "2m" },
    notify: {
      channels: ["terminal", "file"],
      deadline: "1m",
      remind: 7,
      slack: { channel: "#ml-alerts", on },
      email: { to: [], smtp: { port: 587, require_tls: true }, on },
      webhook: { on },
    },
    run: { timeout: "4h", stages: {}, retries: { deadline: "10m", first: "5s" } },
    retention: {},
    logs: { keep: "90d" },
    schedule: { at: "06:00", catch_up: null, wait_lock: "30m" },
    watchdog: { by: "09:00", production_age: "45d", nights: 3, disk: 0.1 },
  });
});

test("a random forest has defaults of its own, which are no more than that", async () => {
  const { config, origins } = await load({ env: { CHURN_TRAIN_ALGORITHM: "random-forest" } });
  expect(config.train).toEqual({
    engine: "auto",
    algorithm: "random-forest",
    rounds: 100,
    cuts: { rows: 200_000 },
    params: { max_depth: 6, learning_rate: 1, seed: 42 },
  });
  expect(origins.get("train.params.learning_rate")).toEqual({ kind: "default", where: "default" });
  const given = await load({
    yaml: `${least}train: { engine: mljs, algorithm: random-forest, max_samples: 50, params: { max_depth: 3 } }\n`,
  });
  expect(given.config.train).toMatchObject({ engine: "mljs", max_samples: 50, params: { max_depth: 3 } });
});

test("--set wins over the environment, that over churn.yaml, that over the default, and each value knows its place", async () => {
  const { config, origins } = await load({
    yaml: `${least}train:\n  rounds: 50\n  params:\n    max_depth: 3\n    learning_rate: 0.3\n    subsample: 0.9\n`,
    env: { CHURN_TRAIN_PARAMS_MAX_DEPTH: "4", CHURN_TRAIN_PARAMS_LEARNING_RATE: "0.4" },
    set: ["train.params.max_depth=6", "train.params.max_depth=7"],
  });
  expect(config.train).toEqual({
    engine: "auto",
    algorithm: "xgboost",
    rounds: 50,
    cuts: { rows: 200_000 },
    params: { max_depth: 7, learning_rate: 0.4, seed: 42, subsample: 0.9 },
  });
  expect(Object.fromEntries([...origins].filter(([key]) => key.startsWith("train.")))).toEqual({
    "train.engine": { kind: "default", where: "default" },
    "train.algorithm": { kind: "default", where: "default" },
    "train.rounds": { kind: "file", where: "churn.yaml line 6" },
    "train.cuts.rows": { kind: "default", where: "default" },
    "train.params.max_depth": { kind: "flag", where: "--set train.params.max_depth" },
    "train.params.learning_rate": { kind: "environment", where: "CHURN_TRAIN_PARAMS_LEARNING_RATE" },
    "train.params.seed": { kind: "default", where: "default" },
    "train.params.subsample": { kind: "file", where: "churn.yaml line 10" },
  });
  expect(origins.get("timezone")).toEqual({ kind: "default", where: "this machine" });
  expect(origins.has("source.query")).toBe(false);
});

test("gates merge with their defaults key by key; any other map or list replaces the one below it", async () => {
  const { config } = await load({
    yaml: `${least}gates: { null_rate: { limit: 0.2, severity: warn }, columns: warn, classes: false }
transform: { fill: { a: "0", b: "0" } }
notify: { channels: [file] }
`,
    env: { CHURN_TRANSFORM_FILL: '{"c": "1"}' },
  });
  expect(config.gates).toMatchObject({
    row_count: { limit: 1000, severity: "fail" },
    null_rate: { limit: 0.2, severity: "warn" },
    columns: { severity: "warn" },
    classes: false,
  });
  expect(config.transform.fill).toEqual({ c: "1" });
  expect(config.notify.channels).toEqual(["file"]);
});

test("--set reaches a column within a map, whose name may have dots, and a whole section", async () => {
  const { config, origins } = await load({
    yaml: `${least}transform: { fill: { a: "0" } }\ntrain: { rounds: 7, params: { max_depth: 9 } }\n`,
    set: ["transform.fill.b.c=1", "gates.ranges.age={ min: 18 }", "run.stages.train=2h", "train={ rounds: 8 }"],
  });
  expect(config.transform.fill).toEqual({ a: "0", "b.c": "1" });
  expect(config.gates.ranges).toEqual({ age: { min: 18, severity: "fail" } });
  expect(config.run.stages).toEqual({ train: "2h" });
  expect(config.train).toMatchObject({ rounds: 8, params: { max_depth: 5 } });
  expect(origins.get("transform.fill")).toEqual({ kind: "flag", where: "--set transform.fill.b.c" });
  expect(origins.get("train.rounds")).toEqual({ kind: "flag", where: "--set train" });
  expect(origins.get("train.params.max_depth")).toEqual({ kind: "default", where: "default" });
});

test.each([
  ["CHURN_SPLIT_SALT", "2026", { split: { salt: "2026" } }],
  ["CHURN_SPLIT_SALT", '"quoted # text"', { split: { salt: "quoted # text" } }],
  ["CHURN_SOURCE_TABLE", "a: b # c", { source: { table: "a: b # c" } }],
  ["CHURN_DATASET_DATE", "null", { dataset: { date: null } }],
  ["CHURN_DATASET_DATE", "snapshot_date", { dataset: { date: "snapshot_date" } }],
  ["CHURN_DATASET_TARGET_POSITIVE", "Yes", { dataset: { target: { positive: "Yes" } } }],
  ["CHURN_DATASET_TARGET_POSITIVE", "1", { dataset: { target: { positive: 1 } } }],
  ["CHURN_FEATURES", '["a", "b"]', { features: ["a", "b"] }],
  ["CHURN_FEATURES", "[a, b c]", { features: ["a", "b c"] }],
  ["CHURN_FEATURES", "all", { features: "all" }],
  [
    "CHURN_GATES_NULL_RATE",
    '{"limit": 0.3, "severity": "warn"}',
    { gates: { null_rate: { limit: 0.3, severity: "warn" } } },
  ],
  ["CHURN_GATES_COLUMNS", "false", { gates: { columns: false } }],
  ["CHURN_RUN_STAGES", '{"train": "2h"}', { run: { stages: { train: "2h" } } }],
  ["CHURN_TRAIN_PARAMS_MONOTONE_CONSTRAINTS", "(1,0)", { train: { params: { monotone_constraints: "(1,0)" } } }],
])("the environment's %s=%s is read as its key wants it", async (name, value, expected) => {
  expect((await load({ env: { [name]: value } })).config).toMatchObject(expected);
});

test("churn's own variables, empty ones and other programs' name no key", async () => {
  const env = {
    CHURN_RUN_ID: "x",
    CHURN_RUN_SET: "[]",
    CHURN_RUN_TRY: "2",
    CHURN_LIBXGBOOST: "/x.so",
    CHURN_TEST_X: "1",
    CHURN_NO_SUCH: "",
    CHURNED: "1",
  };
  expect((await load({ env })).config.train.rounds).toBe(100);
});

test("a byte order mark, CRLF and sections whose keys are all commented out change nothing", async () => {
  const { config } = await load({
    yaml: `\ufeff${least}train:\n  params:\n  # max_depth: 8\ngates:\n`.replaceAll("\n", "\r\n"),
  });
  expect(config).toEqual((await load({})).config);
});

test("YAML 1.2 holds: yes, no, dates and sexagesimals are text", async () => {
  const { config } = await load({
    yaml: `dataset:\n  id: no\n  date: 2026-11-23\n  target: { column: y, positive: yes }\n  exclude: [12:30, on]
source: { url: "duckdb:customers.duckdb", table: "001" }\n`,
  });
  expect(config.dataset).toEqual({
    id: "no",
    date: "2026-11-23",
    target: { column: "y", positive: "yes" },
    exclude: ["12:30", "on"],
    types: {},
  });
  expect(config.source.table).toBe("001");
});

describe("of a configuration that is refused", () => {
  /** The sections that are broken, and the configuration without them. */
  const sound = async (yaml: string, env: Readonly<Record<string, string>> = {}) => {
    const root = await mkdtemp(join(tmpdir(), "churn-sound-"));
    try {
      await writeFile(join(root, "churn.yaml"), yaml);
      return await loadSound({ root, env: readEnvironment(env, root).variables, overrides: [] });
    } finally {
      await rm(root, { recursive: true });
    }
  };

  test("the sections that are sound are known, and each broken one has its defaults", async () => {
    const yaml = `${least}gates: { row_count: many }\ntrain: { roundz: 4 }\ntracking: { experiment: mine }\n`;
    const found = await sound(yaml, { CHURN_COMPARE_MIN_IMPROVEMENT: "much", CHURN_REGISTER_MODEL: "other" });
    expect([...(found?.broken ?? [])]).toEqual(["gates", "train", "compare"]);
    expect(found?.config).toMatchObject({
      source: { table: "customers" },
      tracking: { experiment: "mine" },
      register: { model: "other" },
      train: { rounds: 100 },
      gates: { row_count: { limit: 1000 } },
    });
    expect(found?.origins.get("register.model")).toEqual({ kind: "environment", where: "CHURN_REGISTER_MODEL" });
  });

  test("what has to be said and isn't, or is said wrongly, has a text that says so", async () => {
    const found = await sound("dataset: { id: 7 }\nstore: kept\n");
    expect([...(found?.broken ?? [])]).toEqual(["dataset", "source"]);
    expect(found?.config).toMatchObject({ store: "kept", dataset: { id: "CHANGE" }, source: { url: "csv:CHANGE" } });
  });

  test("an unknown section breaks none of the others, and a sound configuration has no broken one", async () => {
    const unknown = await sound(`${least}trian: { rounds: 4 }\n`);
    expect([unknown?.broken.size, unknown?.config.train.rounds]).toEqual([0, 100]);
    expect((await sound(`${least}train: { rounds: 4 }\n`))?.config.train.rounds).toBe(4);
    // Two sections that contradict each other are sound by themselves.
    expect((await sound(`${least}split: { method: column, column: c, test_value: t, salt: s }\n`))?.broken.size).toBe(
      0,
    );
  });

  test("nothing is known of what is no YAML, holds a secret, or has a variable that names nothing", async () => {
    expect(await sound("dataset: [")).toBeUndefined();
    expect(await sound(`${least}notify: { slack: { token: xoxb-1234567890-abcdefghijklmnop } }\n`)).toBeUndefined();
    expect(await sound(least, { CHURN_TRIAN: "1" })).toBeUndefined();
    expect(await sound("- a\n")).toBeUndefined();
  });
});

test.for(["a pipe", "a device"])("%s in the place of churn.yaml is refused, and not waited for", async (kind) => {
  const root = await mkdtemp(join(tmpdir(), "churn-load-"));
  const file = join(root, "churn.yaml");
  try {
    if (kind === "a pipe") execFileSync("mkfifo", [file]);
    else await symlink("/dev/zero", file);
    await expect(loadConfig({ root, env: new Map(), overrides: [] })).rejects.toMatchObject({
      exitCode: 2,
      message: `${file} is not a file`,
      hint: "move it away: a file of text belongs there",
    });
  } finally {
    await rm(root, { recursive: true });
  }
});
