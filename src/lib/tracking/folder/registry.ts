import { join } from "node:path";
import * as z from "zod";
import { InputError, ServiceError } from "../../errors.ts";
import { withLine } from "../description.ts";
import { checkAlias, checkModelName, checkVersionTag } from "../limits.ts";
import { LEFT_BY_MLFLOW } from "../model-files.ts";
import type { ModelVersion, NewModelVersion, Tracking } from "../tracking.ts";
import { findModel, holdsModel, liveAddresses } from "./live-addresses.ts";
import { changeMeta, metaText, readMeta, writeMeta } from "./meta-yaml.ts";
import { addressOf, artifactPath, locateModel, pathOf } from "./model-location.ts";
import { readModelFiles } from "./model-reader.ts";
import { writeTags } from "./run-values.ts";
import { requireRunFolder } from "./runs.ts";
import {
  readVersion,
  readVersionMeta,
  readVersions,
  versionFolder,
  versionNumbers,
  versionsOfRun,
} from "./versions.ts";
import { createFolder, listFiles, removeFile, replaceFile } from "./whole-file.ts";

/** Registered models of a folder in MLflow's layout: `<root>/models/<name>/version-<n>/`. */

type RegistryMethods =
  | "modelVersions"
  | "highestVersion"
  | "createModelVersion"
  | "setModelVersionTags"
  | "addToDescription"
  | "transitionStage"
  | "renewAddress"
  | "setAlias"
  | "deleteAlias"
  | "downloadModel";

export function openRegistry(root: string): Pick<Tracking, RegistryMethods> {
  const modelFolder = (name: string) => join(root, "models", name);

  async function requireVersion(name: string, version: number): Promise<ModelVersion> {
    checkModelName(name);
    const found = await readVersion(modelFolder(name), version);
    if (found !== undefined) return found;
    throw new InputError(`${name} has no version ${version} in ${root}`, "churn models shows those that exist");
  }

  return {
    async modelVersions(name, onDamaged = () => {}) {
      checkModelName(name);
      return await readVersions(modelFolder(name), onDamaged);
    },

    async highestVersion(name) {
      checkModelName(name);
      const [highest = 0] = await versionNumbers(modelFolder(name));
      return highest;
    },

    async createModelVersion(version) {
      checkModelName(version.name);
      for (const [key, value] of Object.entries(version.tags)) checkVersionTag(key, value);
      const runFolder = await requireRunFolder(root, version.runId);
      const path = artifactPath(version.source);
      const model = locateModel(root, runFolder, version.source);
      if (model === undefined || !(await holdsModel(model))) {
        throw new InputError(`${version.source} holds no model in ${root}`, "churn train --force logs it again");
      }
      // The run's own address may be from before the tree was moved.
      const source = addressOf(model);
      const folder = modelFolder(version.name);
      const same = (await versionsOfRun(folder, version.runId)).find((one) => artifactPath(one.source) === path);
      if (same !== undefined && (same.source === source || pathOf(same.source) === undefined)) return same;
      if (same !== undefined) {
        await changeVersion(folder, same.version, { source, storage_location: source });
        return { ...same, source };
      }

      await createFolder(folder, newModelFiles(version.name), runFolder);
      const numbers = await versionNumbers(folder);
      const number = (numbers[0] ?? 0) + 1;
      if (
        !(await createFolder(versionFolder(folder, number), newVersionFiles({ ...version, source }, number), runFolder))
      ) {
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

    async addToDescription(name, version, line) {
      await requireVersion(name, version);
      const { description } = readVersionMeta(modelFolder(name), version).fields;
      const text = withLine(description ?? "", line);
      if (text !== undefined) await changeVersion(modelFolder(name), version, { description: text });
    },

    async transitionStage(name, version, stage) {
      const before = await requireVersion(name, version);
      if (before.stage === stage) return;
      const live = await liveAddresses(root, readVersionMeta(modelFolder(name), version).fields);
      await changeVersion(modelFolder(name), version, { current_stage: stage, ...live });
      await touchModel(modelFolder(name));
    },

    async renewAddress(name, version) {
      await requireVersion(name, version);
      const live = await liveAddresses(root, readVersionMeta(modelFolder(name), version).fields);
      if (Object.keys(live).length > 0) await changeVersion(modelFolder(name), version, live);
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
      const { fields } = readVersionMeta(modelFolder(name), version);
      for (const address of [fields.source, fields.storage_location]) {
        const folder = address === null ? undefined : await findModel(root, runId, address);
        if (folder !== undefined) return await readFolder(folder);
      }
      throw new ServiceError(
        `the files of ${name} version ${version} are not in ${root}: no model at ${fields.source ?? "an unknown place"}`,
        "restore them from a backup, or promote another version: churn models",
      );
    },
  };
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

async function changeVersion(
  modelFolder: string,
  version: number,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const { text } = readVersionMeta(modelFolder, version);
  const folder = versionFolder(modelFolder, version);
  const changed = changeMeta(text, { ...changes, last_updated_timestamp: Date.now() });
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
  return await readModelFiles(
    folder,
    (await listFiles(folder)).filter((file) => file !== LEFT_BY_MLFLOW),
  );
}
