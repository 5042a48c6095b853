import { hostname } from "node:os";
import { shellWord } from "../cli/shell.ts";
import { secondsOf } from "../config/duration.ts";
import type { ChannelName, NotifySettings } from "../config/notify-section.ts";
import { redactSentences } from "../workspace/redact.ts";
import type { Channel } from "./channel.ts";
import { deliver } from "./deliver.ts";
import { dueChannels } from "./due.ts";
import type { Letter } from "./letter.ts";
import { type Message, message as messageSchema } from "./message.ts";
import { type Delivery, deliveriesOf, type Entry, type OutboxState, withDeliveries } from "./outbox/format.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { failedAgain, isNews, seriesOf } from "./series.ts";
import { letterText } from "./text.ts";
import { type Undelivered, undeliveredSentence } from "./undelivered.ts";

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

/** A run that ended and told nothing: it was killed, or was to be tried later. */
export type Untold = OutboxState["untold"][number];

/**
 * The people who are told, by all channels of churn.yaml. What is to be told is written down first and sent then, so that whatever kills
 * churn meanwhile leaves it known what was sent; whoever calls this holds the store.
 */
export interface Team {
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
   * @param unknown  that too of which nobody knows whether it has arrived
   * @returns        what was sent now
   */
  flush(options?: { readonly unknown?: boolean }): Promise<readonly Delivered[]>;
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
    begin: async (run, stageOf) => {
      await settle();
      const before = (await outbox.state()).run;
      const isUntold =
        before !== null &&
        before.id !== run.id &&
        (await outbox.entry(before.night)) === undefined &&
        (await outbox.entry(failedKey(before.night, before.id))) === undefined;
      const left = isUntold
        ? [{ run: before.id, night: before.night, stage: await stageOf(before), reason: null }]
        : [];
      await outbox.change((state) => ({ ...state, run, untold: [...state.untold, ...left] }));
    },
    tell: async (news) => {
      await settle();
      const state = await outbox.state();
      const known = await outbox.entry(news.key);
      const entry = known === undefined ? await compose(news, state) : shownAgain(known);
      await outbox.change((before) => ({ ...before, open: [...new Set([...before.open, news.key])] }));
      await outbox.put(entry);
      if (known === undefined) await markShown(state, news.key);
      await send((await outbox.state()).open);
      await outbox.change((before) => told(before, entry));
      return (await outbox.entry(news.key)) ?? entry;
    },
    untold: async (night) => untoldFor(await outbox.state(), night),
    leaveUntold: async (run) =>
      void (await outbox.change((state) => ({
        ...state,
        untold: [...state.untold.filter(({ night, reason }) => reason === null || night !== run.night), run],
      }))),
    end: async () => void (await outbox.change((state) => ({ ...state, run: null }))),
    flush: async ({ unknown = false } = {}) => {
      await settle();
      if (unknown) await reopen();
      return await send((await outbox.state()).open);
    },
    tellDigest: async (today) => {
      const monday = mondayOf(today);
      const { kept } = await outbox.state();
      const entries = await loaded(kept);
      const isDue = ({ letter: { message } }: Entry) => !("night" in message) || message.night.slice(0, 10) < monday;
      const due = settings.digest === undefined ? entries : entries.filter(isDue);
      const nights = due.flatMap(({ letter: { message } }) =>
        message.kind === "not_registered"
          ? [{ night: message.night, f1: message.f1, auc_roc: message.auc_roc, reason: message.reason }]
          : [],
      );
      const key = `digest.${monday}`;
      if (nights.length > 0)
        await team.tell({ key, message: { kind: "digest", week: monday, nights }, next: ["churn models"] });
      for (const entry of due)
        await putChanged(entry, (_, { state }) =>
          state === "kept" ? { state: "sent", at: at(), detail: `in ${key}` } : undefined,
        );
      const over = new Set(due.map(({ letter }) => letter.key));
      await outbox.change((state) => ({ ...state, kept: state.kept.filter((key) => !over.has(key)) }));
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
    const isSentAway = channels.some((channel) => !isHere(channel));
    const night = "night" in message ? message.night : undefined;
    const isFailed = message.kind === "failed";
    const isDecided = message.kind === "registered" || message.kind === "not_registered";
    const isTold =
      failure === undefined || night === undefined || isNews(state.failing, night, failure, settings.remind);
    const letter: Letter = {
      key,
      created_at: at(),
      message: messageSchema.parse(redactSentences(message, redact)),
      workspace,
      host: hostname(),
      series: isFailed ? seriesOf(state.failing, message.night) : isDecided ? seriesOf(state.failing) : null,
      notes: [
        ...(isDecided ? untoldFor(state, message.night).map(untoldSentence) : []),
        ...(await openNotes(state)),
      ].map(redact),
      tail: tail.map(redact),
      link: trackingRun === undefined || !isSentAway ? null : await means.pageOf(trackingRun),
      next: next.map((line) => redact(commandAt(workspace.folder, line))),
    };
    const due = [...dueChannels(letter, settings, isTold)];
    const begun = { at: at(), attempts: 0, detail: null, receipt: null, shown_in: null };
    return {
      letter,
      text: letterText(letter),
      failure: failure ?? null,
      is_told: isTold,
      channels: Object.fromEntries(due.map(([name, state]) => [name, { state, ...begun }])),
    };
  }

  /** What earlier messages came to, for the next one. */
  async function openNotes(state: OutboxState): Promise<readonly string[]> {
    const open = await loaded(state.open);
    return open.flatMap((entry) => undeliveredOf(entry, names)).map(undeliveredSentence);
  }

  /** Of what is unknown one message tells, once. */
  async function markShown(state: OutboxState, key: string): Promise<void> {
    for (const entry of await loaded(state.open)) {
      await putChanged(entry, (_, { state, shown_in }) =>
        state === "unknown" && shown_in === null ? { shown_in: key } : undefined,
      );
    }
  }

  async function putChanged(entry: Entry, how: Parameters<typeof withDeliveries>[1]): Promise<void> {
    if (deliveriesOf(entry).some(([name, delivery]) => how(name, delivery) !== undefined))
      await outbox.put(withDeliveries(entry, how));
  }

  async function loaded(keys: readonly string[]): Promise<readonly Entry[]> {
    const entries = await Promise.all(keys.map((key) => outbox.entry(key)));
    return entries.filter((entry) => entry !== undefined);
  }

  /** Of what was begun and never ended nobody knows whether it has arrived. */
  async function settle(): Promise<void> {
    const { open } = await outbox.state();
    for (const entry of await loaded(open)) {
      await putChanged(entry, (_, { state }) =>
        state === "sending" ? { state: "unknown", at: at(), detail: "it was ended while it sent this" } : undefined,
      );
      await outbox.change((state) => told(state, entry));
    }
  }

  /** Has what is unknown sent once more, on a person's word. */
  async function reopen(): Promise<void> {
    const unknown = (await outbox.entries()).filter((entry) =>
      deliveriesOf(entry).some(([, { state }]) => state === "unknown"),
    );
    const keys = unknown.map(({ letter }) => letter.key);
    await outbox.change((state) => ({ ...state, open: [...new Set([...state.open, ...keys])] }));
    for (const entry of unknown)
      await putChanged(entry, (_, { state }) =>
        state === "unknown" ? { state: "pending", at: at(), shown_in: null } : undefined,
      );
  }

  /** Sends what is open: to the terminal and the file first, then to all others at once, each channel's messages in their order. */
  async function send(keys: readonly string[]): Promise<Delivered[]> {
    const delivered: Delivered[] = [];
    const entries = new Map((await loaded(keys)).map((entry) => [entry.letter.key, entry]));
    let written: Promise<unknown> = Promise.resolve();
    const change = (key: string, { name }: Channel, delivery: Partial<Delivery>): Promise<unknown> => {
      const entry = entries.get(key);
      if (entry === undefined) return written;
      const after = withDeliveries(entry, (of) => (of === name ? { ...delivery, at: at() } : undefined));
      entries.set(key, after);
      // One after the other: channels that end at once would write over each other's words.
      written = written.then(() => outbox.put(after));
      return written;
    };
    const sendAll = async (channel: Channel) => {
      for (const [key, { letter, channels: states }] of entries) {
        const before = states[channel.name];
        if (before?.state !== "pending") continue;
        if (!channel.isRepeatable) await change(key, channel, { state: "sending" });
        const shown = team.outgoing(channel.name, letter);
        const { last, attempts } = await deliver(shown, channel, secondsOf(settings.deadline));
        const count = { attempts: before.attempts + attempts };
        if (last.kind === "sent") {
          const { detail, receipt = null } = last;
          await change(key, channel, {
            ...count,
            state: "sent",
            detail: redact(detail),
            receipt: receipt && { ...receipt },
          });
          delivered.push({ key, channel: channel.name, about: aboutOf(letter), detail });
          continue;
        }
        const state = last.kind === "unknown" && !channel.isRepeatable ? "unknown" : "pending";
        await change(key, channel, { ...count, state, detail: redact(last.reason) });
        // What it could not be told now it could not be told the next moment either.
        if (last.kind === "unsent" && last.retry === undefined) continue;
        if (state === "pending") return;
      }
    };
    for (const channel of channels.filter(isHere)) await sendAll(channel);
    await Promise.all(channels.filter((channel) => !isHere(channel)).map(sendAll));
    await written;
    const over = [...entries.values()].filter((entry) => isOver(entry, names)).map(({ letter }) => letter.key);
    const gone = keys.filter((key) => !entries.has(key));
    await outbox.change((state) => ({
      ...state,
      open: state.open.filter((key) => !over.includes(key) && !gone.includes(key)),
    }));
    return delivered;
  }
}

/** A message about a run that failed is its own. */
export function failedKey(night: string, run: string): string {
  return `${night}.failed.${run}`;
}

/** What a message changes of what the next one has to know. Done twice it is the same. */
function told(state: OutboxState, entry: Entry): OutboxState {
  const { message, key } = entry.letter;
  if (message.kind === "failed") {
    const { failure, is_told } = entry;
    return {
      ...state,
      failing: failure === null ? state.failing : failedAgain(state.failing, message.night, failure, is_told),
      untold: state.untold.filter(({ run }) => run !== message.run),
    };
  }
  if (message.kind !== "registered" && message.kind !== "not_registered") return state;
  const waits = deliveriesOf(entry).some(([, delivery]) => delivery.state === "kept");
  return { ...state, failing: null, untold: [], kept: waits ? [...new Set([...state.kept, key])] : state.kept };
}

/** Told anew by a person or a resumed run, the terminal and the file have it once more; nobody else has it twice. */
function shownAgain(entry: Entry): Entry {
  return withDeliveries(entry, (name) => (isHere({ name }) ? { state: "pending" } : undefined));
}

function isHere({ name }: Pick<Channel, "name">): boolean {
  return name === "terminal" || name === "file";
}

/** Whether nothing is left to do or to say of a message. A channel that is configured no more is told nothing. */
function isOver(entry: Entry, names: ReadonlySet<ChannelName>): boolean {
  return deliveriesOf(entry).every(
    ([name, { state, shown_in }]) =>
      !names.has(name) || state === "sent" || state === "kept" || (state === "unknown" && shown_in !== null),
  );
}

function undeliveredOf(entry: Entry, names: ReadonlySet<ChannelName>): Undelivered[] {
  return deliveriesOf(entry).flatMap(([channel, { state, attempts, detail, shown_in }]): Undelivered[] => {
    const { key } = entry.letter;
    const told = { key, channel, about: aboutOf(entry.letter), reason: detail ?? "nothing is known" };
    if (!names.has(channel)) return [];
    if (state === "pending" && attempts > 0) return [{ ...told, state }];
    return state === "unknown" && shown_in === null ? [{ ...told, state }] : [];
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

function untoldSentence({ night, stage, reason }: Untold): string {
  const at = stage === null ? "" : ` at ${stage}`;
  return reason === null
    ? `the night of ${night} was interrupted${at}`
    : `the night of ${night} came to nothing${at}: ${reason}`;
}

/** What a night was tried for in vain is over once it has a message of its own; that it was killed is not. */
function untoldFor({ untold }: OutboxState, of: string): readonly Untold[] {
  return untold.filter(({ night, reason }) => reason === null || night !== of);
}

/** The Monday of a day's week. @param day  YYYY-MM-DD */
export function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}
