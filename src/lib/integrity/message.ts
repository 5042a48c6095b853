import { notification } from "../artifacts/artifacts.ts";
import { parseJson } from "../artifacts/json-text.ts";
import { InputError } from "../errors.ts";
import { messageKey } from "../notify/file.ts";
import { entryFormat } from "../notify/outbox/format.ts";
import { entryKey } from "../notify/outbox/outbox.ts";
import { keyOf } from "../stage/inputs.ts";
import type { StageRecord } from "../stage/record.ts";
import type { Store } from "../store/store.ts";
import type { Night } from "../workspace/night.ts";
import type { Damage } from "./damage.ts";

/** Holds the message's file to the text in the report of what was sent. churn 1.0 kept no such text. */
export async function differentMessage(
  store: Store,
  night: Night,
  records: readonly StageRecord[],
): Promise<{ files: number; damage: Damage[] }> {
  const unreadable = await damagedEntry(store, night);
  if (unreadable !== undefined) return { files: 1, damage: [unreadable] };
  const report = keyOf(notification, night.name);
  const writer = records.find(({ outputs }) => Object.values(outputs).some(({ key }) => key === report));
  const bytes = writer && (await store.read(report));
  if (writer === undefined || bytes === undefined) return { files: 0, damage: [] };
  const { message, text, channels } = notification.format.read(parseJson(bytes, report), report);
  const key = messageKey(night.name);
  if (message === null || !channels.some(({ detail }) => detail === key)) return { files: 0, damage: [] };
  const found = (await store.read(key))?.toString("utf8");
  if (found === `${text}\n`) return { files: 1, damage: [] };
  const what = found === undefined ? "was removed" : "was changed";
  const remedy = `${report} has its text; churn ${writer.stage} --date ${night.name} --force sends it again`;
  return { files: 1, damage: [{ file: key, message: `${key} ${what} since ${writer.stage} wrote it`, remedy }] };
}

/** What was sent of the night's message is known by its file in the outbox alone. */
async function damagedEntry(store: Store, night: Night): Promise<Damage | undefined> {
  const key = entryKey(night.name);
  const bytes = await store.read(key);
  try {
    if (bytes !== undefined) entryFormat.read(parseJson(bytes, key), key);
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const remedy = `restore it from a backup: without it nobody knows what was sent; ${store.removeCommand(key)} forgets it`;
    return { file: key, message: error.message, remedy };
  }
}
