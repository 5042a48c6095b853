import { existsSync } from "node:fs";
import { join } from "node:path";
import type { LedgerPlace } from "../ledger/read.ts";
import { filesOf } from "../stage/inputs.ts";
import type { Reference } from "../stage/record.ts";
import { removalsIn } from "../stage/removed.ts";
import { changeOf } from "../store/change.ts";
import type { StoredFile } from "../store/store.ts";
import { MODEL_JSON } from "../tracking/model-files.ts";
import type { Why } from "./format.ts";
import type { NightRecords } from "./records.ts";

type File = Why["files"][number];

/** Where a night's decision, its model and its run's log lie, with the digests that the records have. */
export async function filesOfNight(
  place: LedgerPlace,
  records: NightRecords,
  log: { readonly date: string; readonly run: string } | undefined,
): Promise<File[]> {
  const named = [
    ["decision", records.record("compare")?.outputs.comparison, undefined],
    ["model", records.record("train")?.outputs.model, MODEL_JSON],
  ] as const;
  const files: File[] = [];
  for (const [what, reference, name] of named) {
    const file = reference && fileIn(reference, name);
    if (file !== undefined) files.push({ what, key: file.key, sha256: file.sha256, state: await stateOf(place, file) });
  }
  if (log !== undefined) {
    const key = `logs/${log.date}/${log.run}.jsonl`;
    const isThere = existsSync(join(place.root, key));
    files.push({ what: "log", key, sha256: null, state: isThere ? "present" : "missing" });
  }
  return files;
}

function fileIn(reference: Reference, name: string | undefined): StoredFile | undefined {
  return filesOf(reference).find(({ key }) => name === undefined || key.endsWith(`/${name}`));
}

async function stateOf(place: LedgerPlace, file: StoredFile): Promise<File["state"]> {
  const change = await changeOf(place.store, file);
  if (change === undefined) return "present";
  if (change === "was changed") return "changed";
  return (await removalsIn(place)(file)) === undefined ? "missing" : "removed";
}
