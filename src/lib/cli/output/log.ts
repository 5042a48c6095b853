import type { ChalkInstance } from "chalk";
import { parseLogLine, type ReadLogLine } from "../../logs/line.ts";
import { wallClock } from "../../workspace/timezone.ts";
import { decimal } from "../numbers.ts";
import { visible } from "../visible.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

/** Of a stage's name, and of run-all. */
const STAGE_WIDTH = 9;
/** Decimals of seconds and the like. */
const DECIMALS = 3;
/** Letters of a value; the line as it is has all of it. */
const LONGEST_VALUE = 200;

/** What every line has, and what an error's line says of it for programs alone. */
const UNSHOWN: ReadonlySet<string> = new Set(
  ["level", "time", "pid", "hostname", "run", "night", "stage", "msg"].concat("event", "name", "foreign", "exitCode"),
);
/** What an error's line says under its sentence. */
const BELOW = ["details", "hint", "stack"] as const;

/** A line of a log for people: time, stage, what is no mere information, message and values. At most 80 columns, where words allow it. */
export function logLineLines(
  text: string,
  { chalk, timezone }: { readonly chalk: ChalkInstance; readonly timezone: string },
): readonly string[] {
  const line = parseLogLine(text);
  if (line === undefined) return [chalk.dim(visible(text, LONGEST_VALUE))];
  const { time } = wallClock(timezone, new Date(line.time));
  const start = `${time}  ${visible(line.stage).padEnd(STAGE_WIDTH)}  `;
  const room = SCREEN_WIDTH - start.length;
  const paint = line.level === "error" ? chalk.red : line.level === "warn" ? chalk.yellow : String;
  const level = line.level === "info" ? "" : `${line.level}  `;
  const [first = "", ...more] = wrap(visible(`${level}${messageOf(line)}`), room);
  const indent = " ".repeat(start.length);
  return [
    `${chalk.dim(start)}${paint(first)}`,
    ...more.map((rest) => `${indent}${paint(rest)}`),
    ...linesBelow(line).map((below) => `${indent}${chalk.dim(visible(below))}`),
  ];
}

function messageOf(line: ReadLogLine): string {
  const { message, error, ...values } = line;
  const sentence = [message, error].find((one) => typeof one === "string");
  const told = Object.entries(values).flatMap(([name, value]) => {
    const isShown = !UNSHOWN.has(name) && !BELOW.some((below) => below === name);
    const shown = isShown ? valueText(value) : undefined;
    return shown === undefined ? [] : [`${name} ${shown}`];
  });
  return [
    line.msg,
    ...(sentence === undefined ? [] : [`: ${sentence}`]),
    ...(told.length === 0 ? [] : [`  ${told.join(", ")}`]),
  ].join("");
}

/** Undefined for what has parts of its own: a stage's result, say. */
function valueText(value: unknown): string | undefined {
  if (typeof value === "number") return decimal(value, DECIMALS);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return visible(value, LONGEST_VALUE);
  if (!Array.isArray(value) || !value.every((part) => typeof part === "string")) return undefined;
  return visible(value.join(" "), LONGEST_VALUE);
}

function linesBelow(line: ReadLogLine): readonly string[] {
  return BELOW.flatMap((name) => {
    const value = line[name];
    if (typeof value === "string") return value.split("\n");
    return Array.isArray(value) ? value.filter((part) => typeof part === "string") : [];
  });
}
