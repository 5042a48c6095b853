import { hostname } from "node:os";
import { shellWord } from "../cli/shell.ts";
import { secondsOf } from "../config/duration.ts";
import type { ChannelName, NotifySettings } from "../config/notify-section.ts";
import { startPatience } from "../http/repeat.ts";
import { redactSentences } from "../workspace/redact.ts";
import type { Channel } from "./channel.ts";
import { deliver } from "./deliver.ts";
import { dueChannels } from "./due.ts";
import type { Letter } from "./letter.ts";
import { type Message, message as messageSchema } from "./message.ts";
import { type Delivery, deliveriesOf, type Entry, type OutboxState, withDeliveries } from "./outbox/format.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { opened, type Untold, untoldFor, untoldSentence } from "./outbox/told.ts";
import { isNews, isOfSeries, seriesOf } from "./series.ts";
import { isShownOnTerminal } from "./terminal.ts";
import { letterText } from "./text.ts";
import { type Undelivered, undeliveredSentences } from "./undelivered.ts";

/** What there is to tell. */
export interface News {
  /** unique, and the same whenever it is told again */
  readonly key: string;
  readonly message: Message;
  /** of a failure: what it is the same as on other nights */
  readonly failure?: string;
  readonly tail?: readonly string[];
  /** MLflow's run of the night */
  readonly trackingRun?: string;
  /** commands, for whoever reads it elsewhere */
  readonly next: readonly string[];
}

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
   * @param stageOf  the stage at which a run ended that told nothing
   */
  begin(
    run: { readonly id: string; readonly night: string },
    stageOf: (run: { readonly id: string; readonly night: string }) => Promise<string | null>,
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
  /** What has not reached a channel that is still configured, though it was tried. */
  undelivered(): Promise<readonly Undelivered[]>;
  /** A letter as a channel gets it: what leaves the machine has no customer's data in it. */
  outgoing(channel: ChannelName, letter: Letter): Letter;
}

/** A message that has reached a channel. */
export interface Delivered {
  readonly key: string;
  readonly channel: ChannelName;
  readonly about: string;
  /** where it went */
  readonly detail: string;
}

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
}

export function openTeam(means: TeamMeans): Team {
  const { outbox, channels, settings, outgoing, redact, now } = means;
  const names = new Set(channels.map(({ name }) => name));
  const at = () => now().toISOString();

  const team: Team = {
    isSentAway: channels.some((channel) => !isHere(channel)),
    begin: async ({ id, night }, stageOf) => {
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
              stage: await stageOf(before),
              reason: null,
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
        const entry = await compose(news, await outbox.state());
        await outbox.change((state) => ({ ...state, telling: news.key }));
        await outbox.put(entry);
        await outbox.change((state) => opened(state, entry));
        if (isHeard(entry)) await markShown(news.key);
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
      const due = (await loaded(kept)).filter((entry) => settings.digest === undefined || isDue(entry));
      const key = `digest.${monday}`;
      // One a week: a night that is decided late waits for the next one.
      const told = await outbox.entry(key);
      const nights = told === undefined ? due.flatMap(digestNight) : digestNights(told);
      if (told === undefined && nights.length > 0)
        await team.tell({ key, message: { kind: "digest", week: monday, nights }, next: ["churn models"] });
      const heard = new Set(nights.map(({ night }) => night));
      const over = due.filter((entry) => digestNight(entry).every(({ night }) => heard.has(night)));
      for (const entry of over)
        await putChanged(entry, (_, { state }) =>
          state === "kept" ? { state: "sent", at: at(), detail: `in ${key}` } : undefined,
        );
      const keys = new Set(over.map(({ letter }) => letter.key));
      await outbox.change((state) => ({ ...state, kept: state.kept.filter((one) => !keys.has(one)) }));
    },
    undelivered: async () => {
      const open = await loaded((await outbox.state()).open);
      return open.flatMap((entry) => undeliveredOf(entry, names));
    },
    outgoing: (name, letter) => (isHere({ name }) ? letter : outgoing(letter)),
  };
  return team;

  async function compose(
    { key, message, failure, tail = [], trackingRun, next }: News,
    state: OutboxState,
  ): Promise<Entry> {
    const workspace = await means.workspace();
    const night = "night" in message ? message.night : undefined;
    const isDecided = message.kind === "registered" || message.kind === "not_registered";
    const isTold =
      failure === undefined || night === undefined || isNews(state.failing, night, failure, settings.remind);
    const untold = isDecided ? untoldFor(state, message.night) : [];
    const left = (await loaded(state.open)).flatMap((entry) => undeliveredOf(entry, names));
    const letter: Letter = {
      key,
      created_at: at(),
      message: messageSchema.parse(redactSentences(message, redact)),
      workspace,
      host: hostname(),
      series: seriesFor(message, state),
      notes: [...untold.map(untoldSentence), ...undeliveredSentences(left)].map(redact),
      tail: tail.map(redact),
      link: trackingRun === undefined || !team.isSentAway ? null : await means.pageOf(trackingRun),
      next: next.map((line) => redact(commandAt(workspace.folder, line))),
    };
    const due = [...dueChannels(letter, settings, isTold)];
    const begun = { at: at(), attempts: 0, detail: null, receipt: null, shown_in: null };
    return {
      letter,
      text: letterText(letter),
      failure: failure ?? null,
      tells: message.kind === "failed" ? [message.run] : untold.map(({ run }) => run),
      is_told: isTold,
      channels: Object.fromEntries(due.map(([name, state]) => [name, { state, ...begun }])),
    };
  }

  /** Of what is unknown, or given up, one message tells, once. */
  async function markShown(key: string): Promise<void> {
    for (const entry of await loaded((await outbox.state()).open)) {
      if (entry.letter.key === key) continue;
      await putChanged(entry, (_, { state, shown_in }) =>
        isEnded(state) && state !== "sent" && shown_in === null ? { shown_in: key } : undefined,
      );
    }
  }

  /** Whether somebody hears of it: a failure that is told already goes into files alone. */
  function isHeard(entry: Entry): boolean {
    return deliveriesOf(entry).some(
      ([name, { state }]) =>
        state === "pending" && (name === "terminal" ? isShownOnTerminal(entry.letter.message) : !isHere({ name })),
    );
  }

  async function putChanged(entry: Entry, how: Parameters<typeof withDeliveries>[1]): Promise<void> {
    if (deliveriesOf(entry).some(([name, delivery]) => how(name, delivery) !== undefined))
      await outbox.put(withDeliveries(entry, how));
  }

  async function loaded(keys: readonly string[]): Promise<readonly Entry[]> {
    const entries = await Promise.all(keys.map((key) => outbox.entry(key)));
    return entries.filter((entry) => entry !== undefined);
  }

  /**
   * Ends what a process that was killed has begun: a message that was being written down is there or not, and of one that was being sent
   * nobody knows whether it has arrived. What was tried for too long is given up.
   */
  async function settle(): Promise<void> {
    const { telling, open } = await outbox.state();
    if (telling !== null) {
      const cut = await outbox.entry(telling);
      await outbox.change((state) => (cut === undefined ? { ...state, telling: null } : opened(state, cut)));
    }
    const oldest = new Date(now().getTime() - LONGEST_PATIENCE_MS).toISOString();
    for (const entry of await loaded(open))
      await putChanged(entry, (_, { state }) => {
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
      await putChanged(entry, (_, { state }) =>
        state === "unknown" || state === "given_up"
          ? { state: "pending", at: at(), attempts: 0, shown_in: null }
          : undefined,
      );
  }

  /**
   * Sends what is open: to the terminal and the file first, then to all others at once, each channel's messages in their order and
   * within its deadline.
   *
   * @param skip  channels that have just failed
   */
  async function send(keys: readonly string[], skip: ReadonlySet<ChannelName> = new Set()): Promise<Sending> {
    const delivered: Delivered[] = [];
    const down = new Set(skip);
    const found = [...(await loaded(keys))].sort((one, other) =>
      one.letter.created_at < other.letter.created_at ? -1 : 1,
    );
    const entries = new Map(found.map((entry) => [entry.letter.key, entry]));
    const unwritten = new Set<string>();
    let written: Promise<unknown> = Promise.resolve();
    const change = (key: string, { name }: Channel, delivery: Partial<Delivery>) => {
      const entry = entries.get(key);
      if (entry === undefined) return;
      entries.set(
        key,
        withDeliveries(entry, (of) => (of === name ? { ...delivery, at: at() } : undefined)),
      );
      unwritten.add(key);
    };
    const write = async () => {
      // One after the other: channels that end at once would write over each other's words. One that fails has told its own caller.
      written = written
        .catch(() => undefined)
        .then(async () => {
          for (const key of [...unwritten]) {
            const entry = entries.get(key);
            unwritten.delete(key);
            if (entry !== undefined) await outbox.put(entry);
          }
        });
      await written;
    };
    const sendAll = async (channel: Channel) => {
      const time = startPatience(secondsOf(settings.deadline));
      let refusals = 0;
      for (const [key, { letter, channels: states }] of entries) {
        const before = states[channel.name];
        if (before?.state !== "pending") continue;
        if (!channel.isRepeatable) {
          change(key, channel, { state: "sending" });
          await write();
        }
        const { last, attempts } = await deliver(team.outgoing(channel.name, letter), channel, time.left());
        const count = { attempts: before.attempts + attempts };
        if (last.kind === "sent") {
          const detail = redact(last.detail);
          const { receipt } = last;
          change(key, channel, {
            ...count,
            state: "sent",
            detail,
            receipt: receipt === undefined ? null : { ...receipt },
          });
          delivered.push({ key, channel: channel.name, about: aboutOf(letter), detail });
        } else {
          const state = last.kind === "unknown" && !channel.isRepeatable ? "unknown" : "pending";
          change(key, channel, { ...count, state, detail: redact(last.reason) });
          const isRefused = last.kind === "unsent" && last.retry === undefined;
          refusals += isRefused ? 1 : 0;
          // One message may be what it refuses; after two of them it is the channel.
          if (state === "pending" && (!isRefused || refusals === MOST_REFUSALS)) down.add(channel.name);
        }
        if (!isHere(channel)) await write();
        if (down.has(channel.name) || time.left() <= 0) return;
      }
    };
    const todo = channels.filter(({ name }) => !skip.has(name));
    for (const channel of todo.filter(isHere)) await sendAll(channel);
    if (unwritten.size > 0) await write();
    const ends = await Promise.allSettled(todo.filter((channel) => !isHere(channel)).map(sendAll));
    await close(keys, entries);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return { delivered, down };
  }

  /** Nothing is left to do of some: they are looked at no more. */
  async function close(keys: readonly string[], entries: ReadonlyMap<string, Entry>): Promise<void> {
    const over = keys.filter((key) => {
      const entry = entries.get(key);
      return entry === undefined || isOver(entry, names);
    });
    if (over.length === 0) return;
    await outbox.change((state) => ({ ...state, open: state.open.filter((key) => !over.includes(key)) }));
  }
}

/** What came of a look at all that is open. */
interface Sending {
  readonly delivered: readonly Delivered[];
  /** channels that could not be told */
  readonly down: ReadonlySet<ChannelName>;
}

/** A message that is not told after so long is no news any more. */
const LONGEST_PATIENCE_MS = 14 * 24 * 60 * 60 * 1000;
/** A channel that has refused so many messages for good is asked no more at this start. */
const MOST_REFUSALS = 2;

type DigestNights = Extract<Message, { kind: "digest" }>["nights"];

/** A kept message as a line of the digest; nothing where it is none. */
function digestNight({ letter: { message } }: Entry): DigestNights {
  if (message.kind !== "not_registered") return [];
  const { night, f1, auc_roc, reason } = message;
  return [{ night, f1, auc_roc, reason }];
}

function digestNights({ letter: { message } }: Entry): DigestNights {
  return message.kind === "digest" ? message.nights : [];
}

function seriesFor(message: Message, { failing }: OutboxState): Letter["series"] {
  if (message.kind === "failed") return seriesOf(failing, message.night);
  if (message.kind !== "registered" && message.kind !== "not_registered") return null;
  return isOfSeries(failing, message.night) ? seriesOf(failing) : null;
}

/** A message about a run that failed is its own. */
export function failedKey(night: string, run: string): string {
  return `${night}.failed.${run}`;
}

/** Told anew by a person or a resumed run, the terminal and the file have it once more; nobody else has it twice. */
function shownAgain(entry: Entry): Entry {
  return withDeliveries(entry, (name) => (isHere({ name }) ? { state: "pending" } : undefined));
}

function isHere({ name }: Pick<Channel, "name">): boolean {
  return name === "terminal" || name === "file";
}

/** Whether nothing more is done about a delivery by itself. */
function isEnded(state: Delivery["state"]): boolean {
  return state === "sent" || state === "unknown" || state === "given_up";
}

/** Whether nothing is left to do or to say of a message. A channel that is configured no more is told nothing. */
function isOver(entry: Entry, names: ReadonlySet<ChannelName>): boolean {
  return deliveriesOf(entry).every(
    ([name, { state, shown_in }]) =>
      !names.has(name) || state === "kept" || state === "sent" || (isEnded(state) && shown_in !== null),
  );
}

function undeliveredOf(entry: Entry, names: ReadonlySet<ChannelName>): Undelivered[] {
  return deliveriesOf(entry).flatMap(([channel, { state, detail, shown_in }]): Undelivered[] => {
    const { key } = entry.letter;
    const told = { key, channel, about: aboutOf(entry.letter), reason: detail ?? "it waits behind an older message" };
    if (!names.has(channel)) return [];
    if (state === "pending") return [{ ...told, state }];
    return (state === "unknown" || state === "given_up") && shown_in === null ? [{ ...told, state }] : [];
  });
}

/** A command that can be pasted wherever one stands. */
function commandAt(folder: string, line: string): string {
  return line.replace(/^churn (?!-C )/, () => `churn -C ${shellWord(folder)} `);
}

/** "the night of 2026-11-23" */
function aboutOf({ message }: Letter): string {
  if ("night" in message) return `the night of ${message.night}`;
  if (message.kind === "digest") return `the week before ${message.week}`;
  return message.kind === "test" ? "a test" : `version ${message.version}`;
}

/** The Monday of a day's week. @param day  YYYY-MM-DD */
export function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}
