import { type NotifySettings, notifySection } from "../../src/lib/config/notify-section.ts";
import type { Attempt, Channel } from "../../src/lib/notify/channel.ts";
import type { Letter } from "../../src/lib/notify/letter.ts";
import { openOutbox } from "../../src/lib/notify/outbox/outbox.ts";
import { openTeam, type Team, type ToldEvent } from "../../src/lib/notify/team.ts";
import type { Store } from "../../src/lib/store/store.ts";

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
  onTold: (event: ToldEvent) => void = () => {},
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
    onTold,
  });
}
