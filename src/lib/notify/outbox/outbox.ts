import { jsonText, parseJson } from "../../artifacts/json-text.ts";
import { InputError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import {
  type Delivery,
  deliveriesOf,
  type Entry,
  entryFormat,
  type OutboxState,
  outboxFormat,
  withDeliveries,
} from "./format.ts";

const STATE_KEY = "notifications/outbox.json";
const FOLDER = "notifications/outbox";

export const entryKey = (key: string) => `${FOLDER}/${key}.json`;

export const NOTHING_YET: OutboxState = { telling: null, open: [], run: null, untold: [], failing: null, kept: [] };

/** What the team is told, written down before it is sent, and what became of it. Whoever holds the store changes it. */
export interface Outbox {
  /** Anew each time: another process of the run may have changed it. */
  state(): Promise<OutboxState>;
  change(how: (before: OutboxState) => OutboxState): Promise<OutboxState>;
  /** Undefined where there is none, or a damaged one, of which nothing can be known. */
  entry(key: string): Promise<Entry | undefined>;
  put(entry: Entry): Promise<void>;
  /** Writes a message down anew, if any of its deliveries changes. */
  putChanged(entry: Entry, how: Parameters<typeof withDeliveries>[1]): Promise<void>;
  /** Those of some keys that there are. */
  entriesOf(keys: readonly string[]): Promise<readonly Entry[]>;
  /** All messages, in the order in which they were written down. */
  entries(): Promise<readonly Entry[]>;
}

export function openOutbox(store: Store): Outbox {
  const entry = async (key: string) => {
    const where = entryKey(key);
    const bytes = await store.read(where);
    return bytes && unlessDamaged(() => entryFormat.read(parseJson(bytes, where), where));
  };
  const entries = async () => {
    const names = await store.list(FOLDER);
    const found = await Promise.all(names.map((name) => entry(name.replace(/\.json$/, ""))));
    return found
      .filter((one) => one !== undefined)
      .sort((one, other) => (one.letter.created_at < other.letter.created_at ? -1 : 1));
  };
  const state = async () => {
    const bytes = await store.read(STATE_KEY);
    if (bytes === undefined) return NOTHING_YET;
    return unlessDamaged(() => outboxFormat.read(parseJson(bytes, STATE_KEY), STATE_KEY)) ?? rebuilt(await entries());
  };
  const put = async (one: Entry) =>
    void (await store.write(entryKey(one.letter.key), jsonText(entryFormat.write(one))));
  return {
    state,
    change: async (how) => {
      const before = await state();
      const after = how(before);
      if (JSON.stringify(after) !== JSON.stringify(before))
        await store.write(STATE_KEY, jsonText(outboxFormat.write(after)));
      return after;
    },
    entry,
    put,
    putChanged: async (one, how) => {
      if (deliveriesOf(one).some(([name, delivery]) => how(name, delivery) !== undefined))
        await put(withDeliveries(one, how));
    },
    entriesOf: async (keys) => (await Promise.all(keys.map(entry))).filter((one) => one !== undefined),
    entries,
  };
}

/** From the messages alone: of nights that failed since, the next one that fails begins a new series. */
function rebuilt(entries: readonly Entry[]): OutboxState {
  const keysWhere = (is: (delivery: Delivery) => boolean) =>
    entries.filter((entry) => deliveriesOf(entry).some(([, one]) => is(one))).map(({ letter }) => letter.key);
  return {
    ...NOTHING_YET,
    open: keysWhere(({ state, shown_in }) => state !== "sent" && state !== "kept" && shown_in === null),
    kept: keysWhere(({ state }) => state === "kept"),
  };
}

/** The team is told of tonight's result, whatever lies there of other nights. */
function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
