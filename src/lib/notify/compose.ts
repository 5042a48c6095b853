import { hostname } from "node:os";
import { shellWord } from "../cli/shell.ts";
import type { NotifySettings } from "../config/notify-section.ts";
import { redactSentences } from "../workspace/redact.ts";
import { dueChannels } from "./due.ts";
import type { Letter } from "./letter.ts";
import { type Message, message as messageSchema } from "./message.ts";
import type { Entry, OutboxState } from "./outbox/format.ts";
import { type Untold, untoldFor, untoldSentence } from "./outbox/told.ts";
import { isNews, isOfSeries, seriesOf } from "./series.ts";
import { letterText } from "./text.ts";
import { type Undelivered, undeliveredSentences } from "./undelivered.ts";

/** What there is to tell. */
export interface News {
  /** unique, and the same whenever it is told again */
  readonly key: string;
  readonly message: Message;
  /** of a failure: what it is the same as on other nights */
  readonly failure?: string;
  /** what else there is to know of it, a sentence each */
  readonly notes?: readonly string[];
  readonly tail?: readonly string[];
  /** MLflow's run of the night */
  readonly trackingRun?: string;
  /** the message that tells of it with others: it is kept for that */
  readonly toldIn?: string;
  /** commands, for whoever reads it elsewhere */
  readonly next: readonly string[];
}

/** What stands around a thing that is told. */
export interface Around {
  readonly state: OutboxState;
  /** what of earlier messages has not reached a channel */
  readonly left: readonly Undelivered[];
  readonly workspace: Letter["workspace"];
  /** where MLflow shows the night's run */
  readonly link: string | null;
  /** when it is written down: ISO 8601, in UTC */
  readonly at: string;
  readonly settings: NotifySettings;
  readonly redact: (text: string) => string;
}

/** A thing as it is written down: the letter without secrets, and which channels are to hear of it. */
export function compose(
  { key, message, failure, notes = [], tail = [], toldIn, next }: News,
  { state, left, workspace, link, at, settings, redact }: Around,
): Entry {
  const night = "night" in message ? message.night : undefined;
  const isTold = failure === undefined || night === undefined || isNews(state.failing, night, failure, settings.remind);
  const isAlone = toldIn === undefined;
  const untold = isAlone ? untoldBeside(message, state) : [];
  const letter: Letter = {
    key,
    created_at: at,
    message: messageSchema.parse(redactSentences(message, redact)),
    workspace,
    host: hostname(),
    series: isAlone ? seriesFor(message, state, at) : null,
    notes: [...notes, ...(isAlone ? [...untold.map(untoldSentence), ...undeliveredSentences(left)] : [])].map(redact),
    tail: tail.map(redact),
    link,
    next: next.map((line) => redact(commandAt(workspace.folder, line))),
  };
  const due = [...dueChannels(letter, settings, isTold)];
  const begun = { at, attempts: 0, detail: isAlone ? null : `for ${toldIn}`, receipt: null, shown_in: null };
  return {
    letter,
    text: letterText(letter),
    failure: failure ?? null,
    tells: message.kind === "failed" ? [message.run] : untold.map(({ run }) => run),
    is_told: isTold,
    channels: Object.fromEntries(due.map(([name, is]) => [name, { state: isAlone ? is : "kept", ...begun }])),
    told_in: toldIn ?? null,
  };
}

/** Runs that told nothing themselves, of which a message tells as well. */
function untoldBeside(message: Message, state: OutboxState): readonly Untold[] {
  switch (message.kind) {
    case "registered":
    case "not_registered":
      return untoldFor(state, message.night);
    case "backfill":
      return untoldFor(state, ...message.nights.map(({ night }) => night));
    default:
      return [];
  }
}

function seriesFor(message: Message, { failing }: OutboxState, at: string): Letter["series"] {
  if (message.kind === "failed") return seriesOf(failing, message.night);
  if (message.kind !== "registered" && message.kind !== "not_registered") return null;
  return isOfSeries(failing, message.night, at) ? seriesOf(failing) : null;
}

/** A command that can be pasted wherever one stands. @param folder  the workspace's */
export function commandAt(folder: string, line: string): string {
  return line.replace(/^churn (?!-C )/, () => `churn -C ${shellWord(folder)} `);
}
