import * as z from "zod";
import type { Artifact, FolderArtifact, Input, JsonArtifact, Output, ResultArtifact } from "../artifacts/artifact.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { InputError, RESTORE_HINT } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import type { Store } from "../store/store.ts";
import { redactSentences } from "../workspace/redact.ts";
import type { Archive } from "./archive.ts";
import type { Stage } from "./define.ts";
import type { Work } from "./fresh.ts";
import { findArtifact, keyOf, verifiedPath, verify } from "./inputs.ts";
import { previousNight } from "./nights.ts";
import type { Reference, References } from "./record.ts";

/**
 * A stage's inputs, as the records of the stages before it have them.
 *
 * @throws {InputError} when a file was removed or changed since
 */
export async function openInputs(
  archive: Archive,
  artifacts: Readonly<Record<string, Artifact>>,
  references: References,
  night: string,
): Promise<Record<string, Input<Artifact>>> {
  const inputs: Record<string, Input<Artifact>> = {};
  for (const [name, artifact] of Object.entries(artifacts)) {
    const reference = references[name];
    if (reference !== undefined) inputs[name] = await openInput(archive, artifact, reference, night);
  }
  return inputs;
}

/**
 * The artifacts of an earlier night that a stage declared, or undefined while there is none.
 *
 * @throws {InputError} when a file was removed or changed since
 */
export async function openPrevious(
  archive: Archive,
  artifacts: Stage["previous"],
  { previous, inputs: references }: Work,
): Promise<Record<string, Input<JsonArtifact | ResultArtifact>> | undefined> {
  if (previous === undefined || artifacts === undefined) return undefined;
  const inputs: Record<string, Input<JsonArtifact | ResultArtifact>> = {};
  for (const [name, artifact] of Object.entries(artifacts)) {
    const reference = references[`previous.${name}`];
    if (reference === undefined) continue;
    await verify(archive, artifact, reference, previous);
    inputs[name] =
      artifact.kind === "result" ? openResult(artifact, reference) : openJson(archive.store, artifact, reference.key);
  }
  return inputs;
}

/**
 * An artifact of the newest decided night before a date, for what is no stage; undefined while there is none.
 *
 * @param date  YYYY-MM-DD
 * @throws {InputError} when the file was removed or changed since
 */
export async function readPrevious<Schema extends z.ZodObject>(
  archive: Archive,
  artifact: JsonArtifact<Schema>,
  date: string,
): Promise<z.output<Schema> | undefined> {
  const night = await previousNight(archive, date);
  if (night === undefined) return undefined;
  const reference = await findArtifact(archive, artifact, night.name);
  await verify(archive, artifact, reference, night.name);
  return await readJson(archive.store, artifact, reference.key);
}

/** Likewise a part of a stage's result. @throws {InputError} when the record is damaged */
export async function readPreviousResult<Schema extends z.ZodType>(
  archive: Archive,
  artifact: ResultArtifact<Schema>,
  date: string,
): Promise<z.output<Schema> | undefined> {
  const night = await previousNight(archive, date);
  if (night === undefined) return undefined;
  const reference = await findArtifact(archive, artifact, night.name);
  return artifact.schema.parse(reference.kind === "result" ? reference.value : undefined);
}

export interface OutputEvents {
  /** before the night's first file is replaced */
  beforeFirst(): Promise<void>;
  onWritten(name: string, reference: Reference): void;
}

/** A stage's outputs: each write replaces the artifact whole and tells its size and digest. JSON has no secrets in its sentences. */
export function openOutputs(
  { store, redact }: Pick<Archive, "store" | "redact">,
  artifacts: Readonly<Record<string, Artifact>>,
  night: string,
  events: OutputEvents,
): Record<string, Output<Artifact>> {
  let untouched = true;
  const startWriting = async () => {
    if (untouched) await events.beforeFirst();
    untouched = false;
  };
  const writing = async (name: string, write: () => Promise<Reference>) => {
    await startWriting();
    events.onWritten(name, await write());
  };

  const outputs: Record<string, Output<Artifact>> = {};
  for (const [name, artifact] of Object.entries(artifacts)) {
    if (artifact.kind === "result") continue;
    const key = keyOf(artifact, night);
    if (artifact.kind === "json") {
      const write = async (fields: Readonly<Record<string, unknown>>) => {
        const shown = z.looseObject({}).parse(redactSentences(fields, redact));
        const text = jsonText(artifact.format.write(shown));
        await writing(name, async () => ({ kind: "file", key, ...(await store.write(key, text)) }));
        return text;
      };
      outputs[name] = { key, write };
    } else if (artifact.kind === "parquet") {
      const write = async (produce: (path: string) => Promise<void>) => {
        let sha256 = "";
        await writing(name, async () => {
          const fingerprint = await store.replace(key, produce);
          sha256 = fingerprint.sha256;
          return { kind: "file", key, ...fingerprint };
        });
        return { sha256 };
      };
      const adopt = async (digest: string) => {
        const fingerprint = await store.fingerprint(key);
        if (fingerprint?.sha256 !== digest) return false;
        await writing(name, async () => ({ kind: "file", key, ...fingerprint }));
        return true;
      };
      const remove = async () => {
        await startWriting();
        await store.remove(key);
      };
      outputs[name] = { key, folder: store.folderOf(key), write, adopt, remove };
    } else {
      outputs[name] = folderOutput(store, key, (write) => writing(name, write));
    }
  }
  return outputs;
}

function folderOutput(
  store: Store,
  key: string,
  writing: (write: () => Promise<Reference>) => Promise<void>,
): Output<FolderArtifact> {
  return {
    key,
    write: (files) =>
      writing(async () => {
        // All at once: in a bucket each takes a while.
        const written = [...files].map(async ([name, content]) => {
          const fingerprint = await store.write(`${key}/${name}`, content);
          return { name, ...fingerprint };
        });
        return { kind: "folder", key, files: await Promise.all(written) };
      }),
    adopt: async (digests) => {
      const files = new Map<string, Uint8Array>();
      const listed: Extract<Reference, { kind: "folder" }>["files"] = [];
      for (const [name, digest] of Object.entries(digests)) {
        const content = await store.read(`${key}/${name}`);
        if (content === undefined || sha256(content) !== digest) return undefined;
        files.set(name, content);
        listed.push({ name, size_bytes: content.length, sha256: digest });
      }
      await writing(async () => ({ kind: "folder", key, files: listed }));
      return files;
    },
  };
}

async function openInput(
  archive: Archive,
  artifact: Artifact,
  reference: Reference,
  night: string,
): Promise<Input<Artifact>> {
  const { store } = archive;
  if (artifact.kind === "parquet") {
    const sha256 = reference.kind === "file" ? reference.sha256 : "";
    return { key: reference.key, path: await verifiedPath(archive, artifact, reference, night), sha256 };
  }
  await verify(archive, artifact, reference, night);
  if (artifact.kind === "json") return openJson(store, artifact, reference.key);
  if (artifact.kind === "folder") {
    const files = reference.kind === "folder" ? reference.files.map(({ name }) => name) : [];
    return { key: reference.key, files, read: (file) => present(store, `${reference.key}/${file}`) };
  }
  return openResult(artifact, reference);
}

function openResult({ schema }: ResultArtifact, reference: Reference): Input<ResultArtifact> {
  return { read: () => schema.parse(reference.kind === "result" ? reference.value : undefined) };
}

function openJson(store: Store, artifact: JsonArtifact, key: string): Input<JsonArtifact> {
  return { key, read: () => readJson(store, artifact, key), content: () => present(store, key) };
}

async function readJson<Schema extends z.ZodObject>(
  store: Store,
  { format }: JsonArtifact<Schema>,
  key: string,
): Promise<z.output<Schema>> {
  return format.read(parseJson(await present(store, key), key), key);
}

async function present(store: Store, key: string): Promise<Buffer> {
  const content = await store.read(key);
  if (content === undefined) throw new InputError(`${key} is missing`, RESTORE_HINT);
  return content;
}
