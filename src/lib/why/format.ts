import * as z from "zod";
import { recordPart } from "../artifacts/format.ts";
import { outcome as comparisonOutcome, minImprovement, productionMoved, rule } from "../compare/report.ts";
import { startedBy } from "../ledger/events.ts";
import { productionPeriod } from "../ledger/history.ts";
import { nightOutcome } from "../ledger/nights-of.ts";
import { gateCheck } from "../quality/report.ts";

const moment = z.iso.datetime();
const count = z.int().nonnegative();
const version = z.int().positive();

const run = z.strictObject({
  id: z.string().nullable().describe("null for a start that was refused before it was a run"),
  started_by: startedBy.nullable().describe("null where records alone tell of it"),
  started_at: moment,
  ended_at: moment.nullable(),
  outcome: z.string(),
  stage: z.string().nullable().describe("the last one that worked"),
  reason: z.string().nullable(),
  exit_code: z.int().nullable(),
  took: z.number().nullable().describe("seconds"),
});

const data = z.strictObject({
  customers: count,
  source: z.string(),
  before: z
    .strictObject({ night: z.string(), customers: count })
    .nullable()
    .describe("of the decided night before; null where there is none, or its record is lost"),
});

const waiver = z.strictObject({
  gates: z.array(z.string()),
  reason: z.string(),
  by: z.string(),
  host: z.string(),
  at: moment,
});

const split = z.strictObject({
  train: count.describe("train customers"),
  test: count.describe("test customers"),
  left_out: count.describe("rows without id or label, and those whose id came before"),
});

const model = z.strictObject({
  trained_on: count.describe("train customers that the trees are of"),
  judged_rounds: count.describe("train customers that judged the rounds; 0 without early stopping"),
  engine: z.string(),
  f1: z.number().nullable().describe("on the test customers, as evaluate measured it; null while it hasn't"),
  auc_roc: z.number().nullable(),
  driven_by: z.array(z.string()).describe("the features that move its predictions most, the strongest first"),
});

const comparison = z.strictObject({
  outcome: comparisonOutcome,
  reason: z.string(),
  rows: count.describe("customers that judged both models"),
  f1: z.number(),
  production: z
    .strictObject({
      version,
      f1: z.number().nullable().describe("on the same customers; null where it can't be scored"),
      recorded_f1: z.number().nullable().describe("on the test customers of its own night"),
      night: z.string().nullable().describe("its own; null where the ledger doesn't tell"),
    })
    .nullable(),
  improvement: z.number().nullable().describe("of F1 over production, relative"),
  min_improvement: minImprovement,
  production_moved: productionMoved,
  decided_by: z.string().nullable().describe("the rule that decided, of those below"),
  rules: z.array(rule),
});

const decision = z.strictObject({
  registered: z.boolean(),
  model: z.string().describe("register.model"),
  version: version.nullable().describe("the version that holds this model, whether or not this night made it"),
  stage: z.string().nullable().describe("of that version, then"),
  reason: z.string(),
  at: moment,
});

const failure = z.strictObject({
  stage: z.string().nullable(),
  reason: z.string().nullable(),
  details: z.array(z.string()).describe("lines of evidence, such as a table of gates"),
  hint: z.string().nullable(),
  exit_code: z.int().nullable(),
});

const told = z.strictObject({
  about: z.string().describe("registered, not_registered or failed"),
  run: z.string().nullable().describe("of a message about a run that failed"),
  channel: z.string(),
  outcome: z.enum(["sent", "pending", "unknown", "kept"]),
  detail: z.string().nullable(),
});

const file = z.strictObject({
  what: z.enum(["decision", "model", "log"]),
  key: z.string(),
  sha256: z.string().nullable().describe("as the record has it; null for a log"),
  state: z.enum(["present", "removed", "missing", "changed"]).describe("removed: by churn gc"),
});

const life = z.strictObject({
  version,
  stage: z.string().nullable().describe("in the registry now; null where that can't be asked"),
  periods: z.array(productionPeriod).describe("in which it was in production, in order"),
  replaced_by: version.nullable().describe("what took its place at the end of the last one, where that is known"),
  rejected: z
    .strictObject({ by: z.string().nullable(), at: moment.nullable(), reason: z.string() })
    .nullable()
    .describe("by a rollback"),
});

/** What `churn why --json` prints: a night's story. A part is null where the night never came to it, or nothing tells. */
export const whyFormat = recordPart({
  night: z.string(),
  date: z.string(),
  outcome: z
    .enum([...nightOutcome.options, "missed"])
    .describe("missed: it was due by schedule.at, and nothing was started"),
  run: run.nullable().describe("that decided it, else the newest one"),
  starts: count.describe("starts that worked on it, up to the decision"),
  data: data.nullable(),
  gates: z.array(gateCheck).nullable().describe("as they held, or warned; of a night that one stopped, failure tells"),
  waived: z.array(waiver).describe("gates that a person took back"),
  split: split.nullable(),
  model: model.nullable(),
  comparison: comparison.nullable(),
  decision: decision.nullable(),
  failure: failure.nullable(),
  missing: z.array(z.string()).describe("stages that have not succeeded"),
  told: z.array(told),
  files: z.array(file),
  version: life.nullable().describe("what became of the version that --version asks for"),
  next: z.array(z.string()).describe("commands: what continues it, or tells more"),
  problems: z.array(z.string()).describe("what can't be read or asked, so that something may be missing"),
});
export type Why = z.infer<typeof whyFormat.schema>;
