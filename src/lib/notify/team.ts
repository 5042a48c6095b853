import { hostname } from "node:os";
import type { ChannelName, NotifySettings } from "../config/notify-section.ts";
import type { NewEvent } from "../ledger/writer.ts";
import { leftBehind, leftMessage } from "./backfill.ts";
import { type Channel, isHere } from "./channel.ts";
import { compose, type News } from "./compose.ts";
import { digestNight, digestNights, mondayOf } from "./digest.ts";
import type { Letter } from "./letter.ts";
import { nextCommands } from "./next.ts";
import { isEnded, isHeard, shownAgain, undeliveredOf } from "./outbox/deliveries.ts";
import { deliveriesOf, type Entry } from "./outbox/format.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { opened, type Untold, untoldFor } from "./outbox/told.ts";
import { type Delivered, openSending } from "./sending.ts";
import type { Undelivered } from "./undelivered.ts";

/**
 * The people who are told, by all channels of churn.yaml. What is to be told is written down first and sent then, so that whatever kills
 * churn meanwhile leaves it known what was sent; whoever calls this holds the store.
 */
export interface Team {
  /** whether anybody is told by more than the terminal and the file */
  readonly isSentAway: boolean;
  /**
   * Says that a run begins. What an earlier one had begun to send and never ended is settled.
   *
   * @param howEnded  how a run ended that told nothing; without a reason it was interrupted
   */
  begin(
    run: { readonly id: string; readonly night: string },
    howEnded: (run: { readonly id: string; readonly night: string }) => Promise<Pick<Untold, "stage" | "reason">>,
  ): Promise<void>;
  /** Tells one thing, and on each channel what it has not heard yet. Told before, it is sent where it is missing. */
  tell(news: News): Promise<Entry>;
  /** Runs of other nights that ended and told nothing, and killed ones of this night, of which no message has told yet. */
  untold(night: string): Promise<readonly Untold[]>;
  /** Notes a run that is to be tried later: the next night's message tells of it, if its own night comes to nothing. */
  leaveUntold(run: Untold): Promise<void>;
  /** Says that a run has ended: with what it had to tell, or with nothing that anybody need hear. */
  end(): Promise<void>;
  /**
   * Sends what has not been sent.
   *
   * @param unknown  that too of which nobody knows whether it has arrived, and what was given up, of messages since then
   * @returns        what was sent now
   */
  flush(options?: { readonly unknown?: { readonly since: string } | undefined }): Promise<readonly Delivered[]>;
  /** Tells in one message what was kept for it, on the first day of a week. @param today  YYYY-MM-DD */
  tellDigest(today: string): Promise<void>;
  /** Tells a thing with which all is told that was kept for it (`News.toldIn`). */
  tellTogether(news: News): Promise<Entry>;
  /** Tells in one message what was kept for one that never came: a backfill was killed. */
  tellLeft(): Promise<void>;
  /** What has not reached a channel that is still configured, though it was tried. */
  undelivered(): Promise<readonly Undelivered[]>;
  /** A letter as a channel gets it: what leaves the machine has no customer's data in it. */
  outgoing(channel: ChannelName, letter: Letter): Letter;
}

/** What the ledger hears of the team. */
export type ToldEvent = Extract<NewEvent, { event: "sent" | "cleared" }>;

export interface TeamMeans {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly settings: NotifySettings;
  readonly workspace: () => Promise<Letter["workspace"]>;
  /** where a run of MLflow's is shown, if it is shown anywhere */
  readonly pageOf: (trackingRun: string) => Promise<string | null>;
  /** what is sent to others, instead of what is written down here */
  readonly outgoing: (letter: Letter) => Letter;
  readonly redact: (text: string) => string;
  readonly now: () => Date;
  /** hears what was sent, and of a series of failures that is over */
  readonly onTold?: (event: ToldEvent) => void;
}

export function openTeam(means: TeamMeans): Team {
  const { outbox, channels, settings, outgoing, redact, now, onTold = () => {} } = means;
  const names = new Set(channels.map(({ name }) => name));
  const at = () => now().toISOString();
  const outgoingFor: Team["outgoing"] = (name, letter) => (isHere({ name }) ? letter : outgoing(letter));
  const isSentAway = channels.some((channel) => !isHere(channel));
  const { deadline } = settings;
  const send = openSending({ outbox, channels, deadline, outgoing: outgoingFor, redact, at, onTold });

  const team: Team = {
    isSentAway,
    begin: async ({ id, night }, howEnded) => {
      await settle();
      const before = (await outbox.state()).run;
      const isUntold =
        before !== null &&
        before.id !== id &&
        (await outbox.entry(before.night)) === undefined &&
        (await outbox.entry(failedKey(before.night, before.id))) === undefined;
      const left: Untold[] = isUntold
        ? [
            {
              run: before.id,
              night: before.night,
              host: before.host,
              ...(await howEnded(before)),
              failure: null,
            },
          ]
        : [];
      const run = { id, night, host: hostname() };
      await outbox.change((state) => ({ ...state, run, untold: [...state.untold, ...left] }));
    },
    tell: async (news) => {
      await settle();
      // Older ones first, so that what the new one says of them is so.
      const { down } = await send((await outbox.state()).open);
      const known = await outbox.entry(news.key);
      if (known === undefined) {
        const entry = await composed(news);
        await outbox.change((state) => ({ ...state, telling: news.key }));
        await outbox.put(entry);
        await noteOpened(entry);
        if (isHeard(entry)) await markShown(news.key);
      } else if (news.toldIn !== undefined) {
        // The backfill that it was kept for was killed.
        await outbox.put({ ...known, told_in: news.toldIn });
      } else {
        await outbox.change((state) => ({ ...state, open: [...new Set([...state.open, news.key])] }));
        await outbox.put(shownAgain(known));
      }
      await send([news.key], down);
      const told = await outbox.entry(news.key);
      if (told === undefined) throw new Error(`${news.key} is not in the outbox, where it was written`);
      return told;
    },
    untold: async (night) => untoldFor(await outbox.state(), night),
    leaveUntold: async (run) => {
      await outbox.change((state) => ({
        ...state,
        untold: [...state.untold.filter(({ night, reason }) => reason === null || night !== run.night), run],
      }));
    },
    end: async () => void (await outbox.change((state) => ({ ...state, run: null }))),
    flush: async ({ unknown } = {}) => {
      await settle();
      if (unknown !== undefined) await reopen(unknown);
      return (await send((await outbox.state()).open)).delivered;
    },
    tellDigest: async (today) => {
      const monday = mondayOf(today);
      const { kept } = await outbox.state();
      if (kept.length === 0) return;
      const isDue = ({ letter: { message } }: Entry) => !("night" in message) || message.night.slice(0, 10) < monday;
      const due = (await outbox.entriesOf(kept)).filter(
        (entry) => entry.told_in === null && (settings.digest === undefined || isDue(entry)),
      );
      const key = `digest.${monday}`;
      // One a week: a night that is decided late waits for the next one.
      const told = await outbox.entry(key);
      const nights = told === undefined ? due.flatMap(digestNight) : digestNights(told);
      if (told === undefined && nights.length > 0)
        await team.tell({ key, message: { kind: "digest", week: monday, nights }, next: ["churn models"] });
      const heard = new Set(nights.map(({ night }) => night));
      await endKept(
        due.filter((entry) => digestNight(entry).every(({ night }) => heard.has(night))),
        key,
      );
    },
    tellTogether: async (news) => {
      const entry = await team.tell(news);
      const kept = await outbox.entriesOf((await outbox.state()).kept);
      await endKept(
        kept.filter(({ told_in }) => told_in === news.key),
        news.key,
      );
      return entry;
    },
    tellLeft: async () => {
      const { kept } = await outbox.state();
      if (kept.length === 0) return;
      for (const [key, entries] of leftBehind(await outbox.entriesOf(kept), now())) {
        const message = leftMessage(entries);
        if (message !== undefined) await team.tellTogether({ key, message, next: nextCommands(message) });
      }
    },
    undelivered: async () => {
      const open = await outbox.entriesOf((await outbox.state()).open);
      return open.flatMap((entry) => undeliveredOf(entry, names));
    },
    outgoing: outgoingFor,
  };
  return team;

  /** Notes of kept messages that another one has told of them. */
  async function endKept(entries: readonly Entry[], key: string): Promise<void> {
    for (const entry of entries)
      await outbox.putChanged(entry, (_, { state }) =>
        state === "kept" ? { state: "sent", at: at(), detail: `in ${key}` } : undefined,
      );
    const keys = new Set(entries.map(({ letter }) => letter.key));
    await outbox.change((state) => ({ ...state, kept: state.kept.filter((one) => !keys.has(one)) }));
  }

  /** A message is written down, and what went by earlier ones goes by it. */
  async function noteOpened(entry: Entry): Promise<void> {
    const { failing } = await outbox.state();
    const after = await outbox.change((state) => opened(state, entry));
    if (failing === null || after.failing !== null) return;
    const { message } = entry.letter;
    const night = "night" in message ? message.night : null;
    onTold({ event: "cleared", night, what: "failing", since: failing.since, nights: failing.nights.length });
  }

  async function composed(news: News): Promise<Entry> {
    const state = await outbox.state();
    const link = news.trackingRun === undefined || !isSentAway ? null : await means.pageOf(news.trackingRun);
    const left = (await outbox.entriesOf(state.open)).flatMap((entry) => undeliveredOf(entry, names));
    return compose(news, { state, left, workspace: await means.workspace(), link, at: at(), settings, redact });
  }

  /** Of what is unknown, or given up, one message tells, once. */
  async function markShown(key: string): Promise<void> {
    for (const entry of await outbox.entriesOf((await outbox.state()).open)) {
      if (entry.letter.key === key) continue;
      await outbox.putChanged(entry, (_, { state, shown_in }) =>
        isEnded(state) && state !== "sent" && shown_in === null ? { shown_in: key } : undefined,
      );
    }
  }

  /**
   * Ends what a process that was killed has begun: a message that was being written down is there or not, and of one that was being sent
   * nobody knows whether it has arrived. What was tried for too long is given up.
   */
  async function settle(): Promise<void> {
    const { telling, open } = await outbox.state();
    if (telling !== null) {
      const cut = await outbox.entry(telling);
      if (cut === undefined) await outbox.change((state) => ({ ...state, telling: null }));
      else await noteOpened(cut);
    }
    const oldest = new Date(now().getTime() - LONGEST_PATIENCE_MS).toISOString();
    for (const entry of await outbox.entriesOf(open))
      await outbox.putChanged(entry, (_, { state }) => {
        if (state === "sending") return { state: "unknown", at: at(), detail: "it was ended while it sent this" };
        return state === "pending" && entry.letter.created_at < oldest ? { state: "given_up", at: at() } : undefined;
      });
  }

  /** Has what is unknown, or given up, sent once more, on a person's word. @param since  YYYY-MM-DD or a moment: older ones stay */
  async function reopen({ since }: { readonly since: string }): Promise<void> {
    const wanted = (await outbox.entries()).filter(
      (entry) =>
        entry.letter.created_at >= since &&
        deliveriesOf(entry).some(([, { state }]) => state === "unknown" || state === "given_up"),
    );
    const keys = wanted.map(({ letter }) => letter.key);
    await outbox.change((state) => ({ ...state, open: [...new Set([...state.open, ...keys])] }));
    for (const entry of wanted)
      await outbox.putChanged(entry, (_, { state }) =>
        state === "unknown" || state === "given_up"
          ? { state: "pending", at: at(), attempts: 0, shown_in: null }
          : undefined,
      );
  }
}

/** A message that is not told after so long is no news any more. */
const LONGEST_PATIENCE_MS = 14 * 24 * 60 * 60 * 1000;

/** A message about a run that failed is its own. */
export function failedKey(night: string, run: string): string {
  return `${night}.failed.${run}`;
}
