import { join } from "node:path";
import * as z from "zod";
import type { Config } from "../config/schema.ts";
import { unlessKnown } from "../errors.ts";
import type { LedgerEvent } from "../ledger/events.ts";
import { nightOfVersion } from "../ledger/night-of-version.ts";
import { isDecided, type NightStory, nightsOf, type RunStory } from "../ledger/nights-of.ts";
import { type LedgerPlace, problemsOf, readLedger } from "../ledger/read.ts";
import { parseLogLine } from "../logs/line.ts";
import { logLines } from "../logs/read.ts";
import { readAttempt } from "../stage/record.ts";
import { nightOfKey } from "../stage/removed.ts";
import type { Night } from "../workspace/night.ts";
import { filesOfNight } from "./files.ts";
import type { Why } from "./format.ts";
import { type NightRecords, readNightRecords } from "./records.ts";
import { failedMessage, toldOf } from "./told.ts";

/**
 * A night's story from its customers to its decision, or as far as it came. Every figure is one that a record, or the ledger, has;
 * nothing is reckoned anew.
 *
 * @returns undefined where nothing was started for the night
 * @throws as `readLedger`
 */
export async function whyNight(
  place: LedgerPlace,
  night: Night,
  { config, now }: { readonly config: Pick<Config, "register">; readonly now: Date },
): Promise<Why | undefined> {
  const reading = await readLedger(place, { night: night.name, now });
  const [story] = nightsOf(reading.events);
  const records = await readNightRecords(place, night.name);
  const missing = place.stages.filter(({ name }) => records.record(name) === undefined).map(({ name }) => name);
  if (story === undefined && missing.length === place.stages.length) return undefined;

  const { outcome = "unknown", run = null, attempts = 0 } = story ?? {};
  const failed = await failureOf(place, night, story);
  const log = run?.run == null ? undefined : { date: night.date, run: run.run };
  const files = await filesOfNight(place, records, log);
  return {
    night: night.name,
    date: night.date,
    outcome,
    run: run && runOf(run),
    starts: attempts,
    data: await dataOf(place, records),
    gates: records.results.validate?.gates ?? null,
    waived: waivedIn(reading.events, records),
    split: splitOf(records),
    model: modelOf(records),
    comparison: await comparisonOf(place, records, config.register.model),
    decision: decisionOf(records, story),
    failure: failed?.failure ?? null,
    missing,
    told: [...(await toldOf(place.store, night.name, records)), ...(failed?.told ?? [])],
    files,
    version: null,
    next: nextCommands(night, outcome, { records, missing }),
    problems: [...new Set([...records.damaged, ...problemsOf(reading)])],
  };
}

function runOf({ run: id, command: _, ...rest }: RunStory): NonNullable<Why["run"]> {
  return { id, ...rest };
}

async function dataOf(place: LedgerPlace, records: NightRecords): Promise<Why["data"]> {
  const extracted = records.results.extract;
  if (extracted === undefined) return null;
  const { rows: customers, source } = extracted;
  return { customers, source, before: await nightBefore(place, records) };
}

/** The decided night that extract and validate held this one's customers against, with its own. */
async function nightBefore(place: LedgerPlace, records: NightRecords): Promise<NonNullable<Why["data"]>["before"]> {
  const keys = ["extract", "validate"].map((stage) => records.record(stage)?.inputs["previous.validation"]?.key);
  const night = nightOfKey(keys.find((key) => key !== undefined) ?? "");
  if (night === undefined) return null;
  // A damaged record of another night is told to whoever asks about that one.
  const customers = (await readNightRecords(place, night, ["extract"])).results.extract?.rows;
  return customers === undefined ? null : { night, customers };
}

/** As the ledger tells it, and of the gates that let the customers pass what it doesn't. */
function waivedIn(events: readonly LedgerEvent[], records: NightRecords): Why["waived"] {
  const told = events.flatMap((event) =>
    event.event === "waived"
      ? [{ gates: event.gates, reason: event.reason, by: event.by, host: event.host, at: event.time }]
      : [],
  );
  const recorded = (records.results.validate?.gates ?? []).flatMap(({ gate, waived }) =>
    waived === null ? [] : [{ gates: [gate], ...waived }],
  );
  const isTold = ({ gates: [gate = ""], reason, by }: Why["waived"][number]) =>
    told.some((one) => one.gates.includes(gate) && one.reason === reason && one.by === by);
  return [...told, ...recorded.filter((one) => !isTold(one))];
}

function splitOf(records: NightRecords): Why["split"] {
  const transformed = records.results.transform;
  if (transformed === undefined) return null;
  const { train, test, dropped } = transformed;
  return {
    train: train.rows,
    test: test.rows,
    left_out: dropped.null_labels + dropped.null_ids + dropped.duplicates,
  };
}

function modelOf(records: NightRecords): Why["model"] {
  const trained = records.results.train;
  if (trained === undefined) return null;
  const evaluated = records.results.evaluate;
  return {
    trained_on: trained.rows,
    judged_rounds: trained.early_stopping?.validation_rows ?? 0,
    engine: trained.engine,
    f1: evaluated?.metrics.f1 ?? null,
    auc_roc: evaluated?.metrics.auc_roc ?? null,
    driven_by: evaluated?.driven_by ?? [],
  };
}

async function comparisonOf(place: LedgerPlace, records: NightRecords, model: string): Promise<Why["comparison"]> {
  const compared = records.results.compare;
  if (compared === undefined) return null;
  const { production_version: version, prod_f1, recorded_prod_f1, rules, ...facts } = compared;
  const own =
    version === null ? undefined : await nightOfVersion(place, model, version, records.record("compare")?.started_at);
  const production =
    version === null ? null : { version, f1: prod_f1, recorded_f1: recorded_prod_f1, night: own ?? null };
  const rule = DECIDING_RULE[compared.outcome].find((name) => rules.some((one) => one.rule === name));
  return { ...facts, production, decided_by: rule ?? null, rules };
}

/** The rule that an outcome comes of; of several the first that the report has. */
const DECIDING_RULE: Readonly<Record<NonNullable<Why["comparison"]>["outcome"], readonly string[]>> = {
  first_model: ["first_model_auc"],
  first_model_too_weak: ["first_model_auc"],
  better: ["f1_improvement"],
  not_better: ["f1_improvement"],
  identical: ["different_model"],
  champion_unscorable: ["production_scorable"],
  champion_damaged: ["production_scorable"],
  champion_saw_test: ["production_unseen_test"],
  older_night: ["newest_night"],
};

function decisionOf(records: NightRecords, story: NightStory | undefined): Why["decision"] {
  const record = records.record("register");
  const registered = records.results.register;
  if (record === undefined || registered === undefined) return null;
  const { name: model, ...rest } = registered;
  return { model, ...rest, at: story?.decided_at ?? record.ended_at ?? record.started_at };
}

/** How the run ended that tells how an undecided night stands, with its evidence. */
async function failureOf(
  place: LedgerPlace,
  night: Night,
  story: NightStory | undefined,
): Promise<{ readonly failure: NonNullable<Why["failure"]>; readonly told: Why["told"] } | undefined> {
  const run = story?.run;
  if (run == null || story === undefined || isDecided(story)) return undefined;
  if (run.outcome !== "failed" && run.outcome !== "interrupted" && run.outcome !== "refused") return undefined;
  const { stage, reason, exit_code } = run;
  const attempt =
    run.run === null || stage === null
      ? undefined
      : await readAttempt(place, night.name, run.run, stage).catch(unlessKnown);
  const message = run.run === null ? undefined : await failedMessage(place.store, night.name, run.run);
  const logged = run.run === null || message !== undefined ? [] : await loggedDetails(place, night, run.run);
  return {
    failure: {
      stage,
      reason: reason ?? attempt?.error?.message ?? null,
      details: [...(message?.details ?? logged)],
      hint: attempt?.error?.hint ?? null,
      exit_code,
    },
    told: message?.told ?? [],
  };
}

/** What the log has below the sentence of a failure; none where there is no log any more. */
async function loggedDetails({ root }: LedgerPlace, { date }: Night, run: string): Promise<readonly string[]> {
  let details: readonly string[] = [];
  try {
    for await (const line of logLines(root, join(root, "logs", date, `${run}.jsonl`), { wait: async () => false })) {
      const found = z.array(z.string()).safeParse(parseLogLine(line)?.details).data;
      if (found !== undefined) details = found;
    }
  } catch (error) {
    return unlessKnown(error) ?? [];
  }
  return details;
}

function nextCommands(
  { name, date }: Night,
  outcome: Why["outcome"],
  { records, missing }: { readonly records: NightRecords; readonly missing: readonly string[] },
): string[] {
  const goesOn = `churn run-all --date ${date}`;
  switch (outcome) {
    case "registered":
    case "first_model":
    case "not_registered":
      return [...(missing.length === 0 ? [] : [goesOn]), ...moreOf(records)];
    case "running":
    case "waiting":
      return [`churn logs --date ${name} --follow`];
    case "failed":
    case "interrupted":
    case "undecided":
    case "unknown":
    case "missed":
      return [goesOn];
  }
}

/** What tells more of a decision. */
function moreOf({ results, record }: NightRecords): string[] {
  if (results.register?.registered === true && results.register.version !== null)
    return [`churn why --version ${results.register.version}`];
  const report = record("compare")?.outputs.comparison;
  return report === undefined ? [] : [`churn cat ${report.key}`];
}
