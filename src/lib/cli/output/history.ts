import type { ChalkInstance } from "chalk";
import type { ProductionPeriod } from "../../ledger/history.ts";
import { wallClock } from "../../workspace/timezone.ts";
import { LONGEST_NAME, visible } from "../visible.ts";
import { type Column, tabulate } from "./table.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

/** Letters of a reason. */
const LONGEST_REASON = 200;

interface Shown {
  readonly chalk: ChalkInstance;
  /** of the moments */
  readonly timezone: string;
}

/** Which version was in production when, the newest first: a table of at most 80 columns. */
export function historyLines(
  model: string,
  periods: readonly ProductionPeriod[],
  { chalk, timezone }: Shown,
): readonly string[] {
  if (periods.length === 0) return [`no version of ${visible(model)} is known to have been in production`];
  const columns: readonly Column<ProductionPeriod>[] = [
    { title: "version", align: "right", cell: ({ version }) => String(version) },
    { title: "from", cell: (one) => beginText(one, timezone) },
    { title: "to", cell: (one) => endText(one, timezone) },
  ];
  const table = tabulate(periods, columns, { gap: 2, indent: 2 });
  const secondColumn = " ".repeat(table.header.indexOf("from"));
  const told = (one: ProductionPeriod) => {
    const text = howText(one);
    if (text === "") return [];
    return wrap(text, SCREEN_WIDTH - secondColumn.length).map((line) => chalk.dim(`${secondColumn}${line}`));
  };
  const rows = periods.flatMap((one, index) => [table.lines[index] ?? "", ...told(one)]);
  return [`${visible(model)} in production`, chalk.dim(table.header), ...rows];
}

/** Which one was in production on a day, a sentence for each. */
export function historyAtLines(
  model: string,
  date: string,
  periods: readonly ProductionPeriod[],
  { timezone }: Pick<Shown, "timezone">,
): readonly string[] {
  const name = visible(model);
  if (periods.length === 0) return [`no version of ${name} is known to have been in production on ${date}`];
  return periods.flatMap((one) => {
    const how = howText(one);
    const from = `from ${beginText(one, timezone)}${how === "" ? "" : ` (${how})`}`;
    const to = one.is_current ? "it is now" : `to ${endText(one, timezone)}`;
    return wrap(`${name} version ${one.version} ${from}, ${to}`, SCREEN_WIDTH);
  });
}

/** A moment by the clocks of the time zone, or between which moments it was. */
function beginText({ from, from_after, seen }: ProductionPeriod, timezone: string): string {
  if (from !== null) return momentText(from, timezone);
  if (from_after !== null) return `after ${momentText(from_after, timezone)}`;
  return seen === null ? "not known" : `before ${momentText(seen, timezone)}`;
}

function endText({ to, to_before, is_current }: ProductionPeriod, timezone: string): string {
  if (is_current) return "now";
  if (to !== null) return momentText(to, timezone);
  return to_before === null ? "not known" : `before ${momentText(to_before, timezone)}`;
}

/** Who put it there, how and why. */
function howText({ how, by, host, reason }: ProductionPeriod): string {
  const where = host === null ? "" : `@${visible(host, LONGEST_NAME)}`;
  const who = by === null ? "" : ` by ${visible(by, LONGEST_NAME)}${where}`;
  const why = reason === null ? "" : `: ${visible(reason, LONGEST_REASON)}`;
  switch (how) {
    case "promoted":
      return `promoted${who}${why}`;
    case "rolled_back":
      return `brought back${who}${why}`;
    case "outside":
      return "moved outside churn";
    case "unknown":
      return "";
  }
}

function momentText(moment: string, timezone: string): string {
  const { date, time } = wallClock(timezone, new Date(moment));
  return `${date} ${time.slice(0, 5)}`;
}
