import * as z from "zod";
import { recordPart } from "../artifacts/format.ts";
import { outcome as comparisonOutcome } from "../compare/report.ts";
import { startedBy } from "../ledger/events.ts";
import { nightOutcome } from "../ledger/nights-of.ts";

const moment = z.iso.datetime();
const date = z.string().describe("YYYY-MM-DD");

const production = z.strictObject({
  version: z.int().positive(),
  night: z.string().nullable().describe("that made it; null where nothing tells"),
  age_days: z.int().nullable().describe("from the date of that night, or the day on which it was registered, to today"),
  since: moment.nullable().describe("when it was promoted; null where nothing tells"),
  by: z.string().nullable().describe("who promoted it"),
  told_by: z
    .enum(["registry", "ledger"])
    .describe("ledger: the registry can't be asked, so it may be another one by now"),
});

const lost = z.strictObject({
  version: z.int().positive(),
  since: moment.nullable().describe("when it was promoted; null where nothing tells"),
  by: z.string().nullable().describe("who promoted it"),
});

const schedule = z.strictObject({
  by: z.enum(["cron", "timer"]),
  place: z.string().describe("the crontab's line, or the timer's file"),
  next_run: moment
    .nullable()
    .describe("null where it isn't one time a day, isn't switched on, or nothing runs that would start it"),
  is_running: z
    .boolean()
    .nullable()
    .describe("false: no cron daemon runs on this machine, and no run comes; null where that isn't to be seen"),
  unfired: date.nullable().describe("a day on which it should have started a night last, and didn't"),
});

const night = z.strictObject({
  date,
  night: z.string().nullable().describe("its name: 2026-11-23, or 2026-11-23.2; null for a day that was missed"),
  outcome: z
    .enum([...nightOutcome.options, "missed"])
    .describe("missed: it was due by schedule.at, and nothing was started"),
  comparison: comparisonOutcome.nullable(),
  f1: z.number().nullable(),
  auc_roc: z.number().nullable(),
  version: z.int().positive().nullable().describe("that it registered"),
  production: z
    .strictObject({ version: z.int().positive(), f1: z.number().nullable() })
    .nullable()
    .describe("in production when it was decided, and its F1 on the same customers"),
  improvement: z.number().nullable().describe("of F1 over production, relative"),
  decided_at: moment.nullable(),
  is_older: z.boolean().describe("a later night was decided already: production is what was there on its date"),
  stage: z.string().nullable().describe("at which it failed, was interrupted, or is"),
  reason: z.string().nullable(),
  exit_code: z.int().nullable(),
  took: z.number().nullable().describe("seconds of the run that decided it, else of the newest one"),
  started_by: startedBy.nullable(),
  attempts: z.int().nonnegative().describe("starts that worked on it, up to the decision"),
});
export type StatusNight = z.infer<typeof night>;

/** What `churn status --json` prints. */
export const statusFormat = recordPart({
  model: z.string().describe("register.model"),
  production: production.nullable().describe("null for none, or where nothing tells"),
  lost: lost
    .nullable()
    .describe("what the ledger knows to have been in production, where the registry answers and has nothing there"),
  last_success: z.strictObject({ night: z.string(), at: moment }).nullable().describe("the newest decided night"),
  failing: z
    .strictObject({ since: date, nights: z.int().positive() })
    .nullable()
    .describe("nights since the last success that failed or were interrupted; of a date that is decided none does"),
  schedules: z.array(schedule).describe("what starts the nights on this machine: usually one thing"),
  last_fired: moment
    .nullable()
    .describe("the last start by cron or a timer, as the ledger knows it; null where nothing of the kind is here"),
  is_unattended: z
    .boolean()
    .describe("whether something starts the nights without anybody there, as far as is known: only then is one missed"),
  nights: z.array(night).describe("the newest first"),
  problems: z.array(z.string()).describe("what can't be read or asked, so that something may be missing"),
});
export type Status = z.infer<typeof statusFormat.schema>;
