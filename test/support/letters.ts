import fc from "fast-check";
import type { Letter } from "../../src/lib/notify/letter.ts";
import type { Message } from "../../src/lib/notify/message.ts";

const decided = {
  night: "2026-11-23",
  model: "churn-model",
  outcome: "better",
  reason: "F1 0.573 against 0.561 of version 3 (+2.1 %)",
  f1: 0.573,
  auc_roc: 0.841,
  rows: 1435,
  production: { version: 3, f1: 0.561 },
  improvement: 0.0214,
  min_improvement: 0.01,
  recorded_f1: 0.56,
  stage: "Staging",
  production_moved: null,
  mlflow_run_id: "df77cb73e3444e229fdc4dfb47bea9f3",
} as const;

/** Of a night whose model is better. */
export const registered: Extract<Message, { kind: "registered" }> = { kind: "registered", ...decided, version: 4 };

/** Of one whose model is not. */
export const notRegistered: Extract<Message, { kind: "not_registered" }> = {
  kind: "not_registered",
  ...decided,
  outcome: "not_better",
  improvement: -0.006,
  reason: "F1 0.549 is 0.6 % below version 3",
};

/** Of a run that failed at its gates. */
export const failed: Extract<Message, { kind: "failed" }> = {
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

/** Of three days that had no night, of which one failed, and one more that was not tried. */
export const backfilled: Extract<Message, { kind: "backfill" }> = {
  kind: "backfill",
  nights: [
    {
      night: "2026-11-18",
      outcome: "not_registered",
      comparison: "not_better",
      stage: null,
      f1: 0.549,
      auc_roc: 0.837,
      version: null,
      reason: notRegistered.reason,
    },
    {
      night: "2026-11-19",
      outcome: "failed",
      comparison: null,
      stage: "validate",
      f1: null,
      auc_roc: null,
      version: null,
      reason: failed.reason,
    },
    {
      night: "2026-11-20",
      outcome: "registered",
      comparison: "better",
      stage: null,
      f1: 0.573,
      auc_roc: 0.841,
      version: 4,
      reason: registered.reason,
    },
  ],
  left: ["2026-11-21"],
  was_killed: false,
  goes_on: "churn -C /srv/churn backfill --since 2026-11-19 --until 2026-11-21",
  looks_back: null,
};

const SINCE = "2026-11-22T08:05:00.000Z";

/** Of a watchdog that found a disk nearly full, and before that a night that didn't come. */
export const watchdog: Extract<Message, { kind: "watchdog" }> = {
  kind: "watchdog",
  findings: [
    {
      what: "disk",
      text: "9.0 % of the disk of the store is free (/srv/churn, 9.0 GB), less than 10.0 % is too little",
      since: "2026-11-23T08:05:00.000Z",
      is_new: true,
      next: "churn gc --keep 30d --dry-run",
    },
    {
      what: "late",
      text: "no success by 09:00: no night of 2026-11-23 has begun",
      since: SINCE,
      is_new: false,
      next: "churn run-all --date 2026-11-23",
    },
  ],
  workspace: "/srv/churn",
  host: "ml-1",
};

/** A message on its way, with nothing around it but what is given. */
export function letterOf(message: Message, around: Partial<Letter> = {}): Letter {
  return {
    key: "2026-11-23",
    created_at: "2026-11-23T05:00:09.000Z",
    message,
    workspace: { id: "7d7ab19a-6a9c-4c2c-8d2a-5d0f6a3e3f0d", folder: "/srv/churn" },
    host: "ml-1",
    series: null,
    notes: [],
    tail: [],
    link: null,
    next: [],
    ...around,
  };
}

/** Of a run that failed three nights in a row, with all that stands around one. */
export const failedLetter = letterOf(failed, {
  key: "2026-11-23.failed.20261123T050000Z-7f3a",
  series: { since: "2026-11-21", nights: 3 },
  notes: ["The night of 2026-11-22 was not told: its message was lost."],
  tail: ["05:00:08 validate starts", "05:00:09 validate failed"],
  next: ["churn run-all --date 2026-11-23"],
});

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
  fc.record({
    kind: fc.constant("backfill" as const),
    nights: fc.array(
      fc.record({
        night: text,
        outcome: fc.constantFrom("registered", "not_registered", "failed" as const),
        comparison: orNull(fc.constantFrom("better", "older_night" as const)),
        stage: orNull(text),
        f1: orNull(figure),
        auc_roc: orNull(figure),
        version: orNull(count),
        reason: text,
      }),
      { minLength: 1, maxLength: 3 },
    ),
    left: texts,
    looks_back: orNull(count),
    was_killed: fc.boolean(),
    goes_on: orNull(text),
  }),
  fc.record({
    ...{ kind: fc.constant("watchdog" as const), workspace: text, host: text },
    findings: fc.array(
      fc.record({ what: text, text, since: fc.constant(SINCE), is_new: fc.boolean(), next: orNull(text) }),
      { minLength: 1, maxLength: 3 },
    ),
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

/** What has broken out of headers, pages and lines elsewhere, amid whatever else a text may hold. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom(
        "\r\nBcc: evil@example.com\r\n",
        "\nX-Evil: yes\n\n",
        "\r\n.\r\nMAIL FROM:<evil@example.com>\r\n",
        ">\r\nRCPT TO:<evil@example.com",
        '"><img src=x onerror=alert(1)>',
        "</pre></table><script>alert(1)</script>",
        "<!--",
        "&lt;",
        "=?utf-8?Q?=0D=0ABcc:_evil=40example.com?=",
        ", evil@example.com",
        "\u0000",
        "\u202e",
        "\u2028",
        "\ud800",
        "'\"`",
        "é 😀",
        "x".repeat(2000),
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

/** A letter with such texts wherever one comes from elsewhere. */
export const hostileLetter: fc.Arbitrary<Letter> = fc
  .record({
    word: hostileText,
    lines: fc.array(hostileText, { maxLength: 3 }),
    which: fc.constantFrom("registered", "failed", "promoted", "digest", "backfill"),
    link: fc.option(
      fc.oneof(
        hostileText,
        hostileText.map((text) => `https://example.com/${text}`),
      ),
    ),
  })
  .map(({ word, lines, which, link }) =>
    letterOf(hostileMessage(which, word, lines), {
      key: word,
      workspace: { id: word, folder: word },
      host: word,
      series: { since: word, nights: 3 },
      notes: lines,
      tail: lines,
      next: lines,
      link,
    }),
  );

function hostileMessage(which: string, word: string, lines: readonly string[]): Message {
  if (which === "failed")
    return { ...failed, night: word, stage: word, reason: word, details: [...lines], hint: word, workspace: word };
  if (which === "promoted") return { kind: "promoted", model: word, version: 4, replaced: [3], by: word, reason: word };
  if (which === "digest")
    return { kind: "digest", week: word, nights: [{ night: word, f1: 0.5, auc_roc: null, reason: word }] };
  if (which === "backfill") {
    const [night] = backfilled.nights;
    const nights = night === undefined ? [] : [{ ...night, night: word, stage: word, reason: word }];
    return { ...backfilled, nights, left: [...lines], goes_on: word };
  }
  return { ...registered, outcome: "champion_damaged", night: word, model: word, reason: word, stage: word };
}
