import type { ChalkInstance } from "chalk";
import type { Status, StatusNight } from "../../status/format.ts";
import { addDays } from "../../workspace/night.ts";
import { wallClock } from "../../workspace/timezone.ts";
import { counted, metric, seconds, signedPercent, whole } from "../numbers.ts";
import { visible } from "../visible.ts";
import { outcomeText } from "./outcome-text.ts";
import { type Column, tabulate } from "./table.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

interface Shown {
  readonly chalk: ChalkInstance;
  /** of the moments */
  readonly timezone: string;
}

/** How the nights stand: what is in production and what comes next, the newest nights, and what to do. At most 80 columns. */
export function statusLines(status: Status, shown: Shown): readonly string[] {
  return [...factLines(status, shown), ...tableLines(status, shown), ...nextLines(status, shown)];
}

interface Fact {
  readonly label: string;
  readonly value: string;
  readonly paint?: (value: string) => string;
}

/** So that the facts stand alike on most days. */
const LEFT_WIDTH = 27;

/** Two and two beside one another, unless long words are among them. */
function factLines(status: Status, { chalk, timezone }: Shown): readonly string[] {
  const { failing, last_success } = status;
  const left: readonly [Fact, Fact] = [
    { label: "production", value: productionText(status), ...(status.lost === null ? {} : { paint: chalk.red }) },
    { label: "next run", value: nextRunText(status, timezone) },
  ];
  const right: readonly [Fact, Fact] = [
    { label: "last success", value: last_success === null ? "–" : momentText(last_success.at, timezone) },
    failing === null
      ? { label: "failing since", value: "–" }
      : { label: "failing since", value: `${failing.since} (${counted(failing.nights, "night")})`, paint: chalk.red },
  ];
  const columnsOf = <Row>(factOf: (row: Row) => Fact, minWidth: number): readonly Column<Row>[] => [
    { cell: (row) => factOf(row).label, paint: (label) => chalk.dim(label) },
    { cell: (row) => factOf(row).value, minWidth, paint: (value, row) => (factOf(row).paint ?? String)(value) },
  ];
  const widthOf = (facts: readonly Fact[], least = 0) =>
    Math.max(...facts.map(({ label }) => label.length)) +
    2 +
    Math.max(least, ...facts.map(({ value }) => value.length));
  if (widthOf(left, LEFT_WIDTH) + 2 + widthOf(right) > SCREEN_WIDTH)
    return tabulate(
      [...left, ...right],
      columnsOf((fact) => fact, 0),
      { gap: 2 },
    ).lines;
  const rows = ([0, 1] as const).map((row) => ({ left: left[row], right: right[row] }));
  return tabulate(
    rows,
    [
      ...columnsOf((row: (typeof rows)[number]) => row.left, LEFT_WIDTH),
      ...columnsOf((row: (typeof rows)[number]) => row.right, 0),
    ],
    { gap: 2 },
  ).lines;
}

function momentText(time: string, timezone: string): string {
  const { date, time: clock } = wallClock(timezone, new Date(time));
  return `${date} ${clock}`;
}

function productionText({ production, lost }: Status): string {
  if (lost !== null) return `version ${lost.version} is gone`;
  if (production === null) return "none is known";
  const { version, age_days, told_by } = production;
  const age = age_days === null ? "" : `, ${counted(age_days, "day")} old`;
  return `version ${version}${age}${told_by === "registry" ? "" : " (ledger)"}`;
}

function nextRunText({ schedules }: Status, timezone: string): string {
  const [next] = schedules
    .flatMap(({ by, next_run }) => (next_run === null ? [] : [{ by, next_run }]))
    .sort((one, other) => (one.next_run < other.next_run ? -1 : 1));
  if (next === undefined && schedules.some(isOff)) return "none: no cron runs here";
  if (next === undefined) return schedules.length === 0 ? "–" : `not known (${schedules[0]?.by})`;
  const { date, time } = wallClock(timezone, new Date(next.next_run));
  return `${date} ${time.slice(0, 5)} (${next.by})`;
}

/** Whether it is a line of a crontab that no daemon reads. */
function isOff({ is_running }: Status["schedules"][number]): boolean {
  return is_running === false;
}

/** More missed days in a row than these are one line. */
const MISSED_SHOWN = 3;

function tableLines({ nights }: Status, { chalk }: Shown): readonly string[] {
  if (nights.length === 0) return [];
  const rows = folded(nights);
  const columns: readonly Column<Row>[] = [
    { title: "date", cell: ({ night }) => visible(night.night ?? night.date, LONGEST_NIGHT) },
    { title: "outcome", cell: ({ night }) => wordOf(night), paint: (cell, { night }) => painted(cell, night, chalk) },
    { title: "F1", align: "right", cell: ({ night }) => measured(night.f1) },
    { title: "AUC", align: "right", cell: ({ night }) => measured(night.auc_roc) },
    { title: "version", align: "right", cell: ({ night }) => (night.version === null ? "–" : String(night.version)) },
    { title: "took", align: "right", cell: ({ night }) => tookText(night.took) },
  ];
  const last = { title: "reason", cell: reasonOf };
  const start = tabulate(rows, [...columns, last], TABLE).header.indexOf("reason");
  const cut = { ...last, cell: (row: Row) => visible(reasonOf(row), SCREEN_WIDTH - start) };
  const { header, lines } = tabulate(rows, [...columns, cut], TABLE);
  return ["", chalk.dim(header), ...lines];
}

const TABLE = { gap: 2, indent: 2 };
/** A night's name; what is longer is none. */
const LONGEST_NIGHT = 20;

/** A night, or the newest of some days that were missed in a row. */
interface Row {
  readonly night: StatusNight;
  readonly days: number;
}

function folded(nights: readonly StatusNight[]): readonly Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < nights.length; ) {
    const night = nights[at];
    if (night === undefined) break;
    const rest = nights.slice(at);
    const other = rest.findIndex(
      ({ date, outcome }, back) => outcome !== "missed" || date !== addDays(night.date, -back),
    );
    const days = other === -1 ? rest.length : other;
    const isFolded = days > MISSED_SHOWN;
    rows.push({ night, days: isFolded ? days : 1 });
    at += isFolded ? days : 1;
  }
  return rows;
}

function wordOf(night: StatusNight): string {
  return night.outcome === "missed" ? "missed" : outcomeText({ ...night, outcome: night.outcome });
}

function painted(cell: string, { outcome }: StatusNight, chalk: ChalkInstance): string {
  switch (outcome) {
    case "registered":
    case "first_model":
      return chalk.green(cell);
    case "failed":
      return chalk.red(cell);
    case "interrupted":
    case "missed":
    case "unknown":
      return chalk.yellow(cell);
    default:
      return cell;
  }
}

function measured(value: number | null): string {
  return value === null ? "–" : metric(value);
}

/** Beyond this many seconds nobody counts tenths. */
const LONG_SECONDS = 600;

function tookText(took: number | null): string {
  if (took === null) return "–";
  return took < LONG_SECONDS ? seconds(took) : `${whole(took / 60)} min`;
}

/** Why a night is as it is, in a few words. */
function reasonOf({ night, days }: Row): string {
  const { outcome, comparison, production, improvement, reason, stage } = night;
  const version = production === null ? "" : `version ${production.version}`;
  switch (outcome) {
    case "missed":
      return days === 1 ? "nothing started" : `nothing for ${days} days`;
    case "interrupted":
    case "running":
      return stage === null ? "" : `at ${stage}`;
    case "undecided":
      return stage === null ? "" : `up to ${stage}`;
    case "unknown":
      return "nothing tells how it ended";
    case "failed":
    case "waiting":
      return [...(stage === null ? [] : [stage]), ...(reason === null ? [] : [reason])].join(": ");
    default:
  }
  if (comparison === "first_model") return "no production model";
  if (comparison === "better" && outcome === "registered" && improvement !== null)
    return `${signedPercent(improvement)} over ${version}`;
  // Of an older night, over what was in production then.
  if ((comparison === "not_better" || comparison === "older_night") && improvement !== null)
    return improvement < 0
      ? `${signedPercent(improvement).slice(1)} below ${version}`
      : `${signedPercent(improvement)} over ${version}`;
  if (comparison === "older_night") return "a later one is decided";
  if (comparison === "identical") return `as ${version}`;
  if (comparison === "champion_unscorable") return `${version} can't be scored`;
  if (comparison === "champion_damaged") return `${version} is damaged`;
  if (comparison === "champion_saw_test") return `${version} may know them`;
  return reason ?? "";
}

function nextLines(status: Status, { chalk, timezone }: Shown): readonly string[] {
  const { nights, schedules } = status;
  const newest = nights.find(({ night }) => night !== null);
  if (newest === undefined) return ["", `There is no night yet, and this makes one:  ${chalk.cyan("churn run-all")}`];
  const unfired = schedules.flatMap(({ by, unfired: day }) =>
    day === null ? [] : [`${by} did not start the night of ${day}${firedText(status, timezone)}: churn doctor`],
  );
  const off = schedules.some(isOff)
    ? [`No cron daemon runs on this machine, which the crontab waits for:  ${chalk.cyan("churn doctor")}`]
    : [];
  const nobody = status.is_unattended
    ? []
    : [`Nothing here starts the next night:  ${chalk.cyan("churn schedule install")}`];
  const missed = nights.filter(({ outcome }) => outcome === "missed").map(({ date }) => date);
  const fill = `churn backfill --since ${missed.at(-1)} --until ${missed[0]}`;
  return [
    "",
    ...(status.lost === null ? [] : [`The registry has lost production:  ${chalk.cyan("churn doctor")}`]),
    ...unfired.flatMap((line) => wrap(line, SCREEN_WIDTH)).map((line) => chalk.yellow(line)),
    ...off,
    ...nobody,
    ...(missed.length === 0 ? [] : [`Make up for missed days:  ${chalk.cyan(fill)}`]),
    `Understand:  ${chalk.cyan(`churn why ${newest.night}`)}`,
  ];
}

function firedText({ last_fired }: Status, timezone: string): string {
  return last_fired === null ? "" : `, and last one at ${momentText(last_fired, timezone)}`;
}
