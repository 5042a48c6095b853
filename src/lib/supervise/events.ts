import { fstatSync } from "node:fs";
import * as z from "zod";
import { linesText } from "../errors.ts";
import { errorCode, knownError } from "../files/machine-error.ts";
import { writeAtOnce } from "../files/write-at-once.ts";
import type { Reporter, StageOutcome } from "../stage/run.ts";

/** Descriptors of a supervised stage beyond the three that every process has. */
export const EVENTS_FD = 3;

/**
 * What a supervised stage waits for on stdin before it begins. It brings today's date along, YYYY-MM-DD, which would cost the
 * process 9 ms to reckon. The pipe's end tells it that its supervisor is gone.
 */
export function wordToBegin(today: string): string {
  return `go ${today}\n`;
}

/** The date in the word to begin, or undefined when the text isn't that word. */
export function todayIn(word: string): string | undefined {
  return /^go (\d{4}-\d{2}-\d{2})\n/.exec(word)?.[1];
}

const fields = z.record(z.string(), z.json());

/** What a stage tells its supervisor: JSON lines on descriptor 3. */
export const stageEvent = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("log"), level: z.enum(["info", "warn", "error"]), message: z.string(), fields }),
  z.strictObject({ event: z.literal("progress"), text: z.string(), share: z.number().nullable() }),
  z.strictObject({ event: z.literal("say"), line: z.string() }),
  z.strictObject({
    event: z.literal("ended"),
    kind: z.enum(["succeeded", "fresh", "decided"]),
    line: z.string(),
    reason: z.string(),
    result: fields.nullable(),
  }),
  z.strictObject({
    event: z.literal("failed"),
    name: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    details: z.array(z.string()),
    foreign: z.array(z.string()).describe("what of these are another program's words"),
    exitCode: z.int(),
    stack: z.string().nullable().describe("of a defect in churn, for the log"),
  }),
]);
export type StageEvent = z.infer<typeof stageEvent>;

/** Whether a supervisor started this process: it has given the run's id and a pipe for events. */
export function isSupervised(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.CHURN_RUN_ID === undefined) return false;
  try {
    const events = fstatSync(EVENTS_FD);
    return events.isFIFO() || events.isSocket();
  } catch {
    return false; // CHURN_RUN_ID was set by hand: there is no such descriptor
  }
}

/** Sends events to the supervisor as the stage works. */
export const supervisedReporter: Reporter & { say(line: string): void } = {
  log: (level, message, fieldsOfLine = {}) => send({ event: "log", level, message, fields: toJson(fieldsOfLine) }),
  progress: (text, share) => send({ event: "progress", text, share: share ?? null }),
  notice: (message) => send({ event: "progress", text: message, share: null }),
  say: (line) => send({ event: "say", line }),
};

export function sendEnded({ kind, line, reason, record }: StageOutcome): void {
  send({ event: "ended", kind, line, reason, result: record.result });
}

/** @returns the exit code that the error asks for */
export function sendFailed(error: unknown): number {
  const event = failedEvent(error);
  send(event);
  return event.exitCode;
}

/** An error as the stage's end. */
export function failedEvent(error: unknown): Extract<StageEvent, { event: "failed" }> {
  const known = knownError(error);
  const shown = known ?? error;
  const message = known?.message ?? linesText(error instanceof Error ? error.message : String(error));
  return {
    event: "failed",
    name: shown instanceof Error ? shown.name : "unknown",
    message,
    hint: known?.hint ?? null,
    details: [...(known?.details ?? [])],
    // Nobody knows whose words a defect's are.
    foreign: [...(known?.foreign ?? [message])],
    exitCode: known?.exitCode ?? 1,
    stack: known === undefined && error instanceof Error ? (error.stack ?? null) : null,
  };
}

function send(event: StageEvent): void {
  try {
    writeAtOnce(EVENTS_FD, `${JSON.stringify(event)}\n`);
  } catch (error) {
    // The supervisor is gone; the end of stdin ends this process.
    if (errorCode(error) !== "EPIPE") throw error;
  }
}

function toJson(value: Readonly<Record<string, unknown>>): z.infer<typeof fields> {
  return fields.parse(JSON.parse(JSON.stringify(value)));
}
