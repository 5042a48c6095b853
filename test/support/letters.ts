import fc from "fast-check";
import type { Letter } from "../../src/lib/notify/letter.ts";
import type { Message } from "../../src/lib/notify/message.ts";

/** Of a run that failed at its gates, three nights in a row. */
export const failedMessage: Extract<Message, { kind: "failed" }> = {
  kind: "failed",
  night: "2026-11-23",
  run: "20261123T050000Z-7f3a",
  stage: "validate",
  reason: "1 of 13 quality gates failed on raw/2026-11-23/customers.parquet",
  details: ["row_count   992   at least 1,000   failed"],
  hint: "look at the source",
  workspace: "/srv/churn",
  host: "ml-1",
};

export const failedLetter: Letter = {
  key: "2026-11-23.failed.20261123T050000Z-7f3a",
  created_at: "2026-11-23T05:00:09.000Z",
  message: failedMessage,
  workspace: { id: "7d7ab19a-6a9c-4c2c-8d2a-5d0f6a3e3f0d", folder: "/srv/churn" },
  host: "ml-1",
  series: { since: "2026-11-21", nights: 3 },
  notes: ["The night of 2026-11-22 was not told: its message was lost."],
  tail: ["05:00:08 validate starts", "05:00:09 validate failed"],
  link: null,
  next: ["churn run-all --date 2026-11-23"],
};

const text = fc.string({ unit: "binary", maxLength: 40 });
const texts = fc.array(text, { maxLength: 3 });
const count = fc.integer({ min: 1, max: 5_000_000 });
const figure = fc.double({ noNaN: true, min: 0, max: 1 });
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });

const decision = {
  night: text,
  model: text,
  outcome: fc.constantFrom("better", "not_better", "champion_unscorable", "champion_saw_test" as const),
  reason: text,
  f1: figure,
  auc_roc: orNull(figure),
  rows: count,
  production: orNull(fc.record({ version: count, f1: orNull(figure) })),
  improvement: orNull(fc.double({ noNaN: true, min: -1, max: 9 })),
  min_improvement: orNull(figure),
  recorded_f1: orNull(figure),
  stage: orNull(text),
  production_moved: fc.constant(null),
  mlflow_run_id: text,
};
const moved = {
  model: text,
  version: count,
  replaced: fc.array(count, { maxLength: 2 }),
  by: orNull(text),
  reason: orNull(text),
};
const night = fc.record({ night: text, f1: figure, auc_roc: orNull(figure), reason: text });

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant("registered" as const), ...decision, version: count }),
  fc.record({ kind: fc.constant("not_registered" as const), ...decision }),
  fc.record({
    ...{ kind: fc.constant("failed" as const), night: text, run: text, stage: text, reason: text },
    ...{ details: texts, hint: orNull(text), workspace: text, host: text },
  }),
  fc.record({ kind: fc.constant("promoted" as const), ...moved }),
  fc.record({ kind: fc.constant("rolled_back" as const), ...moved }),
  fc.record({
    kind: fc.constant("digest" as const),
    week: text,
    nights: fc.array(night, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("test" as const) }),
);

/** Any message of any kind, with any text in it. */
export const letters: fc.Arbitrary<Letter> = fc.record({
  key: text,
  created_at: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") })
    .map((at) => at.toISOString()),
  message: messages,
  workspace: fc.record({ id: text, folder: text }),
  host: text,
  series: orNull(fc.record({ since: text, nights: count })),
  notes: texts,
  tail: texts,
  link: orNull(text),
  next: texts,
});
