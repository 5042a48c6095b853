import { metric } from "../cli/numbers.ts";
import { visibleLine } from "../cli/visible.ts";
import { movedSentence } from "../compare/moved.ts";
import { backfillLines, backfillSentences } from "./backfill.ts";
import type { Letter } from "./letter.ts";
import type { Message } from "./message.ts";
import {
  findingLines,
  gainSentence,
  nextStep,
  productionSentence,
  replacedSentence,
  seriesSentence,
  sign,
  title,
} from "./text.ts";

/** One figure: F1, its value, and how it changed. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly change: string | null;
}

/**
 * A message as parts, for channels that set them in their own way: the verdict first, then figures, sentences, evidence, and what to
 * do next. Each text is one line, without control characters; each channel escapes it by its own rules.
 */
export interface Words {
  readonly sign: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** what happened and why */
  readonly sentences: readonly string[];
  /** lines that are read in columns: gates, nights */
  readonly evidence: readonly string[];
  /** the log's last lines */
  readonly tail: readonly string[];
  /** what else there is to know */
  readonly notes: readonly string[];
  /** commands to paste */
  readonly next: readonly string[];
  readonly link: string | null;
  /** which workspace on which machine, and which night */
  readonly origin: string;
}

export function words(letter: Letter): Words {
  const { message, series, notes, tail, next, link } = letter;
  const line = (text: string) => visibleLine(text);
  return {
    sign: sign(message),
    title: title(message),
    figures: figures(message),
    sentences: [...sentences(message), ...(series === null ? [] : [seriesSentence(message, series)])].map(line),
    evidence: evidence(message).map(line),
    tail: tail.map(line),
    notes: notes.map(line),
    next: next.map(line),
    link,
    origin: line(origin(letter)),
  };
}

function figures(message: Message): readonly Figure[] {
  if (message.kind !== "registered" && message.kind !== "not_registered") return [];
  const { f1, auc_roc } = message;
  const version =
    message.kind === "registered" ? [{ label: "Version", value: String(message.version), change: null }] : [];
  return [
    ...version,
    { label: "F1", value: metric(f1), change: gainSentence(message) },
    { label: "AUC-ROC", value: metric(auc_roc), change: null },
    { label: "Customers", value: message.rows.toLocaleString("en-US"), change: "on the test side" },
  ];
}

function sentences(message: Message): readonly string[] {
  switch (message.kind) {
    case "registered":
    case "not_registered":
      return [
        ...(message.outcome === "better" ? [] : [`Reason: ${message.reason}`]),
        ...productionSentence(message),
        ...nextStep(message),
        ...(message.production_moved === null ? [] : [movedSentence(message.production_moved)]),
      ];
    case "failed":
      return [message.reason];
    case "promoted":
    case "rolled_back":
      return [
        replacedSentence(message),
        message.by === null ? "" : `By ${message.by}`,
        message.reason === null ? "" : `Reason: ${message.reason}`,
      ].filter((text) => text !== "");
    case "digest":
      return [];
    case "backfill":
      return backfillSentences(message);
    case "watchdog":
      return findingLines(message);
    case "test":
      return ["Somebody has run churn message test. Nothing is to be done."];
  }
}

function evidence(message: Message): readonly string[] {
  if (message.kind === "failed") return message.details;
  if (message.kind === "backfill") return backfillLines(message);
  if (message.kind !== "digest") return [];
  return message.nights.map(
    ({ night, f1, auc_roc, reason }) => `${night.padEnd(12)}  F1 ${metric(f1)}  AUC-ROC ${metric(auc_roc)}  ${reason}`,
  );
}

/** What is of no night says when it was: it may come late. */
function origin({ message, workspace, host, created_at }: Letter): string {
  const when = "night" in message ? `night of ${message.night}` : `${created_at.slice(0, 16).replace("T", " ")} UTC`;
  return `${when}, ${workspace.folder} on ${host}`;
}
