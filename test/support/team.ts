import { type NotifySettings, notifySection } from "../../src/lib/config/notify-section.ts";
import type { Attempt, Channel } from "../../src/lib/notify/channel.ts";
import type { Letter } from "../../src/lib/notify/letter.ts";
import type { Message } from "../../src/lib/notify/message.ts";
import { openOutbox } from "../../src/lib/notify/outbox/outbox.ts";
import { openTeam, type Team } from "../../src/lib/notify/team.ts";
import type { Store } from "../../src/lib/store/store.ts";

export const failed: Extract<Message, { kind: "failed" }> = {
  kind: "failed",
  night: "2026-11-23",
  run: "20261123T050000Z-7f3a",
  stage: "train",
  reason: "the disk is full",
  details: [],
  hint: null,
  workspace: "/srv/churn",
  host: "ml-1",
};

export const unregistered: Extract<Message, { kind: "not_registered" }> = {
  kind: "not_registered",
  night: "2026-11-23",
  model: "churn-model",
  outcome: "not_better",
  reason: "F1 0.500 against 0.510 of version 1",
  f1: 0.5,
  auc_roc: 0.8,
  rows: 100,
  production: { version: 1, f1: 0.51 },
  improvement: -0.02,
  min_improvement: 0.01,
  recorded_f1: 0.52,
  stage: null,
  production_moved: null,
  mlflow_run_id: "a".repeat(32),
};

export const registered: Extract<Message, { kind: "registered" }> = {
  ...unregistered,
  kind: "registered",
  outcome: "better",
  f1: 0.56,
  improvement: 0.1,
  stage: "Staging",
  version: 2,
};

/** A message on its way, with nothing around it. */
export function letterOf(message: Message, change: Partial<Letter> = {}): Letter {
  return {
    key: "2026-11-23",
    created_at: "2026-11-23T05:00:00.000Z",
    message,
    workspace: { id: "00000000-0000-4000-8000-000000000000", folder: "/srv/churn" },
    host: "ml-1",
    series: null,
    notes: [],
    tail: [],
    link: null,
    next: [],
    ...change,
  };
}

/** A channel that keeps what it is sent, and answers as it is told to. */
export interface ProbeChannel extends Channel {
  /** what has arrived, in order */
  readonly arrived: Letter[];
  /** how its next attempts end, one after the other; then all are sent */
  readonly answers: Attempt[];
}

export function probeChannel(name: Channel["name"], isRepeatable = name === "webhook"): ProbeChannel {
  const arrived: Letter[] = [];
  const answers: Attempt[] = [];
  return {
    name,
    isRepeatable,
    arrived,
    answers,
    send: async (letter) => {
      const answer = answers.shift() ?? { kind: "sent", detail: `to ${name}` };
      if (answer.kind !== "unsent") arrived.push(letter);
      return answer;
    },
    show: async () => ({ extension: "txt", content: "" }),
  };
}

/** A team over a store, with a clock that stands still. */
export function teamOf(
  store: Store,
  channels: readonly Channel[],
  settings: Partial<NotifySettings> = {},
  now = "2026-11-23T05:00:00.000Z",
): Team {
  return openTeam({
    outbox: openOutbox(store),
    channels,
    settings: { ...notifySection.parse({ channels: channels.map(({ name }) => name), deadline: "1s" }), ...settings },
    workspace: async () => ({ id: "00000000-0000-4000-8000-000000000000", folder: "/srv/churn" }),
    pageOf: async () => null,
    outgoing: (letter) => letter,
    redact: (text) => text.replace("s3cret", "***"),
    now: () => new Date(now),
  });
}
