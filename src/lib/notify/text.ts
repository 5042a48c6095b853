import { besideLimit, metric, signedPercent } from "../cli/numbers.ts";
import { visibleLine } from "../cli/visible.ts";
import { movedSentence } from "../compare/moved.ts";
import { isWithoutContest } from "../compare/report.ts";
import { backfillLines, backfillSentences, backfillSign, countsOf, spanOf } from "./backfill.ts";
import type { Letter } from "./letter.ts";
import type { Message } from "./message.ts";

const SIGNS = {
  registered: "✅",
  no_contest: "⚠️",
  not_registered: "ℹ️",
  failed: "❌",
  promoted: "✅",
  rolled_back: "↩️",
  digest: "ℹ️",
  backfill: "ℹ️",
  watchdog: "⚠️",
  test: "🔔",
} as const;

/** The sign before a title: for whom a glance is enough. */
export function sign(message: Message): string {
  if (message.kind === "backfill") return SIGNS[backfillSign(message)];
  return SIGNS[noContest(message) || unfair(message) ? "no_contest" : message.kind];
}

/** The message in one line, without a sign. */
export function title(message: Message): string {
  switch (message.kind) {
    case "registered":
      if (noContest(message))
        return `No contest: a new churn model is registered, but production${inProduction(message, ",")} could not be judged.`;
      return unfair(message)
        ? `No fair contest: a new churn model is registered, but production${inProduction(message, ",")} may know these customers.`
        : "New churn model registered!";
    case "not_registered":
      return "Training completed, no new model registered.";
    case "failed":
      return visibleLine(`Churn training failed at ${message.stage}, night of ${message.night}`);
    case "promoted":
      return visibleLine(`Version ${message.version} of ${message.model} is in production.`);
    case "rolled_back":
      return visibleLine(`Version ${message.version} of ${message.model} is back in production.`);
    case "digest":
      return `No new model on ${message.nights.length} night${message.nights.length === 1 ? "" : "s"}, ${span(message)}.`;
    case "backfill":
      return `Backfill of ${spanOf(message)}: ${countsOf(message)}.`;
    case "watchdog":
      return watchdogTitle(message);
    case "test":
      return "A test message from churn: nothing has happened.";
  }
}

/** The message as plain text. */
export function plainText(message: Message): string {
  // Names from model files, tables and tags stand in them: each is one line, whatever they hold.
  return [`${sign(message)} ${title(message)}`, ...facts(message).map((line) => visibleLine(line))].join("\n");
}

/** The same with what stands around it: for files, terminals and whoever shows nothing else. */
export function letterText({ message, series, notes }: Pick<Letter, "message" | "series" | "notes">): string {
  const around = [...(series === null ? [] : [seriesSentence(message, series)]), ...notes];
  return [plainText(message), ...around.map((line) => visibleLine(line))].join("\n");
}

/** "Failing since the night of 2026-11-21, for 3 nights", or that it is over. */
export function seriesSentence({ kind }: Message, { since, nights }: NonNullable<Letter["series"]>): string {
  const span = `since the night of ${since}, for ${nights} night${nights === 1 ? "" : "s"}`;
  return kind === "failed" ? `Failing ${span}` : `It works again: it had failed ${span}`;
}

function span({ nights }: Extract<Message, { kind: "digest" }>): string {
  const [first] = nights;
  const last = nights.at(-1);
  if (first === undefined || last === undefined) return "";
  return first === last ? first.night : `${first.night} to ${last.night}`;
}

function facts(message: Message): readonly string[] {
  switch (message.kind) {
    case "registered":
      return [
        `Version ${message.version}   F1 ${metric(message.f1)}${gain(message)}   AUC-ROC ${metric(message.auc_roc)}`,
        ...productionSentence(message),
        ...(message.outcome === "better" ? [] : [`Reason: ${message.reason}`]),
        ...nextStep(message),
        ...moved(message),
        `MLflow run ${message.mlflow_run_id}`,
        `churn promote --version ${message.version}`,
      ];
    case "not_registered":
      return [`Reason: ${message.reason}`, ...moved(message)];
    case "failed":
      return [
        message.reason,
        ...message.details,
        `${message.workspace} on ${message.host}`,
        ...(message.hint === null ? [] : `Next: ${message.hint}`.split("\n")),
      ];
    case "promoted":
    case "rolled_back":
      return [replacedSentence(message), ...whoAndWhy(message)].filter((line) => line !== "");
    case "digest":
      return message.nights.map(
        ({ night, f1, auc_roc, reason }) => `${night}   F1 ${metric(f1)}   AUC-ROC ${metric(auc_roc)}   ${reason}`,
      );
    case "backfill":
      return [
        ...backfillLines(message),
        ...backfillSentences(message),
        ...(message.goes_on === null ? [] : [message.goes_on]),
      ];
    case "watchdog":
      return [...findingLines(message), `${message.workspace} on ${message.host}`];
    case "test":
      return [];
  }
}

/** "The watchdog found 2 things, one of them new." */
function watchdogTitle({ findings }: Extract<Message, { kind: "watchdog" }>): string {
  const fresh = findings.filter((one) => one.is_new).length;
  const things = findings.length === 1 ? "something" : `${findings.length} things`;
  if (fresh === findings.length || fresh === 0) return `The watchdog found ${things}.`;
  return `The watchdog found ${things}, ${fresh === 1 ? "one" : fresh} of them new.`;
}

/** A sentence each; of one that was told before it says so. */
export function findingLines({ findings }: Extract<Message, { kind: "watchdog" }>): readonly string[] {
  return findings.map(findingText);
}

export function findingText({
  text,
  is_new,
  since,
}: Pick<Extract<Message, { kind: "watchdog" }>["findings"][number], "text" | "is_new" | "since">): string {
  return is_new ? text : `still, since ${since.slice(0, 10)}: ${text}`;
}

/** "Version 3 was in production before" */
export function replacedSentence({ kind, replaced }: Extract<Message, { kind: "promoted" | "rolled_back" }>): string {
  if (replaced.length === 0) return "";
  const versions = `Version${replaced.length === 1 ? "" : "s"} ${replaced.join(" and ")}`;
  const verb = replaced.length === 1 ? "is" : "are";
  return kind === "promoted" ? `${versions} ${verb} out of production` : `${versions} ${verb} rejected`;
}

function whoAndWhy({ by, reason }: Extract<Message, { kind: "promoted" | "rolled_back" }>): readonly string[] {
  return [...(by === null ? [] : [`By ${by}`]), ...(reason === null ? [] : [`Reason: ${reason}`])];
}

function moved({ production_moved }: Extract<Message, { kind: "registered" | "not_registered" }>): readonly string[] {
  return production_moved === null ? [] : [`Note: ${movedSentence(production_moved)}`];
}

/** What production scored, where it could not be held to the same customers. */
export function productionSentence(message: Message): readonly string[] {
  if (!noContest(message)) return [];
  return [`Production${inProduction(message)}: F1 ${recorded(message)} on its own night's customers, not on these`];
}

/** What a person is to do about a version. */
export function nextStep(message: Message): readonly string[] {
  if (message.kind !== "registered") return [];
  return [
    message.stage === null
      ? "Model is now the challenger. Please review and promote it."
      : `Model is now in ${message.stage}. Please review and promote to Production.`,
  ];
}

/** Whether a version was registered with nobody to hold it against, though one is in production. */
function noContest(message: Message): message is Extract<Message, { kind: "registered" }> {
  return message.kind === "registered" && isWithoutContest(message.outcome);
}

/** Whether what is in production may have been trained on the customers that both were judged by. */
function unfair(message: Message): boolean {
  return message.kind === "registered" && message.outcome === "champion_saw_test";
}

/** ", version 3" */
function inProduction({ production }: Extract<Message, { kind: "registered" }>, end = ""): string {
  return production === null ? "" : `, version ${production.version}${end}`;
}

function recorded({ recorded_f1 }: Extract<Message, { kind: "registered" }>): string {
  return recorded_f1 === null ? "unknown" : metric(recorded_f1);
}

function gain(message: Extract<Message, { kind: "registered" }>): string {
  const sentence = gainSentence(message);
  return sentence === null ? "" : ` (${sentence})`;
}

/** "+2.1 % over version 3"; null where there is nothing to hold it against. */
export function gainSentence({
  improvement,
  min_improvement,
  production,
}: Extract<Message, { kind: "registered" | "not_registered" }>): string | null {
  if (improvement === null || production === null) return null;
  const [shown] = besideLimit(improvement, min_improvement ?? 0, signedPercent);
  const against = improvement < 0 ? `${shown.replace("-", "")} below` : `${shown} over`;
  return `${against} version ${production.version}`;
}
