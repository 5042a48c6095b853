import { createHash } from "node:crypto";
import { basename } from "node:path";
import { metric } from "../../cli/numbers.ts";
import { visibleLine } from "../../cli/visible.ts";
import { isWithoutContest } from "../../compare/report.ts";
import { countsOf, spanOf } from "../backfill.ts";
import type { Letter } from "../letter.ts";
import type { Message } from "../message.ts";
import { gainSentence, letterText } from "../text.ts";
import { words } from "../words.ts";
import { html } from "./html.ts";

/** A mail as facts: whoever builds it encodes them. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** one line */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** in angle brackets, the same for each attempt */
  readonly messageId: string;
  /** what all mails of a workspace answer: it was never sent, and keeps them together */
  readonly thread: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
}

/** Letters of a subject: no mail program shows more. */
const LONGEST_SUBJECT = 200;
/** Of a model's or a folder's name in a subject, which has to leave room for the verdict. */
const LONGEST_TITLE = 60;

/**
 * A letter as a mail.
 *
 * @param from  the sender's address
 * @param to    who gets it
 */
export function mailOf(letter: Letter, from: string, to: readonly string[]): Mail {
  const domain = from.replace(/^.*@/s, "");
  const { id } = letter.workspace;
  const line = subject(letter);
  return {
    from,
    // Twice the same would be two mails of some servers.
    to: [...new Set(to)],
    subject: line,
    text: text(letter),
    html: html(words(letter), line),
    messageId: identity([id, letter.key], domain),
    thread: identity([id], domain),
    date: new Date(letter.created_at),
    headers: {
      // Whoever is away doesn't answer it: https://www.rfc-editor.org/rfc/rfc3834
      "Auto-Submitted": "auto-generated",
      "X-Churn-Kind": letter.message.kind,
    },
  };
}

/** The verdict in one line, for who sees nothing else. */
export function subject(letter: Letter): string {
  const name = visibleLine(nameOf(letter), LONGEST_TITLE);
  return visibleLine(`[${name}] ${verdict(letter)}`, LONGEST_SUBJECT);
}

/** The plain part: the message, the log's end, what comes next, and where it comes from. */
export function text(letter: Letter): string {
  const { tail, next, link, origin } = words(letter);
  const message = letterText(letter)
    .split(/\r?\n/)
    .map((line) => visibleLine(line));
  // A command that the message has already is not said twice.
  const commands = next.filter((command) => !message.includes(command));
  const parts = [
    message,
    tail.length === 0 ? [] : ["The log's last lines:", ...tail.map((line) => `    ${line}`)],
    commands.length === 0 ? [] : ["Next:", ...commands.map((command) => `    ${command}`)],
    link === null ? [] : [visibleLine(link)],
    [origin],
  ];
  const paragraphs = parts.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${paragraphs.join("\n\n")}\n`;
}

/** The model; a failed night's message has none, so the workspace's folder. */
function nameOf({ message, workspace }: Letter): string {
  return "model" in message ? message.model : basename(workspace.folder) || "churn";
}

function verdict({ message, series }: Letter): string {
  switch (message.kind) {
    case "registered":
      return `registered version ${message.version}${contest(message)}: F1 ${metric(message.f1)}${gain(message)}`;
    case "not_registered":
      return `no new model: F1 ${metric(message.f1)}${gain(message)}`;
    case "failed": {
      const others = series === null || series.nights < 2 ? "" : ` (${series.nights} nights since ${series.since})`;
      return `FAILED at ${message.stage}, night of ${message.night}${others}`;
    }
    case "promoted":
      return `version ${message.version} is in production`;
    case "rolled_back":
      return `version ${message.version} is back in production`;
    case "digest": {
      const { length } = message.nights;
      return `no new model on ${length} night${length === 1 ? "" : "s"}, up to ${message.nights.at(-1)?.night ?? message.week}`;
    }
    case "backfill":
      return `backfill of ${spanOf(message)}: ${countsOf(message)}`;
    case "watchdog": {
      const [first, ...others] = message.findings;
      return `WATCHDOG: ${first?.text ?? ""}${others.length === 0 ? "" : ` (and ${others.length} more)`}`;
    }
    case "test":
      return "a test message: nothing has happened";
  }
}

/** What a version was registered without. */
function contest({ outcome }: Extract<Message, { kind: "registered" }>): string {
  if (outcome === "champion_saw_test") return " without a fair contest";
  return isWithoutContest(outcome) ? " without a contest" : "";
}

function gain(message: Extract<Message, { kind: "registered" | "not_registered" }>): string {
  const sentence = gainSentence(message);
  return sentence === null ? "" : ` (${sentence})`;
}

/** @see https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4 */
function identity(of: readonly string[], domain: string): string {
  const digest = createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, 32);
  return `<${digest}@${domain}>`;
}
