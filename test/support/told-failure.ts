import type { Letter } from "../../src/lib/notify/letter.ts";
import { ownWords, withoutData } from "../../src/lib/notify/outgoing.ts";
import { letterText } from "../../src/lib/notify/text.ts";
import { webhookBody } from "../../src/lib/notify/webhook/payload.ts";
import { words } from "../../src/lib/notify/words.ts";
import { failedEvent, stageEvent } from "../../src/lib/supervise/events.ts";
import { failureError } from "../../src/lib/supervise/report.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { failed, failedLetter } from "./letters.ts";

const place = {
  root: "/srv/churn",
  log: "/srv/churn/logs/r.jsonl",
  overrides: [],
  again: false,
  commands: ["run-all"],
  stages: ["extract"],
};

/** A stage's error on its way to the team: through the pipe to the supervisor, into a letter, out of the machine. */
export function toldOf(error: unknown, known: ReadonlySet<string> = new Set()): Letter {
  const event = stageEvent.parse(JSON.parse(JSON.stringify(failedEvent(error))));
  if (event.event !== "failed") throw new Error("it has not failed");
  const failure = failureError({ stage: "extract", event }, nightOf("2026-11-23", 1), place, false);
  const own = (text: string) => ownWords(text, failure.foreign);
  const message = {
    ...failed,
    reason: own(failure.message),
    details: event.details.map(own),
    hint: failure.hint === undefined ? null : own(failure.hint),
  };
  return withoutData({ ...failedLetter, message, notes: [], tail: [] }, known);
}

/** All that any channel shows of a letter. */
export function shownOf(letter: Letter): string {
  return [JSON.stringify(words(letter)), letterText(letter), webhookBody(letter)].join("\n");
}
