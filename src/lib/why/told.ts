import { type Entry, receiptsOf } from "../notify/outbox/format.ts";
import { openOutbox } from "../notify/outbox/outbox.ts";
import { failedKey } from "../notify/team.ts";
import type { Store } from "../store/store.ts";
import type { Why } from "./format.ts";
import type { NightRecords } from "./records.ts";

type Told = Why["told"][number];

/** What the team was told of a night, and what became of that: as the outbox has it, or, of a churn that kept none, notify's record. */
export async function toldOf(store: Store, night: string, records: NightRecords): Promise<Told[]> {
  const entry = await openOutbox(store).entry(night);
  if (entry !== undefined) return receiptsIn(entry, null);
  const registered = records.results.register?.registered;
  const about = registered === true ? "registered" : "not_registered";
  return (records.results.notify?.channels ?? []).map((channel) => ({ about, run: null, ...channel }));
}

/** The message about a run that failed, where there is one. */
export async function failedMessage(store: Store, night: string, run: string) {
  const entry = await openOutbox(store).entry(failedKey(night, run));
  const message = entry?.letter.message;
  if (entry === undefined || message?.kind !== "failed") return undefined;
  return { details: message.details, told: receiptsIn(entry, run) };
}

function receiptsIn(entry: Entry, run: string | null): Told[] {
  return receiptsOf(entry).map((receipt) => ({ about: entry.letter.message.kind, run, ...receipt }));
}
