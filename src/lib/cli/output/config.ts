import type { ChalkInstance } from "chalk";
import { tabulate } from "./table.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

/** A key of the configuration in force. */
export interface ConfigEntry {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly isDefault: boolean;
  /** churn.yaml line 14, CHURN_TRAIN_ROUNDS, --set train.rounds, default */
  readonly where: string;
}

const GAP = 2;
/** Of a value that has lines of its own. */
const INDENT = 6;
/** Room for "churn.yaml line 140"; a longer place has a line of its own. */
const PLACE_WIDTH = 19;

/** The configuration as a table: key, value, where it comes from; a section's keys stand under its name, defaults dim. */
export function configLines(chalk: ChalkInstance, entries: readonly ConfigEntry[]): string[] {
  const keyWidth = Math.max(...entries.map((entry) => label(entry).length));
  const valueWidth = Math.max(16, SCREEN_WIDTH - keyWidth - PLACE_WIDTH - 2 * GAP);
  const rows = entries.map((entry) => {
    const value = flow(entry.value);
    const isShort = value.length <= valueWidth;
    const fits = entry.where.length <= PLACE_WIDTH;
    return {
      key: label(entry),
      value: isShort ? value : "",
      where: fits ? entry.where : "",
      below: [
        ...(isShort ? [] : wrap(value, SCREEN_WIDTH - INDENT).map((line) => `${" ".repeat(INDENT)}${line}`)),
        ...(fits ? [] : [entry.where.padStart(SCREEN_WIDTH)]),
      ],
    };
  });
  const { lines } = tabulate(
    rows,
    [{ cell: ({ key }) => key }, { cell: ({ value }) => value, minWidth: valueWidth }, { cell: ({ where }) => where }],
    { gap: GAP },
  );
  return entries.flatMap((entry, index) => {
    const own = [lines[index] ?? "", ...(rows[index]?.below ?? [])];
    return [
      ...heading(entry, entries[index - 1]).map((name) => chalk.bold(name)),
      ...(entry.isDefault ? own.map((line) => chalk.dim(line)) : own),
    ];
  });
}

/** The section's name above its first key. */
function heading({ path: [first, ...rest] }: ConfigEntry, before: ConfigEntry | undefined): string[] {
  return first === undefined || rest.length === 0 || first === before?.path[0] ? [] : [first];
}

function label({ path }: ConfigEntry): string {
  return path.length > 1 ? `  ${path.slice(1).join(".")}` : path.join("");
}

/** A value as YAML writes it in one line. */
function flow(value: unknown): string {
  if (typeof value === "string") return isPlain(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([name, part]) => `${flow(name)}: ${flow(part)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** Whether a text stays the same text without quotes, within a list too. */
function isPlain(text: string): boolean {
  if (text === "" || !Number.isNaN(Number(text)) || /^(?:true|false|null|~)$/i.test(text)) return false;
  return /^[\p{L}\p{N}_./~(][\p{L}\p{N}_./:@()+*%~ -]*$/u.test(text) && !/: | -|[: ]$/.test(text);
}
