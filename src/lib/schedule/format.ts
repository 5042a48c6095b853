import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";

const unit = z.strictObject({ path: z.string().describe("where it belongs"), text: z.string() });

const nextRun = z.iso.datetime().describe("when it begins the next night, once it is in its place");

const schedule = z.strictObject({
  workspace: z.string().describe("the workspace's folder"),
  at: z.string().describe("schedule.at, HH:MM"),
  timezone: z.string().describe("by whose clocks"),
  cron: z
    .strictObject({
      user: z.string().describe("whose crontab it is for"),
      at: z.string().describe("HH:MM by the machine's clock, which cron goes by"),
      timezone: z.string().nullable().describe("the machine's; null where it doesn't say"),
      watchdog_at: z
        .string()
        .nullable()
        .describe("likewise, of the watchdog's line; null where churn.yaml asks for none"),
      next_run: nextRun,
      text: z.string().describe("all lines, marks included"),
    })
    .nullable()
    .describe("null where it wasn't asked for, or no line can do it"),
  systemd: z
    .strictObject({
      service: unit,
      timer: unit,
      next_run: nextRun,
      watchdog: z
        .strictObject({ service: unit, timer: unit })
        .nullable()
        .describe("null where churn.yaml asks for none"),
    })
    .nullable()
    .describe("null where it wasn't asked for"),
  warnings: z.array(z.string()),
});

/** What `churn schedule print --json` prints. */
export const scheduleFormat = defineFormat({ version: 1, signedFrom: 1, schema: schedule, upgrades: {} });

const change = z.strictObject({
  workspace: z.string().describe("the workspace's folder"),
  user: z.string().describe("whose crontab it is"),
  action: z.enum(["install", "remove"]),
  changed: z.boolean().describe("false where the crontab was so already, or somebody said no"),
  lines: z.array(z.string()).describe("the workspace's lines that are in the crontab now, without the marks"),
  next_run: z.iso.datetime().nullable().describe("when the night begins next; null where no line starts it"),
  warnings: z.array(z.string()),
});

/** What `churn schedule install --json` and `remove --json` print. */
export const scheduleChangeFormat = defineFormat({ version: 1, signedFrom: 1, schema: change, upgrades: {} });
