import type { ChalkInstance } from "chalk";
import { movedSentence } from "../../compare/moved.ts";
import type { StartedBy } from "../../ledger/events.ts";
import type { ProductionPeriod } from "../../ledger/history.ts";
import type { Why } from "../../why/format.ts";
import { shortRun } from "../../workspace/run-id.ts";
import { wallClock } from "../../workspace/timezone.ts";
import { apart, besideLimit, counted, listed, metric, percent, seconds, whole } from "../numbers.ts";
import { LONGEST_NAME, visible, visibleLine } from "../visible.ts";
import { type Column, tabulate } from "./table.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

interface Shown {
  readonly chalk: ChalkInstance;
  /** of the moments */
  readonly timezone: string;
  /** schedule.at */
  readonly at: string;
}

/** Letters of a reason that somebody gave. */
const LONGEST_REASON = 200;
/** So many digits of a digest tell files apart for people. */
const DIGEST_SHOWN = 12;
/** Lines of a failure's evidence. */
const MOST_DETAILS = 20;

/** A night's story on one screen: plain sentences, what its files are, and what comes next. At most 80 columns. */
export function whyLines(why: Why, shown: Shown): readonly string[] {
  const paragraphs = [
    runSentences(why, shown),
    dataSentences(why, shown),
    modelSentences(why),
    comparisonSentences(why),
    ruleSentences(why),
    toldSentences(why),
  ].flatMap(paragraph);
  return [
    ...wrap(visible(titleOf(why, shown)), SCREEN_WIDTH).map((line) => shown.chalk.bold(line)),
    ...(paragraphs.length === 0 ? [] : ["", ...paragraphs]),
    ...failureLines(why, shown),
    ...versionLines(why, shown),
    ...fileLines(why, shown),
    ...nextLines(why, shown),
  ];
}

/** Sentences as lines; a number stays with its per cent. */
function paragraph(sentences: readonly string[]): readonly string[] {
  if (sentences.length === 0) return [];
  const text = visibleLine(sentences.join(" ")).replaceAll(" %", "\u00a0%");
  return wrap(text, SCREEN_WIDTH).map((line) => line.replaceAll("\u00a0%", " %"));
}

function titleOf(why: Why, { timezone, at }: Shown): string {
  const { night, outcome, decision, run } = why;
  const of = `Night of ${night}:`;
  const stage = run?.stage ?? null;
  const where = stage === null ? "" : ` at ${stage}`;
  const named = run?.id == null ? "a run" : `run ${shortRun(run.id)}`;
  switch (outcome) {
    case "registered":
      return `${of} version ${decision?.version} was registered.`;
    case "first_model":
      return `${of} version ${decision?.version} was registered, since nothing was in production.`;
    case "not_registered":
      return `${of} no new version, since ${notRegistered(why)}.`;
    case "failed":
      return run?.id === null
        ? `${of} it could not begin, and isn't decided.`
        : `${of} it failed${where}, and isn't decided.`;
    case "interrupted":
      return `${of} it was interrupted${where}, and isn't decided.`;
    case "running":
      return `${of} ${named} is at work${where}.`;
    case "waiting":
      return `${of} ${named} waits${where}, and tries again.`;
    case "undecided":
      return `${of} it isn't decided: ${named} ended after ${stage ?? "nothing"}, as it was asked to.`;
    case "unknown":
      return `${of} nothing tells how it ended.`;
    case "missed":
      return `${of} missed. It was due at ${at} in ${timezone}, and nothing was started.`;
  }
}

function notRegistered({ comparison }: Why): string {
  const version = comparison?.production == null ? "production" : `version ${comparison.production.version}`;
  switch (comparison?.outcome) {
    case "not_better":
      return `the model is not better than ${version}`;
    case "identical":
      return `the model is the one that is in production, ${version}`;
    case "first_model_too_weak":
      return "the model is too weak to be the first";
    case "older_night":
      return "a later night is decided, or in production";
    default:
      return "a version holds this very model already";
  }
}

const STARTED: Readonly<Record<StartedBy, string>> = {
  terminal: "at a terminal",
  make: "by make",
  cron: "by cron",
  timer: "by a timer",
  other: "without a terminal",
};

function runSentences({ run, starts, date, outcome }: Why, { timezone }: Shown): readonly string[] {
  if (run?.id == null) return [];
  const by = run.started_by === null ? "" : ` ${STARTED[run.started_by]}`;
  const took = run.took === null ? "" : ` and ${outcome === "failed" ? "ended after" : "took"} ${seconds(run.took)}`;
  const start = `Run ${shortRun(run.id)} was started${by} ${momentText(run.started_at, timezone, date)}${took}.`;
  return [start, ...(starts > 1 ? [`It was start ${starts} of this night.`] : [])];
}

/** "at 06:00:00" on the night's date, else with the date. */
function momentText(time: string, timezone: string, date?: string): string {
  const { date: day, time: clock } = wallClock(timezone, new Date(time));
  return day === date ? `at ${clock}` : `on ${day} at ${clock}`;
}

function dataSentences(why: Why, shown: Shown): readonly string[] {
  return [...customerSentence(why), ...gateSentences(why), ...waivedSentences(why, shown)];
}

function customerSentence({ data }: Why): readonly string[] {
  if (data === null) return [];
  const { customers, source, before } = data;
  const more = before === null ? 0 : customers - before.customers;
  const change = more === 0 ? "as many as" : `${whole(Math.abs(more))} ${more > 0 ? "more" : "fewer"} than`;
  const than = before === null ? "" : `, ${change} on ${before.night}`;
  return [`${counted(customers, "customer")} came from ${visible(source)}${than}.`];
}

function gateSentences({ gates }: Why): readonly string[] {
  if (gates === null) return [];
  const asked = gates.filter(({ verdict }) => verdict !== "not_applicable");
  const held = asked.filter(({ verdict }) => verdict === "passed").length;
  const which = asked.length === gates.length ? "" : " that apply";
  if (held === asked.length) return [`All ${counted(held, "gate")}${which} held.`];
  // Who has waived one stands in a sentence of its own.
  const warned = asked.filter(({ verdict, waived }) => verdict === "failed" && waived === null);
  const named = warned.map(({ gate, limit, detail }) => `${gate} (${limit}${detail === null ? "" : `; ${detail}`})`);
  const warning = warned.length === 0 ? "" : `, and warned: ${listed(named)}`;
  return [`${whole(held)} of ${counted(asked.length, "gate")}${which} held${warning}.`];
}

function waivedSentences({ waived, date }: Why, { timezone }: Shown): readonly string[] {
  return waived.map(({ gates, by, host, at, reason }) => {
    const who = `${visible(by, LONGEST_NAME)}@${visible(host, LONGEST_NAME)}`;
    const why = visible(reason, LONGEST_REASON);
    return `${listed(gates)} ${gates.length === 1 ? "was" : "were"} waived for these customers by ${who} ${momentText(at, timezone, date)}: ${why}.`;
  });
}

function modelSentences({ model, split, comparison }: Why): readonly string[] {
  if (split === null) return [];
  const { train, test, left_out } = split;
  const out = left_out === 0 ? "" : ` ${counted(left_out, "row")} ${left_out === 1 ? "was" : "were"} left out.`;
  if (model === null) return [`${whole(train)} are to train the model, and ${whole(test)} to judge it.${out}`];
  const judged = model.judged_rounds === 0 ? "" : `, ${whole(model.judged_rounds)} its rounds`;
  const judges = model.f1 === null ? "are to judge it" : "judged it";
  const sides = `${whole(model.trained_on)} trained the model${judged}, and ${whole(test)} ${judges}.${out}`;
  const unseen = comparison?.rules.find(({ rule }) => rule === "production_unseen_test")?.verdict === "passed";
  const champion = comparison?.production ?? null;
  return [
    sides,
    ...(unseen && champion !== null
      ? [`Version ${champion.version} was trained on none of these ${whole(test)}.`]
      : []),
    ...(model.driven_by.length === 0 ? [] : [`It goes by ${listed(model.driven_by)} most.`]),
  ];
}

function comparisonSentences({ comparison, model }: Why): readonly string[] {
  if (comparison === null) {
    if (model === null || model.f1 === null) return [];
    return [`It has F1 ${metric(model.f1)} and AUC ${metric(model.auc_roc)}.`];
  }
  const { rows, f1, production, production_moved, older } = comparison;
  const auc = model?.auc_roc == null ? "" : `, AUC ${metric(model.auc_roc)}`;
  const on = `On those ${whole(rows)} the new model has`;
  const moved = production_moved === null ? [] : [`Since the night before, ${movedSentence(production_moved)}.`];
  const none = older === null ? "Nothing was in production" : "Nothing is known to have been in production on that day";
  if (production === null) return [`${on} F1 ${metric(f1)}${auc}. ${none}.`, ...moved];
  const { version, f1: other, recorded_f1, night } = production;
  const own = night === null ? "its own night" : `its own night, ${night}`;
  const recorded = recorded_f1 === null ? "" : ` (it recorded ${metric(recorded_f1)} on ${own})`;
  const past =
    older === null ? [] : [`Version ${version} was in production at the end of that day (${visible(older.known_by)}).`];
  if (other === null) {
    const alone = `${on} F1 ${metric(f1)}${auc}; version ${version} could not be held against it${recorded}.`;
    return [...past, alone, ...moved];
  }
  const [now, then] = apart(f1, other, metric);
  return [...past, `${on} F1 ${now}${auc}; version ${version} has F1 ${then}${recorded}.`, ...moved];
}

function ruleSentences(why: Why): readonly string[] {
  const { comparison, decision } = why;
  if (comparison === null) return [];
  return [...decidingSentence(comparison), ...(decision === null ? [] : [verdictSentence(comparison, decision)])];
}

/** The rule that decided, with its numbers. */
function decidingSentence(comparison: NonNullable<Why["comparison"]>): readonly string[] {
  const { outcome, reason, improvement, min_improvement, rules } = comparison;
  const rule = rules.find((one) => one.rule === comparison.decided_by);
  if (rule === undefined) return [`${reason}.`];
  const named = `The rule ${rule.rule}`;
  if ((outcome === "better" || outcome === "not_better") && improvement !== null) {
    const [gain] = besideLimit(Math.abs(improvement), min_improvement ?? 0, percent);
    const change = improvement < 0 ? `F1 is ${gain} lower` : `it is ${gain}`;
    return [`${named} asks for a gain of ${rule.limit}, relative; ${change}.`];
  }
  if (outcome === "first_model" && typeof rule.value === "number")
    return [`${named} asks a first model for an AUC of ${rule.limit}; it has ${metric(rule.value)}.`];
  return [`${named} decided: ${reason}.`];
}

function verdictSentence(
  { outcome }: NonNullable<Why["comparison"]>,
  { registered, version, stage, reason }: NonNullable<Why["decision"]>,
): string {
  if (registered) {
    const where = stage === null ? "as the challenger" : `and put into ${stage}`;
    return `So version ${version} was registered ${where}.`;
  }
  return version === null || outcome === "not_better"
    ? "So nothing was registered."
    : `${reason}, so nothing was registered.`;
}

function toldSentences({ told }: Why): readonly string[] {
  const named = (...outcomes: readonly string[]) =>
    told
      .filter(({ outcome }) => outcomes.includes(outcome))
      .map(({ channel, detail }) => (detail === null ? channel : `${channel} (${detail})`));
  const parts = [
    ["Told", named("sent")],
    ["For the digest", named("kept")],
    ["Not told yet", named("pending")],
    ["Perhaps told", named("unknown")],
  ] as const;
  return parts.flatMap(([label, channels]) => (channels.length === 0 ? [] : [`${label}: ${listed(channels)}.`]));
}

function failureLines({ failure, missing, outcome }: Why, { chalk }: Shown): readonly string[] {
  if (outcome === "missed" || outcome === "registered" || outcome === "first_model" || outcome === "not_registered")
    return missing.length === 0 || outcome === "missed" ? [] : ["", ...missingLines(missing)];
  const reason = failure?.reason ?? null;
  const said = reason === null ? [] : wrap(visibleLine(`${failure?.stage ?? "It"}: ${reason}`), SCREEN_WIDTH);
  const details = failure?.details ?? [];
  const more = details.length > MOST_DETAILS ? [`… and ${details.length - MOST_DETAILS} more lines`] : [];
  const evidence = [...details.slice(-MOST_DETAILS), ...more].map((line) => `    ${visible(line)}`);
  return [
    ...(said.length === 0 ? [] : ["", ...said.map((line) => chalk.red(line))]),
    ...evidence,
    ...(missing.length === 0 ? [] : ["", ...missingLines(missing)]),
  ];
}

function missingLines(missing: readonly string[]): readonly string[] {
  return wrap(`Still to be done: ${listed(missing)}.`, SCREEN_WIDTH);
}

function versionLines({ version: life }: Why, { timezone }: Shown): readonly string[] {
  if (life === null) return [];
  const { version, periods, stage, rejected, replaced_by } = life;
  const subject = `Version ${version}`;
  const told = periods.map((period) => periodSentence(subject, period, timezone));
  const last = periods.at(-1);
  const after =
    last === undefined || last.is_current || replaced_by === null ? [] : [`Version ${replaced_by} took its place.`];
  const never =
    periods.length > 0
      ? []
      : [
          `${subject} is not known to have been in production${stage === null || stage === "None" ? "" : `; it is in ${stage}`}.`,
        ];
  const out =
    rejected === null
      ? []
      : [
          `It is rejected${rejected.by === null ? "" : ` by ${visible(rejected.by, LONGEST_NAME)}`}${rejected.at === null ? "" : ` ${momentText(rejected.at, timezone)}`}: ${visible(rejected.reason, LONGEST_REASON)}.`,
        ];
  return ["", ...paragraph([...told, ...after, ...never, ...out])];
}

function periodSentence(subject: string, period: ProductionPeriod, timezone: string): string {
  const { from, seen, from_after, to, to_before, is_current, how, by, host, reason } = period;
  const where = host === null ? "" : `@${visible(host, LONGEST_NAME)}`;
  const who = by === null ? "" : ` by ${visible(by, LONGEST_NAME)}${where}`;
  const did = {
    promoted: "was promoted",
    rolled_back: "was brought back",
    outside: "was put into production outside churn",
    unknown: "came into production",
  };
  const since = from ?? seen ?? from_after;
  const when = since === null ? "" : ` ${from === null ? "at some time before or " : ""}${momentText(since, timezone)}`;
  const why = reason === null ? "" : ` (${visible(reason, LONGEST_REASON)})`;
  const left = to ?? to_before;
  const end = is_current
    ? "and is in production now"
    : left === null
      ? "and nothing tells until when it was in production"
      : `and was in production until ${to === null ? "some time before " : ""}${momentText(left, timezone).replace(/^(?:on|at) /, "")}`;
  return `${subject} ${did[how]}${who}${when}${why} ${end}.`;
}

type File = Why["files"][number];

/** A line each, and below it what became of a file that isn't there as it was. */
function fileLines({ files }: Why, { chalk }: Shown): readonly string[] {
  if (files.length === 0) return [];
  const columns: readonly Column<File>[] = [
    { cell: ({ what }) => what, paint: (text) => chalk.dim(text) },
    { cell: ({ key }) => key, paint: (text) => chalk.cyan(text) },
    { cell: ({ sha256 }) => (sha256 === null ? "" : `sha256 ${sha256.slice(0, DIGEST_SHOWN)}…`) },
  ];
  const { lines } = tabulate(files, columns, { gap: 2 });
  const indent = " ".repeat(Math.max(...files.map(({ what }) => what.length)) + 2);
  const noteOf = ({ what, state }: File) => {
    if (state === "present") return [];
    return [`${indent}${chalk.yellow(what === "log" ? "not here any more, or on another machine" : STATES[state])}`];
  };
  return ["", ...files.flatMap((file, index) => [lines[index] ?? "", ...noteOf(file)])];
}

const STATES = { removed: "removed by churn gc", missing: "missing", changed: "changed since" } as const;

function nextLines({ next, failure }: Why, { chalk }: Shown): readonly string[] {
  const hint = failure?.hint?.split("\n") ?? [];
  const lines = [...hint, ...next.filter((command) => !hint.some((line) => line.includes(command)))];
  if (lines.length === 0) return [];
  return [
    "",
    ...lines.map((line, index) => `${index === 0 ? chalk.yellow("next") : "    "}  ${chalk.cyan(visible(line))}`),
  ];
}
