import * as z from "zod";
import type { Config } from "../config/schema.ts";
import { isTree } from "../config/tree.ts";
import type { Letter } from "./letter.ts";
import type { Message } from "./message.ts";

/** What stands in the place of what may be a customer's. */
const LEFT_OUT = "…";
const REASON_IS_LOGGED = "the reason may quote customers, and is in the run's log";

/** A name: of a column, a stage, a file. It is no customer's, and stays. */
export type Known = ReadonlySet<string>;

/**
 * A letter without customers' values, for every channel that leaves the machine. Its facts are churn's; its sentences may hold
 * what others said, so that what they quote goes, and what looks like an id or an address.
 *
 * @param known  names that stay
 */
export function withoutData(letter: Letter, known: Known): Letter {
  const clean = (text: string) => withoutValues(text, known);
  return {
    ...letter,
    message: messageWithout(letter.message, clean, known),
    notes: letter.notes.map(clean),
    // Of a failure they are its hint, line by line.
    next: letter.message.kind === "failed" ? letter.next.map((line) => withoutIds(line, known)) : letter.next,
    tail: tailWithoutData(letter.tail, known),
  };
}

function messageWithout(message: Message, clean: (text: string) => string, known: Known): Message {
  switch (message.kind) {
    case "registered":
    case "not_registered":
      return { ...message, reason: clean(message.reason) };
    case "failed":
      return {
        ...message,
        reason: clean(message.reason),
        details: message.details.map(clean),
        hint: message.hint === null ? null : withoutIds(message.hint, known),
      };
    case "digest":
      return { ...message, nights: message.nights.map((night) => ({ ...night, reason: clean(night.reason) })) };
    case "backfill":
      return { ...message, nights: message.nights.map((night) => ({ ...night, reason: clean(night.reason) })) };
    case "watchdog":
      return { ...message, findings: message.findings.map((one) => ({ ...one, text: clean(one.text) })) };
    case "promoted":
    case "rolled_back":
    case "test":
      // What a person has written, or nothing.
      return message;
  }
}

/** A line of the run's log: its message is churn's own words, and values stand in its fields. */
const logLine = z.looseObject({ time: z.string(), stage: z.string(), message: z.string() });

/** The same of a log's last lines. Of one that is JSON, as the log is, what was done and when is left. */
export function tailWithoutData(lines: readonly string[], known: Known): string[] {
  return lines.map((line) => {
    if (!line.startsWith("{")) return withoutValues(line, known);
    const entry = entryOf(line);
    if (entry === undefined) return LEFT_OUT;
    const { time, stage, message } = entry;
    return `${time}  ${stage}  ${withoutValues(message, known)}`;
  });
}

function entryOf(line: string): z.infer<typeof logLine> | undefined {
  try {
    return logLine.parse(JSON.parse(line));
  } catch {
    // A line that was cut, or another's.
    return undefined;
  }
}

/**
 * An error's message or a line of its evidence without the words of other programs.
 *
 * @param foreign  those words, as the error has them
 */
export function ownWords(text: string, foreign: readonly string[]): string {
  const parts = [...new Set(foreign)]
    .filter((part) => part.trim() !== "")
    .sort((one, other) => other.length - one.length);
  const own = parts.reduce((rest, part) => rest.replaceAll(part, LEFT_OUT), text);
  if (own === text) return text;
  return own
    .split("\n")
    .map((line) => joined(line))
    .join("\n");
}

/** Several gaps are one; where a sentence has nothing but a gap to say, it says where that is to be found. */
function joined(line: string): string {
  const gaps = line.replace(/…(?:[\s\p{P}\p{S}]*…)+/gu, LEFT_OUT);
  if (/^[\s\p{P}]*…[\s\p{P}]*$/u.test(gaps)) return REASON_IS_LOGGED;
  return gaps.replace(/: [\s"'`(„“[]*…[\s\p{P}]*$/u, `: ${REASON_IS_LOGGED}`);
}

/** What stays of a message: the names that churn.yaml has, which are no customer's. */
export function knownNames(config: Config): Known {
  return new Set(namesIn(config));
}

/** The names in a configuration: its keys, and what they are set to. */
export function namesIn(config: unknown): string[] {
  if (typeof config === "string") return [config];
  if (Array.isArray(config)) return config.flatMap(namesIn);
  return isTree(config) ? Object.entries(config).flatMap(([key, value]) => [key, ...namesIn(value)]) : [];
}

/** What opens a quotation, and what may close it. */
const QUOTES: readonly (readonly [open: string, close: string])[] = [
  ['"', '"'],
  ["`", "`"],
  ["´", "´"],
  ["„", "“”"],
  ["“", "”"],
  ["«", "»"],
  ["‘", "’"],
  ["'", "'"],
];

/** From these words on a line is another's: a line of CSV, a row. Where DuckDB says a line's number, it says no more. */
const REST_OF_LINE = /((?<!CSV Error on )\b(?:original )?line:|\brow contains\b).*$/gimu;
/** What a database, a parser or Python calls an error, up to where its words begin. */
const CALLED_ERROR =
  /((?<![\p{L}\p{N}])(?:(?:[A-Z][A-Za-z]* ){0,4}[A-Za-z.]*(?:Error|Exception)|ERROR|FATAL|DETAIL|CONTEXT)(?: \d+)?(?: \([^)]*\))?:) .*$/gmu;
/** PostgreSQL's Key (id)=(4711). */
const KEY_VALUE = /=\s?\([^)]*\)?/gu;
/** What is called a value: a number or a name behind it, and no word of a sentence. */
const CALLED_VALUE = /(\b(?:values?|entry)\b[ :=]+)(?=\S*(?:\d|@|[^\0-\x7f]|\p{Lu}))[^\s,;]+/giu;
/** DuckDB's INT32 (4711 * 4711). */
const RECKONED = /\((?=[^)]*\d)[-\d.eE\s]+[-+*/%][-\d.eE\s+*/%]*\)/gu;

const UUID = /(?<![\da-f])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\da-f])/giu;
const MAIL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
/** 7590-VHVEG: digits and capitals, joined; and no encoding or digest. */
const CODE =
  /(?<![\p{L}\p{N}_./-])(?!(?:ISO|UTF|SHA|CP|IBM|WINDOWS|RFC|EUC|KOI8|AUC|HTTP)-)(?=[A-Z\d-]*\d{3})(?=[A-Z\d-]*[A-Z]{2})[A-Z\d]+(?:-[A-Z\d]+)+(?![\p{L}\p{N}_/-])/gu;

function withoutValues(text: string, known: Known): string {
  const quoted = withoutQuoted(text, known)
    .replace(CALLED_ERROR, `$1 ${LEFT_OUT}`)
    .replace(REST_OF_LINE, `$1 ${LEFT_OUT}`)
    .replace(KEY_VALUE, `=(${LEFT_OUT})`)
    .replace(RECKONED, `(${LEFT_OUT})`)
    .replace(CALLED_VALUE, (found, word: string) =>
      known.has(found.slice(word.length)) ? found : `${word}${LEFT_OUT}`,
    );
  return withoutIds(quoted, known);
}

function withoutIds(text: string, known: Known): string {
  const unless = (found: string) => (known.has(found) ? found : LEFT_OUT);
  return text.replace(UUID, unless).replace(MAIL, unless).replace(CODE, unless);
}

/** A quotation that isn't closed goes on to the end; an apostrophe opens none. */
function withoutQuoted(text: string, known: Known): string {
  let rest = "";
  for (let at = 0; at < text.length; ) {
    const letter = text[at] ?? "";
    const close = QUOTES.find(([open]) => open === letter)?.[1];
    const isWithinWord = (letter === "'" || letter === "’") && /[\p{L}\p{N}]/u.test(text[at - 1] ?? "");
    if (close === undefined || isWithinWord) {
      rest += letter;
      at += 1;
      continue;
    }
    const end = closingAt(text, at + 1, close);
    const inner = text.slice(at + 1, end);
    rest += `${letter}${known.has(inner) ? inner : LEFT_OUT}${text[end] ?? ""}`;
    at = end + 1;
  }
  return rest;
}

/** Where a quotation ends: a quote that is doubled, escaped or amid a word is part of it. */
function closingAt(text: string, from: number, close: string): number {
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (!close.includes(letter)) continue;
    const next = text[at + 1] ?? "";
    if (next === letter) at += 1;
    else if (text[at - 1] !== "\\" && !/[\p{L}\p{N}]/u.test(next)) return at;
  }
  return text.length;
}
