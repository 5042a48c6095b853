import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { message, messageOf2, messageOf3, messageOf4 } from "./message.ts";

/** What became of the message on one channel. */
export const receipt = z.strictObject({
  channel: z.string(),
  outcome: z.enum(["sent", "failed"]),
  detail: z.string().nullable(),
});
export type Receipt = z.infer<typeof receipt>;

const receipts = { channels: z.array(receipt), sent_at: z.iso.datetime() };

const noFacts = "null where churn 1.0 wrote it, which kept no facts";

/** models/NIGHT/notification.json: what the team was told, and how it went. */
const notificationReport = z.strictObject({
  message: message.nullable().describe(noFacts),
  text: z.string().describe("the message as plain text"),
  ...receipts,
});
const notificationOf4 = notificationReport.extend({ message: messageOf4.nullable().describe(noFacts) });
const notificationOf3 = notificationReport.extend({ message: messageOf3.nullable().describe(noFacts) });
const notificationOf2 = notificationReport.extend({ message: messageOf2.nullable().describe(noFacts) });

/** 1.0 kept the lines that it had sent. */
const linesOf1 = z.strictObject({
  kind: z.enum(["registered", "not_registered", "failed"]),
  title: z.string(),
  lines: z.array(z.string()),
  next: z.string().nullable(),
});
const notificationOf1 = z.strictObject({ message: linesOf1, ...receipts });

export const notificationFormat = defineFormat({
  version: 5,
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
    4: upgrade(notificationOf4, notificationReport, ({ message, ...rest }) => ({
      message:
        message === null || message.kind === "failed"
          ? message
          : { ...message, stage: message.kind === "registered" ? "Staging" : null, production_moved: null },
      ...rest,
    })),
  },
});
