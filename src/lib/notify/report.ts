import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { messageOf2, messageOf3, messageOf4, nightMessage } from "./message.ts";

/** What became of the message on one channel, as churn up to 1.7 told it. */
export const receiptOf1 = z.strictObject({
  channel: z.string(),
  outcome: z.enum(["sent", "failed"]),
  detail: z.string().nullable(),
});

/** What became of the message on one channel when the stage ended; what became of it since stands in the outbox. */
export const receipt = z.strictObject({
  channel: z.string(),
  outcome: z
    .enum(["sent", "pending", "unknown", "kept"])
    .describe("pending is tried again, unknown may have arrived, kept waits for the digest"),
  detail: z.string().nullable().describe("where it went, or why it did not"),
});
export type Receipt = z.infer<typeof receipt>;

/** What was not sent is tried again since 1.8. */
export function receiptAsOf1({ outcome, ...rest }: z.infer<typeof receiptOf1>): Receipt {
  return { ...rest, outcome: outcome === "failed" ? "pending" : outcome };
}

const receipts = { channels: z.array(receiptOf1), sent_at: z.iso.datetime() };

const noFacts = "null where churn 1.0 wrote it, which kept no facts";

/** models/NIGHT/notification.json: what the team was told, and how it went. */
const notificationReport = z.strictObject({
  message: nightMessage.nullable().describe(noFacts),
  text: z.string().describe("the message as plain text"),
  channels: z.array(receipt),
  sent_at: z.iso.datetime(),
});
const notificationOf5 = notificationReport.extend(receipts);
const notificationOf4 = notificationOf5.extend({ message: messageOf4.nullable().describe(noFacts) });
const notificationOf3 = notificationOf5.extend({ message: messageOf3.nullable().describe(noFacts) });
const notificationOf2 = notificationOf5.extend({ message: messageOf2.nullable().describe(noFacts) });

/** 1.0 kept the lines that it had sent. */
const linesOf1 = z.strictObject({
  kind: z.enum(["registered", "not_registered", "failed"]),
  title: z.string(),
  lines: z.array(z.string()),
  next: z.string().nullable(),
});
const notificationOf1 = z.strictObject({ message: linesOf1, ...receipts });

export const notificationFormat = defineFormat({
  version: 6,
  schema: notificationReport,
  upgrades: {
    1: upgrade(notificationOf1, notificationOf2, ({ message: { title, lines, next }, ...rest }) => ({
      message: null,
      text: [title, ...lines, ...(next === null ? [] : [next])].join("\n"),
      ...rest,
    })),
    2: upgrade(notificationOf2, notificationOf3, ({ message, ...rest }) => ({
      message: message === null || message.kind === "failed" ? message : { ...message, min_improvement: null },
      ...rest,
    })),
    3: upgrade(notificationOf3, notificationOf4, ({ message, ...rest }) => ({
      message: message === null || message.kind === "failed" ? message : { ...message, recorded_f1: null },
      ...rest,
    })),
    4: upgrade(notificationOf4, notificationOf5, ({ message, ...rest }) => ({
      message:
        message === null || message.kind === "failed"
          ? message
          : { ...message, stage: message.kind === "registered" ? "Staging" : null, production_moved: null },
      ...rest,
    })),
    5: upgrade(notificationOf5, notificationReport, ({ channels, ...rest }) => ({
      ...rest,
      channels: channels.map(receiptAsOf1),
    })),
  },
});
