import type { Artifact, FolderArtifact, Input, JsonArtifact, Output } from "../artifacts/artifact.ts";
import { InputError } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import type { Store } from "../store/store.ts";
import type { Stage } from "./define.ts";
import type { Work } from "./fresh.ts";
import { keyOf } from "./inputs.ts";
import type { Reference, References } from "./record.ts";

/** A stage's inputs, opened by what the records say. */
export function openInputs(
  store: Store,
  artifacts: Readonly<Record<string, Artifact>>,
  references: References,
): Record<string, Input<Artifact>> {
  const inputs: Record<string, Input<Artifact>> = {};
  for (const [name, artifact] of Object.entries(artifacts)) {
    const reference = references[name];
    if (reference !== undefined) inputs[name] = openInput(store, artifact, reference);
  }
  return inputs;
}

/** The artifacts of an earlier night that a stage declared, or undefined while there is none. */
export function openPrevious(
  store: Store,
  artifacts: Stage["previous"],
  work: Work,
): Record<string, Input<JsonArtifact>> | undefined {
  if (work.previous === undefined || artifacts === undefined) return undefined;
  const inputs: Record<string, Input<JsonArtifact>> = {};
  for (const [name, artifact] of Object.entries(artifacts)) {
    const reference = work.inputs[`previous.${name}`];
    if (reference !== undefined) inputs[name] = openJson(store, artifact, reference.key);
  }
  return inputs;
}

export interface OutputEvents {
  /** before the night's first file is replaced */
  beforeFirst(): Promise<void>;
  onWritten(name: string, reference: Reference): void;
}

/** A stage's outputs: each write replaces the artifact whole and tells its size and digest. */
export function openOutputs(
  store: Store,
  artifacts: Readonly<Record<string, Artifact>>,
  night: string,
  events: OutputEvents,
): Record<string, Output<Artifact>> {
  let untouched = true;
  const writing = async (name: string, write: () => Promise<Reference>) => {
    if (untouched) await events.beforeFirst();
    untouched = false;
    events.onWritten(name, await write());
  };

  const outputs: Record<string, Output<Artifact>> = {};
  for (const [name, artifact] of Object.entries(artifacts)) {
    if (artifact.kind === "result") continue;
    const key = keyOf(artifact, night);
    if (artifact.kind === "json") {
      const write = async (value: unknown) => {
        const text = `${JSON.stringify(artifact.schema.parse(value), null, 2)}\n`;
        await writing(name, async () => ({ kind: "file", key, ...(await store.write(key, text)) }));
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
      outputs[name] = { key, write };
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
        const listed: Extract<Reference, { kind: "folder" }>["files"] = [];
        for (const [file, content] of files)
          listed.push({ name: file, ...(await store.write(`${key}/${file}`, content)) });
        return { kind: "folder", key, files: listed };
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

function openInput(store: Store, artifact: Artifact, reference: Reference): Input<Artifact> {
  if (artifact.kind === "json") return openJson(store, artifact, reference.key);
  if (artifact.kind === "parquet") return { key: reference.key, path: store.path(reference.key) };
  if (artifact.kind === "folder") {
    const files = reference.kind === "folder" ? reference.files.map(({ name }) => name) : [];
    return { key: reference.key, files, read: (file) => present(store, `${reference.key}/${file}`) };
  }
  return { read: () => artifact.schema.parse(reference.kind === "result" ? reference.value : undefined) };
}

function openJson(store: Store, artifact: JsonArtifact, key: string): Input<JsonArtifact> {
  return {
    key,
    read: async () => {
      const text = (await present(store, key)).toString("utf8");
      const parsed = artifact.schema.safeParse(parseJson(text, key));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      throw new InputError(`${key} is damaged: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unreadable"}`);
    },
  };
}

function parseJson(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${key} is damaged: it is not whole JSON`, undefined, { cause: error });
  }
}

async function present(store: Store, key: string): Promise<Buffer> {
  const content = await store.read(key);
  if (content === undefined) throw new InputError(`${key} is missing`);
  return content;
}
