import { join } from "node:path";
import * as z from "zod";
import { InputError, ServiceError } from "../../errors.ts";
import { checkAlias, checkModelName, checkVersionTag } from "../limits.ts";
import { MLMODEL } from "../model-files.ts";
import type { ModelStage, ModelVersion, NewModelVersion, Tracking } from "../tracking.ts";
import { changeMeta, type Meta, metaInteger, metaOptionalText, metaText, readMeta, writeMeta } from "./meta-yaml.ts";
import { artifactPath, locateModel } from "./model-location.ts";
import { readValues, writeTags } from "./run-values.ts";
import { findRunFolder, LEFT_BY_MLFLOW, requireRunFolder } from "./runs.ts";
import { createFolder, listFiles, listFolders, readOptional, removeFile, replaceFile } from "./whole-file.ts";

/** Registered models of a folder in MLflow's layout: `<root>/models/<name>/version-<n>/`. */

const DELETED = "Deleted_Internal";

const versionMeta = z.object({
  name: metaText,
  version: metaInteger,
  creation_timestamp: metaInteger,
  // MLflow always writes one: where it is missing, Production itself may be.
  current_stage: z.enum(["None", "Staging", "Production", "Archived", DELETED], { error: "missing, or no stage" }),
  source: metaOptionalText,
  storage_location: metaOptionalText,
  run_id: metaOptionalText,
});
type VersionMeta = Meta<z.infer<typeof versionMeta>>;

type RegistryMethods =
  | "modelVersions"
  | "createModelVersion"
  | "setModelVersionTags"
  | "transitionStage"
  | "setAlias"
  | "deleteAlias"
  | "downloadModel";

export function openRegistry(root: string): Pick<Tracking, RegistryMethods> {
  const modelFolder = (name: string) => join(root, "models", name);

  async function modelVersions(name: string): Promise<readonly ModelVersion[]> {
    checkModelName(name);
    return await readVersions(name, await versionNumbers(modelFolder(name)));
  }

  async function readVersions(name: string, numbers: readonly number[]): Promise<readonly ModelVersion[]> {
    const aliases = Object.entries(await readValues(join(modelFolder(name), "aliases")));
    const versions: ModelVersion[] = [];
    for (const number of numbers) {
      const folder = versionFolder(modelFolder(name), number);
      const meta = await requireMeta(folder);
      const { current_stage: stage, source, run_id, creation_timestamp } = meta.fields;
      if (stage === DELETED) continue;
      versions.push({
        name,
        version: number,
        stage,
        runId: run_id,
        source: source ?? "",
        creationTime: creation_timestamp,
        tags: await readValues(join(folder, "tags")),
        aliases: aliases.filter(([, version]) => version === String(number)).map(([alias]) => alias),
      });
    }
    return versions;
  }

  async function requireVersion(name: string, version: number): Promise<ModelVersion> {
    checkModelName(name);
    const numbers = await versionNumbers(modelFolder(name));
    const [found] = await readVersions(
      name,
      numbers.filter((number) => number === version),
    );
    if (found !== undefined) return found;
    throw new InputError(`${name} has no version ${version} in ${root}`, "churn models shows those that exist");
  }

  return {
    modelVersions,

    async createModelVersion(version) {
      checkModelName(version.name);
      for (const [key, value] of Object.entries(version.tags)) checkVersionTag(key, value);
      const runFolder = await requireRunFolder(root, version.runId);
      const path = artifactPath(version.source);
      const model = locateModel(root, runFolder, version.source);
      if (model === undefined || (await readOptional(join(model, MLMODEL))) === undefined) {
        throw new InputError(`${version.source} holds no model in ${root}`, "churn train --force logs it again");
      }
      const ofRun = await numbersOfRun(modelFolder(version.name), version.runId);
      const same = (await readVersions(version.name, ofRun)).find(
        ({ runId, source }) => runId === version.runId && artifactPath(source) === path,
      );
      if (same !== undefined) return same;

      const folder = modelFolder(version.name);
      await createFolder(folder, newModelFiles(version.name), runFolder);
      const numbers = await versionNumbers(folder);
      const number = (numbers[0] ?? 0) + 1;
      if (!(await createFolder(versionFolder(folder, number), newVersionFiles(version, number), runFolder))) {
        throw new ServiceError(
          `another program made version ${number} of ${version.name} in ${root} just now`,
          "run it again",
        );
      }
      await touchModel(folder);
      return await requireVersion(version.name, number);
    },

    async setModelVersionTags(name, version, tags) {
      for (const [key, value] of Object.entries(tags)) checkVersionTag(key, value);
      await requireVersion(name, version);
      await writeTags(versionFolder(modelFolder(name), version), tags);
    },

    async transitionStage(name, version, stage) {
      const before = await requireVersion(name, version);
      if (before.stage !== stage) {
        await writeStage(versionFolder(modelFolder(name), version), stage);
        await touchModel(modelFolder(name));
      }
      return { ...before, stage };
    },

    async setAlias(name, alias, version) {
      checkAlias(alias);
      const { aliases } = await requireVersion(name, version);
      if (aliases.includes(alias)) return;
      await replaceFile(join(modelFolder(name), "aliases", alias), String(version), modelFolder(name));
    },

    async deleteAlias(name, alias) {
      checkModelName(name);
      checkAlias(alias);
      await removeFile(join(modelFolder(name), "aliases", alias));
    },

    async downloadModel({ name, version, runId }) {
      checkModelName(name);
      const { fields } = await requireMeta(versionFolder(modelFolder(name), version));
      const runFolder = runId === null ? undefined : await findRunFolder(root, runId);
      for (const address of [fields.source, fields.storage_location]) {
        const folder = address === null ? undefined : locateModel(root, runFolder, address);
        const files = folder === undefined ? new Map() : await readFolder(folder);
        if (files.has(MLMODEL)) return files;
      }
      throw new ServiceError(
        `the files of ${name} version ${version} are not in ${root}: no model at ${fields.source ?? "an unknown place"}`,
        "restore them from a backup, or promote another version: churn models",
      );
    },
  };
}

/** Numbers of all versions, deleted ones too, newest first. */
async function versionNumbers(modelFolder: string): Promise<readonly number[]> {
  const names = await listFolders(modelFolder);
  return names
    .map((name) => Number(/^version-(\d+)$/.exec(name)?.[1] ?? Number.NaN))
    .filter(Number.isSafeInteger)
    .sort((a, b) => b - a);
}

/** Numbers of the versions whose meta.yaml names a run. The text is searched: parsing all of them takes ten times as long. */
async function numbersOfRun(modelFolder: string, runId: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const number of await versionNumbers(modelFolder)) {
    const meta = await readOptional(join(versionFolder(modelFolder, number), "meta.yaml"));
    if (meta?.includes(runId)) found.push(number);
  }
  return found;
}

function versionFolder(modelFolder: string, version: number): string {
  return join(modelFolder, `version-${version}`);
}

async function requireMeta(folder: string): Promise<VersionMeta> {
  const path = join(folder, "meta.yaml");
  const meta = await readMeta(path, versionMeta);
  if (meta !== undefined) return meta;
  throw new ServiceError(`${path} is missing`, "restore this file from a backup, or move its folder away");
}

function newModelFiles(name: string): [string, string][] {
  const now = Date.now();
  return [["meta.yaml", writeMeta({ name, creation_timestamp: now, last_updated_timestamp: now })]];
}

function newVersionFiles(version: NewModelVersion, number: number): [string, string][] {
  const now = Date.now();
  const meta = writeMeta({
    name: version.name,
    version: number,
    creation_timestamp: now,
    last_updated_timestamp: now,
    current_stage: "None",
    description: version.description,
    source: version.source,
    storage_location: version.source,
    run_id: version.runId,
    status: "READY",
  });
  const tags = Object.entries(version.tags).map(([key, value]): [string, string] => [`tags/${key}`, value]);
  return [...tags, ["meta.yaml", meta]];
}

async function writeStage(folder: string, stage: ModelStage): Promise<void> {
  const { text } = await requireMeta(folder);
  const changed = changeMeta(text, { current_stage: stage, last_updated_timestamp: Date.now() });
  await replaceFile(join(folder, "meta.yaml"), changed, folder);
}

/** MLflow's page sorts models by the time of their last change. */
async function touchModel(folder: string): Promise<void> {
  const path = join(folder, "meta.yaml");
  const meta = await readMeta(path, z.object({ name: metaText }));
  if (meta === undefined) return;
  await replaceFile(path, changeMeta(meta.text, { last_updated_timestamp: Date.now() }), folder);
}

async function readFolder(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const file of await listFiles(folder)) {
    if (file === LEFT_BY_MLFLOW) continue;
    const content = await readOptional(join(folder, file));
    if (content !== undefined) files.set(file, content);
  }
  return files;
}
