import * as z from "zod";
import { whole } from "../cli/numbers.ts";
import { algorithms } from "../engine/engine.ts";
import { configuredParameters, LARGEST_INT } from "../engine/parameters.ts";
import { folderOf } from "../files/address.ts";
import { beginsUnknown, KNOWN_START } from "../files/home.ts";
import { gateSettings } from "../quality/gates/gates.ts";
import { isS3Address, S3_ADDRESS, s3Address } from "../s3/address.ts";
import { columnKind } from "../source/kinds.ts";
import { TRACKING_ADDRESS, trackingAddress } from "../tracking/address.ts";
import { isTimezone, machineTimezone } from "../workspace/timezone.ts";
import { duration, durationOrDays } from "./duration.ts";
import { notifySection } from "./notify-section.ts";
import { s3Section } from "./s3-section.ts";
import { sourceSection } from "./source-section.ts";
import { timeOfDay } from "./time-of-day.ts";
import { isTree } from "./tree.ts";

/**
 * churn.yaml, section by section, a description a field. The message of a regex or a refine is what the value must be
 * ("a name without / : %"), and problems.ts makes the sentence; that of a whole section is the sentence itself.
 */

const sqlExpression = z.string().min(1);
const columnName = z.string().min(1);
/** JavaScript moves names that are whole numbers to the front, and derived columns have an order. */
const derivedName = columnName.regex(/\D/);

/** A folder, or a bucket. */
const storeAddress = z
  .string()
  .min(1)
  .refine((address) => address.trim() === address, { error: "an address without blanks around it", abort: true })
  .refine((address) => !isS3Address(address) || s3Address(address) !== undefined, { error: S3_ADDRESS, abort: true })
  .refine(
    (address) => isS3Address(address) || folderOf(address) !== undefined,
    "a folder's path, an absolute file: URI, or s3://BUCKET/PREFIX",
  )
  .refine((address) => !beginsUnknown(address), KNOWN_START);

const trackingUri = z
  .string()
  .min(1)
  .refine((address) => address.trim() === address, { error: "an address without blanks around it", abort: true })
  .refine((address) => trackingAddress(address) !== undefined, TRACKING_ADDRESS)
  .refine((address) => !beginsUnknown(address), KNOWN_START);

const dataset = z.strictObject({
  id: columnName.describe("the customer's id: integer, text or UUID"),
  date: columnName
    .nullable()
    .default(null)
    .describe("the snapshot's date; null when the table shows the current state"),
  target: z
    .strictObject({
      column: columnName.describe("the label's column"),
      positive: z
        .union([z.boolean(), z.number(), z.string()])
        .default(true)
        .describe("its value for a customer who churned"),
    })
    .describe("what is predicted"),
  exclude: z.array(columnName).default([]).describe("columns that never leave the source"),
  types: z.record(columnName, columnKind).default({}).describe("column types, where the source's own type misleads"),
});

const transform = z.strictObject({
  fill: z.record(columnName, sqlExpression).default({}).describe("column: SQL expression that replaces its nulls"),
  derive: z.record(derivedName, sqlExpression).default({}).describe("new column: SQL expression over one row"),
  max_categories: z.int().min(1).default(100).describe("categories of a column; rarer ones share COLUMN_other"),
});

export const split = z.strictObject({
  method: z
    .enum(["customer", "stratified", "column"])
    .default("customer")
    .describe("by the customer's hash; stratified: by class as well; column: as a column of the table says"),
  test: z.number().gt(0).lt(1).default(0.2).describe("share of customers on the test side"),
  salt: z.string().default("churn").describe("text hashed with the id; another salt is another split"),
  column: columnName.optional().describe("with method: column, the column that says it; it is no feature"),
  test_value: z
    .union([z.boolean(), z.number(), z.string()])
    .optional()
    .describe("with method: column, its value for a test customer"),
});

const splitSection = split.superRefine(({ method, column, test_value }, { addIssue }) => {
  const isSaid = column !== undefined && test_value !== undefined;
  if (method === "column" && !isSaid)
    addIssue({ code: "custom", message: "split by column needs its column and its test_value" });
  if (method !== "column" && (column !== undefined || test_value !== undefined))
    addIssue({ code: "custom", message: "split has a column or a test_value, which only method: column has" });
});

/** Of fewer a bin would be the place between two customers. */
const LEAST_CUT_ROWS = 1_000;

const train = z.strictObject({
  engine: z
    .enum(["auto", "native", "wasm", "mljs"])
    .default("auto")
    .describe(
      "what trains: native is libxgboost, wasm ships with churn, auto is native where there is one; mljs grows forests exactly, and slowly",
    ),
  library: z.string().min(1).optional().describe("the file of libxgboost, relative to the workspace"),
  algorithm: algorithms.default("xgboost").describe("boosted trees, or trees that are each grown by themselves"),
  rounds: z
    .int()
    .min(1)
    .refine((value) => value <= LARGEST_INT, { error: `no more than ${whole(LARGEST_INT)}`, abort: true })
    .default(100)
    .describe("boosting rounds, or the trees of a forest"),
  max_samples: z.int().min(1).optional().describe("customers that mljs draws for each tree; 500 if not given"),
  early_stopping: z
    .strictObject({
      rounds: z.int().min(1).default(10).describe("boosting ends after so many rounds without a smaller log loss"),
      validation: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.1)
        .describe("share of the train customers that judge the rounds; they aren't trained on"),
    })
    .optional()
    .describe("as many rounds as get better, by the log loss of some train customers; all of them where it isn't said"),
  cuts: z
    .strictObject({
      rows: z
        .int()
        .min(LEAST_CUT_ROWS)
        .default(200_000)
        .describe("train customers at most, those of the lowest hashes of their ids"),
    })
    .prefault({})
    .describe(
      "whose values libxgboost's hist takes the bounds of its bins from; without subsample the model is then the same in whatever order customers come",
    ),
  threads: z
    .int()
    .min(1)
    .optional()
    .describe("at most so many; all cores where it isn't said. The model is the same with any number"),
  params: configuredParameters.prefault({}).describe("XGBoost's parameters by XGBoost's names"),
});

/** A stump of any use takes 500 bytes as JSON, and a model may have 256 MB (size-limits.ts). */
const MOST_TREES = 500_000;

/** Where they are not given: as Python's XGBRFClassifier has them. */
const FOREST_DEFAULTS = { max_depth: 6, learning_rate: 1 };

/** What a forest takes in the place of the defaults of boosting. */
function withForestDefaults(section: unknown): unknown {
  if (!isTree(section) || section.algorithm !== "random-forest") return section;
  const { params = {} } = section;
  return isTree(params) ? { ...section, params: { ...FOREST_DEFAULTS, ...params } } : section;
}

const trainSection = z.preprocess(
  withForestDefaults,
  train.superRefine(({ engine, algorithm, rounds, max_samples, early_stopping, cuts, params }, { addIssue }) => {
    const refuse = (input: unknown, path: string[], message: string, next?: string) =>
      addIssue({ code: "custom", input, path, message, params: { next } });
    if (algorithm === "xgboost" && engine === "mljs")
      refuse(engine, ["engine"], "auto, native or wasm with train.algorithm: xgboost");
    if (engine !== "mljs" && max_samples !== undefined)
      refuse(max_samples, ["max_samples"], "left out but with train.engine: mljs, which alone draws so many");
    // With early stopping the rounds that are asked for are a limit alone.
    const each = params.num_parallel_tree ?? 1;
    if (each > MOST_TREES)
      refuse(
        each,
        ["params", "num_parallel_tree"],
        `no more than ${whole(MOST_TREES)}, since a model of more trees can't be read`,
      );
    else if ((early_stopping === undefined ? rounds : 1) * each > MOST_TREES)
      refuse(
        rounds,
        ["rounds"],
        `no more than ${whole(Math.floor(MOST_TREES / each))}${each === 1 ? "" : ` with num_parallel_tree: ${each}`}, since a model of more than ${whole(MOST_TREES)} trees can't be read`,
        each === 1 ? undefined : "fewer train.rounds, or a smaller train.params.num_parallel_tree",
      );
    if (params.max_bin !== undefined && params.max_bin > cuts.rows)
      refuse(params.max_bin, ["params", "max_bin"], `at most train.cuts.rows, which is ${cuts.rows}`);
    if (algorithm !== "random-forest") return;
    if (early_stopping !== undefined)
      refuse(early_stopping, ["early_stopping"], "left out with train.algorithm: random-forest, which has no rounds");
    if (params.learning_rate !== 1)
      refuse(
        params.learning_rate,
        ["params", "learning_rate"],
        "1 with train.algorithm: random-forest, or left out",
        "take it out of churn.yaml; for one run: --set train.params.learning_rate=1",
      );
    if (params.num_parallel_tree !== undefined)
      refuse(
        params.num_parallel_tree,
        ["params", "num_parallel_tree"],
        "left out with train.algorithm: random-forest, whose trees train.rounds counts",
      );
  }),
);

export const configSchema = z.strictObject({
  timezone: z
    .string()
    .refine(isTimezone, "an IANA time zone, such as Europe/Berlin")
    .default(() => machineTimezone())
    .describe("of dates and schedules; without it the machine's"),
  dataset: dataset.describe("the customers' columns and their roles"),
  source: sourceSection.describe("where customers come from"),
  store: storeAddress
    .default(".")
    .describe("where files are kept: a folder, relative to the workspace, or s3://BUCKET/PREFIX"),
  s3: s3Section.prefault({}).describe("how buckets are reached"),
  gates: z
    .strictObject(gateSettings())
    .prefault({})
    .describe("quality gates: a limit, { limit, severity: warn | fail } or false"),
  transform: transform.prefault({}).describe("fills, derived columns, categories"),
  split: splitSection.prefault({}).describe("train and test customers"),
  features: z
    .union([z.literal("all"), z.array(columnName).min(1)])
    .default("all")
    .describe("the model's columns, in order, or all"),
  train: trainSection.prefault({}).describe("how the model is trained"),
  evaluate: z
    .strictObject({
      threshold: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.5)
        .describe("a customer is predicted to churn above this probability"),
    })
    .prefault({})
    .describe("how the model is judged"),
  compare: z
    .strictObject({
      min_improvement: z
        .number()
        .min(0)
        .default(0.01)
        .describe("relative gain of F1 over production that is asked, strictly more"),
      trust_split: z
        .boolean()
        .default(false)
        .describe("that a model whose train customers aren't known here never saw the test side of a split by column"),
      scoring_timeout: duration
        .optional()
        .describe(
          "how long the model in production may take to be scored; a hundredth of run.timeout where it isn't said",
        ),
      first: z
        .strictObject({
          min_auc: z.number().min(0).max(1).default(0.55).describe("AUC that is asked of it, at least"),
        })
        .prefault({})
        .describe("a model while none is in production"),
    })
    .prefault({})
    .describe("when the new model is better"),
  register: z
    .strictObject({
      model: z
        .string()
        .regex(/^[^/:%\\]+$/, "a name without / : % \\")
        .default("churn-model")
        .describe("the registered model's name"),
      via: z
        .enum(["stages", "aliases", "both"])
        .optional()
        .describe(
          "how the registry says what is in production: stage Production, alias champion, or both; where it isn't said, both as far as the server knows both",
        ),
      hold: durationOrDays
        .default("7d")
        .describe("how long after a rollback promote asks once more; a number alone is days"),
    })
    .prefault({})
    .describe("the registry"),
  tracking: z
    .strictObject({
      uri: trackingUri
        .default("mlruns")
        .describe("an MLflow server's https:// address, or a folder in MLflow's layout, relative to the workspace"),
      registry_uri: trackingUri.optional().describe("a model registry elsewhere"),
      experiment: z.string().min(1).default("churn").describe("the experiment's name"),
      deadline: duration.default("2m").describe("how long a call to a server is repeated"),
    })
    .prefault({})
    .describe("MLflow tracking"),
  notify: notifySection.prefault({}).describe("messages to the team"),
  run: z
    .strictObject({
      timeout: duration.default("4h").describe("of a whole run"),
      stages: z.record(z.string(), duration).default({}).describe("stage: its own time limit"),
      retries: z
        .strictObject({
          deadline: duration.default("10m").describe("so long after its first failure; 0s: it is tried once"),
          first: duration.default("5s").describe("before the first new try; each next wait is twice as long"),
        })
        .prefault({})
        .describe("how a stage is tried again whose service can't be reached"),
    })
    .prefault({})
    .describe("time limits, and what is tried again"),
  retention: z
    .strictObject({
      raw: durationOrDays.optional().describe("customers as they were extracted"),
      processed: durationOrDays.optional().describe("customers of either side, filled and encoded"),
      features: durationOrDays.optional().describe("matrices"),
      models: durationOrDays.optional().describe("models and predictions, and runs of a local tracking folder"),
    })
    .prefault({})
    .describe("how long a night's files are kept, by folder; for ever where it isn't said"),
  logs: z
    .strictObject({ keep: duration.default("90d").describe("how long logs are kept") })
    .prefault({})
    .describe("logs"),
  schedule: z
    .strictObject({
      at: timeOfDay.default("06:00").describe("when the night begins, HH:MM by the clocks of timezone"),
      catch_up: z
        .int()
        .min(1)
        .max(366)
        .nullable()
        .default(null)
        .describe("first the days without a night, so many days back, as run-all --catch-up does"),
      wait_lock: duration
        .nullable()
        .default("30m")
        .describe("how long another run is waited for, as run-all --wait-lock does; null: not at all"),
    })
    .prefault({})
    .describe("what churn schedule makes a crontab line and a systemd timer of"),
  watchdog: z
    .strictObject({
      by: timeOfDay
        .nullable()
        .default("09:00")
        .describe("a night has to have succeeded by then, HH:MM by the clocks of timezone"),
      production_age: durationOrDays
        .nullable()
        .default("45d")
        .describe("how old the model in production may be; a number alone is days"),
      nights: z.int().min(1).nullable().default(3).describe("so many in a row without success are too many"),
      disk: z.number().gt(0).lt(1).nullable().default(0.1).describe("share of a disk that is to be free"),
    })
    .prefault({})
    .describe("what churn watchdog looks at; null switches one off"),
});

export type Config = z.infer<typeof configSchema>;
export type ConfigSection = keyof Config;
