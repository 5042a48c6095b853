import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { InputError, UsageError } from "../errors.ts";
import { knownError } from "../files/machine-error.ts";
import { redactSentences, redactWithin } from "../workspace/redact.ts";
import type { Archive, Records } from "./archive.ts";

const json = z.json();
const fingerprint = { size_bytes: z.int().nonnegative(), sha256: z.string().length(64) };
const file = z.strictObject({ kind: z.literal("file"), key: z.string(), ...fingerprint });
const folder = z.strictObject({
  kind: z.literal("folder"),
  key: z.string(),
  files: z.array(z.strictObject({ name: z.string(), ...fingerprint })),
});
const result = z.strictObject({
  kind: z.literal("result"),
  key: z.string().describe("the record that holds it"),
  value: json,
  sha256: z.string().length(64),
});

/** A file, a folder or a part of a result as it was when a stage read or wrote it. */
export const reference = z.discriminatedUnion("kind", [file, folder, result]).meta({ id: "reference" });
export type Reference = z.infer<typeof reference>;
export type References = Readonly<Record<string, Reference>>;

const failure = z.strictObject({
  name: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  exit_code: z.int(),
});

/**
 * What one attempt at a stage did, in `records/NIGHT/attempts/RUN/STAGE.json`; the last success is `records/NIGHT/STAGE.json`.
 * People read records from Python and DuckDB too: snake_case, and nothing that isn't JSON.
 */
const first = z.strictObject({
  workspace: z.string(),
  stage: z.string(),
  night: z.string(),
  run: z.string(),
  status: z.enum(["running", "succeeded", "failed", "interrupted"]),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  versions: z.record(z.string(), z.string()),
  node: z.string(),
  command: z.array(z.string()),
  reason: z.string().describe("why the stage ran"),
  config: z.record(z.string(), json).describe("the parts of churn.yaml that the stage reads, resolved"),
  flags: z.record(z.string(), json),
  digest: z.string().describe("SHA-256 over inputs, configuration, flags and versions"),
  inputs: z.record(z.string(), reference),
  outputs: z.record(z.string(), reference),
  checkpoint: json.describe("what a next attempt need not do again"),
  result: z.record(z.string(), json).nullable(),
  error: failure.nullable(),
  peak_memory_bytes: z.int().nullable(),
  taken_over_from: z.string().nullable().describe("the night whose files these are"),
});

const record = first.extend({
  peak_memory_bytes: z
    .int()
    .nullable()
    .describe("of the stage's process and all that it started; of one that was killed as its supervisor saw it last"),
  cpu_seconds: z.number().nonnegative().nullable().describe("likewise; null: nobody counted"),
  tries: z.int().positive().describe("which try of its run this is: a service that can't be reached is tried again"),
});
export type StageRecord = z.infer<typeof record>;

export const recordFormat = defineFormat({
  version: 2,
  schema: record,
  upgrades: { 1: upgrade(first, record, (old) => ({ ...old, cpu_seconds: null, tries: 1 })) },
});

export const recordKey = (night: string, stage: string) => `records/${night}/${stage}.json`;
export const attemptKey = (night: string, run: string, stage: string) =>
  `records/${night}/attempts/${run}/${stage}.json`;

/**
 * The record of a stage's last success for a night, or undefined when it hasn't succeeded.
 *
 * @throws {InputError} when the record is damaged
 * @throws {UsageError} when it is another workspace's
 * @throws {NewerVersionError} when it is a newer churn's
 */
export async function readSuccess(records: Records, night: string, stage: string): Promise<StageRecord | undefined> {
  const key = recordKey(night, stage);
  return readRecord(records, key, async () => {
    return (await restoring(records, night, stage)) ?? `churn ${stage} --date ${night} --force`;
  });
}

/** What a success record says of a stage's files, and when they were written. */
export type Outline = Pick<StageRecord, "stage" | "started_at" | "ended_at" | "outputs">;

const outlined = z.looseObject({
  ...record.pick({ workspace: true, stage: true, started_at: true, ended_at: true, outputs: true }).shape,
  schema_version: z.literal(recordFormat.version),
});

/**
 * The same, of which no more is looked at than who lists the files of thousands of nights needs: to judge all of a record takes several
 * times as long. What is damaged elsewhere in it is for `readSuccess` to tell.
 *
 * @throws as `readSuccess`
 */
export async function readOutline(records: Records, night: string, stage: string): Promise<Outline | undefined> {
  const key = recordKey(night, stage);
  const bytes = await records.store.read(key);
  if (bytes === undefined) return undefined;
  const { data } = outlined.safeParse(unlessDamaged(bytes, key));
  return data?.workspace === records.workspaceId ? data : await readSuccess(records, night, stage);
}

function unlessDamaged(bytes: Uint8Array, key: string): unknown {
  try {
    return parseJson(bytes, key);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/**
 * How a success record that is damaged or gone is restored, for a hint: the newest attempt that succeeded wrote the very text
 * of it. Undefined when there is none.
 */
export async function restoring(records: Records, night: string, stage: string): Promise<string | undefined> {
  for (const run of await runsOf(records, night)) {
    try {
      const attempt = await readAttempt(records, night, run, stage);
      if (attempt?.status === "succeeded") {
        return `${records.store.copyCommand(attemptKey(night, run, stage), recordKey(night, stage))} restores it: the attempt's record is the same`;
      }
    } catch (error) {
      if (!(error instanceof InputError || error instanceof UsageError)) throw error;
    }
  }
  return undefined;
}

/** The runs that have tried something for a night, newest first. Their ids begin with their start, so names order them. */
export async function runsOf({ store }: Pick<Records, "store">, night: string): Promise<readonly string[]> {
  return [...(await store.list(`records/${night}/attempts`))].reverse();
}

/** A run's attempt at a stage, or undefined where it made none. @throws as `readSuccess` */
export async function readAttempt(
  records: Records,
  night: string,
  run: string,
  stage: string,
): Promise<StageRecord | undefined> {
  const key = attemptKey(night, run, stage);
  return readRecord(
    records,
    key,
    async () => `${records.store.removeCommand(key)}  (the history of one attempt: nothing is built on it)`,
  );
}

/** A stage's attempts for a night, newest first. */
export async function* readAttempts(records: Records, night: string, stage: string): AsyncGenerator<StageRecord> {
  for (const run of await runsOf(records, night)) {
    const attempt = await readAttempt(records, night, run, stage);
    if (attempt !== undefined) yield attempt;
  }
}

/** The newest attempt, or undefined when there was none. */
export async function lastAttempt(records: Records, night: string, stage: string): Promise<StageRecord | undefined> {
  for await (const attempt of readAttempts(records, night, stage)) return attempt;
  return undefined;
}

/** Writes a record without secrets. What stages go by (ids, keys, digests) holds none and stays as it is. */
export async function writeRecord(
  { store, redact }: Pick<Archive, "store" | "redact">,
  key: string,
  value: StageRecord,
): Promise<void> {
  const shown = {
    ...value,
    command: redactWithin(value.command, redact),
    reason: redactWithin(value.reason, redact),
    config: redactWithin(value.config, redact),
    flags: redactWithin(value.flags, redact),
    error: redactWithin(value.error, redact),
    checkpoint: redactSentences(value.checkpoint, redact),
    result: redactSentences(value.result, redact),
  };
  await store.write(key, jsonText(recordFormat.write(record.parse(shown))));
}

export function failureOf(error: unknown): z.infer<typeof failure> {
  const known = knownError(error);
  if (known === undefined) {
    const name = error instanceof Error ? error.name : "unknown";
    return { name, message: String(error), hint: null, exit_code: 1 };
  }
  const { name, message, hint = null, exitCode } = known;
  return { name, message, hint, exit_code: exitCode };
}

async function readRecord(
  records: Records,
  key: string,
  remedy: () => Promise<string>,
): Promise<StageRecord | undefined> {
  const bytes = await records.store.read(key);
  if (bytes === undefined) return undefined;
  const parsed = parse(bytes, key);
  if (parsed instanceof InputError) throw new InputError(parsed.message, await remedy(), { cause: parsed });
  if (parsed.workspace !== records.workspaceId) {
    throw new UsageError(
      `${key} belongs to workspace ${parsed.workspace}, but this store's workspace.json says ${records.workspaceId}`,
      "were folders of two workspaces mixed? give each its own store",
    );
  }
  return parsed;
}

/** What a record of every version says: the churn that wrote it. */
const anyRecord = z.looseObject({ versions: z.looseObject({ churn: z.string() }) });

/** The record, or what is wrong with it. */
function parse(bytes: Uint8Array, key: string): StageRecord | InputError {
  try {
    const value = parseJson(bytes, key);
    return recordFormat.read(value, key, anyRecord.safeParse(value).data?.versions.churn);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
