import { counted } from "../../cli/numbers.ts";
import { visibleLine } from "../../cli/visible.ts";
import type { Figure, Words } from "../words.ts";
import { escaped, shortened, sizeOf } from "./shortened.ts";

/** Slack's own limits (docs.slack.dev/reference/block-kit), in units of UTF-16. */
const HEADER = 150;
const SECTION = 3000;
const FIELDS = 10;
/** About 13,200 over all blocks, says nobody but Slack's answer msg_blocks_too_long. */
const ALL = 12_000;

/** What a part may take at most, so that there is room for each other. */
const TITLE = 600;
const FIELD = 200;
const SENTENCES = SECTION;
const NOTES = 1500;
const NEXT = 1500;
const ADDRESS = 1500;
const ORIGIN = 300;
const LINE = 1000;
/** Fences and the title of code, in all of its sections. */
const AROUND_CODE = 120;
/** Whoever gets no blocks (a notification, a screen reader) gets this. */
const FALLBACK = 3000;

/** Text as it stands: no mark-up, no mention, no link; and no :name: becomes a picture. */
interface PlainText {
  readonly type: "plain_text";
  readonly text: string;
  readonly emoji: false;
}

/** Slack's mark-up: churn's own words, and data that is escaped and stands in code. Verbatim: no address in it becomes a link. */
interface Markup {
  readonly type: "mrkdwn";
  readonly text: string;
  readonly verbatim: true;
}

export type Block =
  | { readonly type: "header"; readonly text: PlainText }
  | { readonly type: "section"; readonly text: PlainText | Markup }
  | { readonly type: "section"; readonly fields: PlainText[] }
  | { readonly type: "context"; readonly elements: PlainText[] };

/** One message to Slack. */
export interface SlackMessage {
  /** the same in short, escaped: for notifications, and for whoever shows no blocks */
  readonly text: string;
  readonly blocks: Block[];
}

/** Everything in one message, for a webhook: it gets no word of where its message stands, so it can't answer it. */
export function wholeMessage(words: Words): SlackMessage {
  const { above, notes, below } = partsOf(words);
  const around = [...above, ...notes, ...below];
  return { text: fallback(words), blocks: [...above, ...codeOf(words, ALL - sizeOfAll(around)), ...notes, ...below] };
}

/** The message, and what is put into its thread, where there is more to show than who isn't concerned wants to read. */
export function threadedMessage(words: Words): {
  readonly message: SlackMessage;
  readonly details: SlackMessage | undefined;
} {
  const { above, notes, below } = partsOf(words);
  const isShort = sizeOf(noteLines(words)) <= NOTES;
  const inThread = isShort ? [] : plainSections(noteLines(words), ALL / 3);
  const blocks = [...codeOf(words, ALL - sizeOfAll(inThread)), ...inThread];
  return {
    message: { text: fallback(words), blocks: [...above, ...(isShort ? notes : []), ...below] },
    details:
      blocks.length === 0 ? undefined : { text: escaped(shortened(`Details: ${line(words.title)}`, FALLBACK)), blocks },
  };
}

function partsOf(words: Words) {
  const heading = headingOf(words);
  const origin = shortened(line(words.origin), ORIGIN);
  return {
    above: [
      { type: "header" as const, text: plain(shortened(heading, HEADER)) },
      ...(sizeOf(heading) > HEADER ? plainSections(heading, TITLE) : []),
      ...figureFields(words.figures),
      ...plainSections(words.sentences.map(line).join("\n"), SENTENCES),
    ],
    notes: plainSections(noteLines(words), NOTES),
    below: [
      ...commands(words.next),
      ...link(words.link),
      ...(isBlank(origin) ? [] : [{ type: "context" as const, elements: [plain(origin)] }]),
    ],
  };
}

function headingOf({ sign, title }: Words): string {
  const heading = `${line(sign)} ${line(title)}`.trim();
  return heading === "" ? "churn" : heading;
}

function figureFields(figures: readonly Figure[]): Block[] {
  const texts = figures.map((figure) => figureText(figure, "\n")).filter((text) => !isBlank(text));
  const fields = texts.slice(0, FIELDS).map((text) => plain(shortened(text, FIELD)));
  return fields.length === 0 ? [] : [{ type: "section", fields }];
}

function figureText({ label, value, change }: Figure, between: string): string {
  return `${line(label)}${between}${line(value)}${change === null ? "" : ` (${line(change)})`}`;
}

function noteLines({ notes }: Words): string {
  return notes.map((note) => `• ${line(note)}`).join("\n");
}

/** A text with as many sections as it takes. */
function plainSections(text: string, most: number): Block[] {
  const sections: Block[] = [];
  let rest = shortened(text, most);
  while (!isBlank(rest)) {
    const first = sizeOf(rest) <= SECTION ? rest : shortened(rest, SECTION).slice(0, -1);
    if (!isBlank(first)) sections.push({ type: "section", text: plain(first) });
    rest = rest.slice(first.length);
  }
  return sections;
}

/** Commands are pasted, so each is what it is: one that code can't hold stands as plain text. */
function commands(next: readonly string[]): Block[] {
  const all = next.map(line).filter((command) => !isBlank(command));
  const isCode = (command: string) => !command.includes("`");
  return [
    ...codeSections(all.filter(isCode), NEXT, { title: "Next", keep: "first" }),
    ...plainSections(all.filter((command) => !isCode(command)).join("\n"), NEXT / 3),
  ];
}

/** A button would want an app that listens; a link needs nothing. */
function link(address: string | null): Block[] {
  const href = address === null ? undefined : hrefOf(address);
  if (href === undefined || sizeOf(href) > ADDRESS) return [];
  return [{ type: "section", text: markup(`<${escaped(href)}|Open the run>`) }];
}

/** An address of the web, without credentials and without what ends a link of Slack's. */
function hrefOf(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  url.username = "";
  url.password = "";
  return url.href.replaceAll(/[|<>`]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Evidence, then the log's end, which has what evidence leaves. */
function codeOf({ evidence, tail }: Words, room: number): Block[] {
  const forEvidence = tail.length === 0 ? room : room / 2;
  const first = codeSections(evidence.map(line), forEvidence, { title: "", keep: "first" });
  const last = codeSections(tail.map(line), room - sizeOfAll(first), { title: "The log's last lines", keep: "last" });
  return [...first, ...last];
}

/** Lines in code, as many as there is room for, with as many sections as they take. */
function codeSections(
  lines: readonly string[],
  room: number,
  { title, keep }: { readonly title: string; readonly keep: "first" | "last" },
): Block[] {
  const kept = lines.every(isBlank) ? [] : keptLines(lines.map(codeLine), room - AROUND_CODE, keep);
  const head = title === "" ? "" : `${title}\n`;
  const fenced = (part: readonly string[], isFirst: boolean) =>
    `${isFirst ? head : ""}\`\`\`\n${part.join("\n")}\n\`\`\``;
  const parts: string[][] = [];
  for (const one of kept) {
    const part = parts.at(-1);
    if (part !== undefined && fenced([...part, one], parts.length === 1).length <= SECTION) part.push(one);
    else parts.push([one]);
  }
  return parts.map((part, index) => ({ type: "section", text: markup(fenced(part, index === 0)) }));
}

/** Nothing ends code but a back-tick. */
function codeLine(text: string): string {
  return escaped(shortened(text.replaceAll("`", "'"), LINE));
}

/** As many as there is room for, and how many there were beyond. */
function keptLines(lines: readonly string[], room: number, keep: "first" | "last"): readonly string[] {
  const inOrder = keep === "first" ? lines : lines.toReversed();
  const kept: string[] = [];
  let left = room;
  for (const one of inOrder) {
    left -= one.length + 1;
    if (left < 0) break;
    kept.push(one);
  }
  if (kept.length === lines.length) return lines;
  const more = `… ${counted(lines.length - kept.length, "more line")}`;
  return keep === "first" ? [...kept, more] : [more, ...kept.toReversed()];
}

function fallback(words: Words): string {
  const figures = words.figures.map((figure) => figureText(figure, " ")).join("   ");
  const lines = [headingOf(words), figures, ...words.next.map(line)].filter((one) => !isBlank(one));
  return escaped(shortened(lines.join("\n"), FALLBACK));
}

function sizeOfAll(blocks: readonly Block[]): number {
  return blocks
    .flatMap(textsOf)
    .reduce((sum, { type, text }) => sum + (type === "mrkdwn" ? text.length : sizeOf(text)), 0);
}

function textsOf(block: Block): readonly (PlainText | Markup)[] {
  if ("fields" in block) return block.fields;
  return "elements" in block ? block.elements : [block.text];
}

function plain(text: string): PlainText {
  return { type: "plain_text", text, emoji: false };
}

function markup(text: string): Markup {
  return { type: "mrkdwn", text, verbatim: true };
}

/** A line end would leave what the line stands in. */
function line(text: string): string {
  return visibleLine(text);
}

/** Slack refuses a text of nothing. */
function isBlank(text: string): boolean {
  return text.trim() === "";
}
