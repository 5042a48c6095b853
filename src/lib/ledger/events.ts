import * as z from "zod";
import { outcome } from "../compare/report.ts";
import { VERSIONS } from "../workspace/versions.ts";

/** How a run was started. */
export const startedBy = z.enum(["terminal", "make", "cron", "timer", "other"]);
export type StartedBy = z.infer<typeof startedBy>;

const sentence = z.string();
const seconds = z.number().nonnegative();
const version = z.int().positive();
const versions = z.array(version);
const exitCode = z.int().nonnegative();

const common = {
  time: z.iso.datetime().describe("in UTC"),
  run: z
    .string()
    .nullable()
    .describe("the run, or the one start of another command; null for a start that came to none"),
};
const ofNight = { ...common, night: z.string() };
const ofAny = { ...common, night: z.string().nullable() };

/** Null where records alone tell of a run. */
const start = {
  started_by: startedBy.nullable(),
  command: z.array(z.string()),
};

/** A night's decision, as compare, evaluate and register came to it. */
const decision = {
  model: z.string().describe("register.model"),
  outcome: outcome.describe("compare's"),
  reason: sentence,
  f1: z.number(),
  auc_roc: z.number().nullable(),
  rows: z.int().positive().describe("test customers"),
  production: z
    .strictObject({ version, f1: z.number().nullable().describe("on the same customers") })
    .nullable()
    .describe("in production then, or for an older night on its date"),
  production_moved: z
    .strictObject({ from: version.nullable(), to: version })
    .nullable()
    .describe("where production was moved outside churn since the night before"),
  improvement: z.number().nullable().describe("of F1 over production, relative"),
  is_older: z
    .boolean()
    .describe(
      "older than the newest decided night, or than production: held against what was in production on its date",
    ),
  stage: z.string().nullable().describe("of the version that holds the model"),
};

/** Who did it. */
const deed = {
  model: z.string(),
  by: z.string().describe("the user; behind sudo the person, too"),
  host: z.string(),
};
const promotedAt = z.iso.datetime().describe("as the version's tag has it");

/**
 * What happens, one of a closed set: a line each of `ledger.jsonl`. It tells the story of a night without its records, which
 * have the whole of it.
 */
export const ledgerEvent = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("run_started"),
    ...ofNight,
    ...start,
    user: z.string().nullable(),
    host: z.string().nullable(),
    process: z.int().positive().nullable(),
  }),
  z.strictObject({ event: z.literal("nothing_to_do"), ...ofNight, ...start }).describe("the night was decided already"),
  z
    .strictObject({ event: z.literal("run_refused"), ...ofAny, ...start, reason: sentence, exit_code: exitCode })
    .describe("a start that ended before there was a run"),
  z
    .strictObject({
      event: z.literal("run_waits"),
      ...ofNight,
      stage: z.string(),
      reason: sentence,
      exit_code: exitCode,
      until: z.iso.datetime(),
    })
    .describe("it is tried again then (--retry-until)"),
  z.strictObject({
    event: z.literal("run_ended"),
    ...ofNight,
    outcome: z
      .enum(["succeeded", "nothing_to_do", "failed", "interrupted", "unknown"])
      .describe("unknown: records alone tell of it, and not how it ended"),
    stage: z.string().nullable().describe("the last one that worked: at which it failed, or was interrupted"),
    reason: sentence.nullable(),
    exit_code: exitCode.nullable(),
    took: seconds.nullable(),
  }),
  z.strictObject({
    event: z.literal("stage_started"),
    ...ofNight,
    stage: z.string(),
    reason: sentence.nullable().describe("why it runs; null where it never ran"),
  }),
  z.strictObject({
    event: z.literal("stage_ended"),
    ...ofNight,
    stage: z.string(),
    outcome: z.enum(["succeeded", "fresh", "failed", "interrupted"]),
    took: seconds.nullable(),
    text: sentence.describe("its result in half a line, or why it failed"),
    exit_code: exitCode.nullable(),
  }),
  z.strictObject({ event: z.literal("registered"), ...ofNight, ...decision, version }),
  z.strictObject({
    event: z.literal("not_registered"),
    ...ofNight,
    ...decision,
    version: version.nullable().describe("one that holds this model already"),
  }),
  z.strictObject({
    event: z.literal("promoted"),
    ...ofAny,
    ...deed,
    version,
    promoted_at: promotedAt,
    replaced: versions.describe("what left production"),
    reason: sentence.nullable(),
    despite_hold: z.boolean(),
  }),
  z.strictObject({
    event: z.literal("rolled_back"),
    ...ofAny,
    ...deed,
    version: version.describe("back in production"),
    promoted_at: promotedAt,
    replaced: versions,
    reason: sentence.nullable(),
  }),
  z.strictObject({ event: z.literal("rejected"), ...ofAny, ...deed, version, reason: sentence.nullable() }),
  z
    .strictObject({ event: z.literal("held"), ...ofAny, ...deed, version, until: z.iso.datetime() })
    .describe("after a rollback, promote asks once more (register.hold)"),
  z.strictObject({
    event: z.literal("sent"),
    ...ofAny,
    key: z.string().describe("the message's in the outbox"),
    message: z.string().describe("its kind"),
    channel: z.string(),
    outcome: z.enum(["sent", "unknown"]).describe("unknown: nobody said whether it arrived"),
    detail: sentence.nullable().describe("where it went, or what is known"),
  }),
  z
    .strictObject({
      event: z.literal("cleared"),
      ...ofAny,
      what: z
        .enum(["failing", "late", "nights", "production_age", "registry", "disk", "unseen"])
        .describe("failing: a series of failures; the others are what the watchdog had found"),
      since: z.string().describe("the first night that failed; when the watchdog found it"),
      nights: z.int().positive().nullable().describe("how many failed in a row"),
    })
    .describe("something that was told is over"),
  z.strictObject({
    event: z.literal("waived"),
    ...ofNight,
    gates: z.array(z.string()).min(1),
    sha256: z.string().length(64).describe("of the customers for whom they were"),
    reason: sentence,
    by: deed.by,
    host: deed.host,
  }),
]);
export type LedgerEvent = z.infer<typeof ledgerEvent>;
export type EventKind = LedgerEvent["event"];
/** What is told, and what of it can't be read. */
export interface Told {
  readonly events: readonly LedgerEvent[];
  /** a sentence for each line and record that can't be read: what they told is missing */
  readonly damaged: readonly string[];
}
/** An event of one kind. */
export type EventOf<Kind extends EventKind> = Extract<LedgerEvent, { event: Kind }>;

/** An event without what its writer adds. */
export type WithoutPlace<Event> = Event extends unknown ? Omit<Event, "time" | "run"> : never;

/** Fields that hold sentences, or what was typed: secrets are masked in them. Names, ids and figures hold none. */
export const SENTENCES: ReadonlySet<string> = new Set(["reason", "text", "detail", "command", "by"]);

const stamps = {
  schema_version: z.literal(1),
  churn_version: z.string().describe("the churn that wrote it"),
};
const stamp = z.looseObject({ schema_version: z.int().positive(), churn_version: z.string() });

/** A line's form, for `docs/schemas`. */
export const ledgerFormat = {
  version: 1,
  written: (_: number): z.ZodType => {
    const [first, ...others] = ledgerEvent.options.map((option) =>
      z.strictObject({ ...stamps, ...option.shape }).describe(option.description ?? ""),
    );
    return first === undefined ? z.never() : z.discriminatedUnion("event", [first, ...others]);
  },
};

/** How every line begins: where one was cut and the next one written behind it, that is where the next one begins. */
export const LINE_START = '{"schema_version":';

/** An event as a line, without its end. */
export function lineOf(event: LedgerEvent): string {
  return JSON.stringify({ schema_version: ledgerFormat.version, churn_version: VERSIONS.churn, ...event });
}

/** What a line says. */
export type Line =
  | { readonly kind: "event"; readonly event: LedgerEvent }
  /** of a churn that knows more kinds of events */
  | { readonly kind: "newer"; readonly churn: string }
  | { readonly kind: "damaged"; readonly problem: string };

export function readLine(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "damaged", problem: "it is no whole JSON" };
  }
  const stamped = stamp.safeParse(value);
  if (!stamped.success) return { kind: "damaged", problem: "it says no version" };
  const { schema_version, churn_version, ...fields } = stamped.data;
  if (schema_version > ledgerFormat.version) return { kind: "newer", churn: churn_version };
  const parsed = ledgerEvent.safeParse(fields);
  if (parsed.success) return { kind: "event", event: parsed.data };
  const [issue] = parsed.error.issues;
  return { kind: "damaged", problem: `${issue?.path.join(".")}: ${issue?.message}` };
}
