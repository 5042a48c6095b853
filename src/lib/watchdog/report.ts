import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";
import { channelName } from "../config/notify-section.ts";
import { findingKind } from "./finding.ts";

const subject = z
  .string()
  .nullable()
  .describe(
    "what tells it from others of its kind: a disk's path, the first night of a row without success, a version",
  );
const since = z.iso.datetime().describe("when it was found first");

const report = z.strictObject({
  checked_at: z.iso.datetime(),
  workspace: z.string().describe("its folder"),
  findings: z.array(
    z.strictObject({
      what: findingKind,
      subject,
      text: z.string(),
      since,
      is_new: z.boolean().describe("false for one that was told before, and stands"),
      next: z.string().nullable().describe("a command"),
    }),
  ),
  well: z.array(z.string()).describe("what is well, half a sentence each"),
  notes: z.array(z.string()).describe("what couldn't be looked at, or isn't counted, and doesn't matter now"),
  cleared: z.array(z.strictObject({ what: findingKind, subject, since })).describe("told before, and over"),
  told: z
    .array(
      z.strictObject({
        channel: channelName,
        outcome: z.enum(["sent", "pending", "unknown"]).describe("pending is tried again by the next watchdog"),
        detail: z.string().nullable().describe("where it went, or why it did not"),
      }),
    )
    .describe("of the newest message; none with --dry-run"),
  exit_code: z.int().describe("5 as long as anything stands, else 0"),
});
export type WatchdogReport = z.infer<typeof report>;

/** What `churn watchdog --json` prints. */
export const watchdogFormat = defineFormat({ version: 1, signedFrom: 1, schema: report, upgrades: {} });
