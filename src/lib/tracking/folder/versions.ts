import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import { ServiceError } from "../../errors.ts";
import { aliases } from "../tags.ts";
import type { ModelVersion } from "../tracking.ts";
import { type Meta, metaInteger, metaOptionalText, metaText, parseMeta } from "./meta-yaml.ts";
import { readValues } from "./run-values.ts";
import { listFolders, readOptionalText } from "./whole-file.ts";

/** Versions of a registered model as its folder has them: `<model folder>/version-<n>/`. `modelFolder` is that folder's path. */

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
  description: metaOptionalText,
});
type VersionMeta = Meta<z.infer<typeof versionMeta>>;

/**
 * All versions but deleted ones, newest first. One that can't be read is left out, as long as it can't be the one in Production.
 *
 * @param onDamaged  hears of it
 * @throws {ServiceError} when no other version is in Production or has the alias champion, or that alias names it
 */
export async function readVersions(
  modelFolder: string,
  onDamaged: (error: ServiceError) => void,
): Promise<readonly ModelVersion[]> {
  const named = await readAliases(modelFolder);
  const versions: ModelVersion[] = [];
  const damaged = new Map<number, ServiceError>();
  for (const number of await versionNumbers(modelFolder)) {
    try {
      const version = toVersion(modelFolder, number, named);
      if (version !== undefined) versions.push(version);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      damaged.set(number, error);
    }
  }
  const champion = Number(Object.fromEntries(named)[aliases.champion]);
  for (const [number, error] of damaged) {
    const known = versions.some(({ stage, version }) => stage === "Production" || version === champion);
    if (number === champion || !known) throw error;
    onDamaged(error);
  }
  return versions;
}

/** The version of this number; undefined when there is none, or it was deleted. @throws {ServiceError} when it is damaged */
export async function readVersion(modelFolder: string, number: number): Promise<ModelVersion | undefined> {
  if (!existsSync(versionFolder(modelFolder, number))) return undefined;
  return toVersion(modelFolder, number, await readAliases(modelFolder));
}

/** The versions that a run's model was registered as. Texts are searched: to parse all of them takes longer. */
export async function versionsOfRun(modelFolder: string, runId: string): Promise<readonly ModelVersion[]> {
  const found: ModelVersion[] = [];
  for (const number of await versionNumbers(modelFolder)) {
    const text = readOptionalText(metaPath(modelFolder, number), "meta");
    const version = text?.includes(runId) ? await readVersion(modelFolder, number) : undefined;
    if (version?.runId === runId) found.push(version);
  }
  return found;
}

/** Numbers of all versions, deleted ones too, newest first. */
export async function versionNumbers(modelFolder: string): Promise<readonly number[]> {
  const names = await listFolders(modelFolder);
  return names
    .map((name) => Number(/^version-([1-9]\d*)$/.exec(name)?.[1] ?? Number.NaN))
    .filter(Number.isSafeInteger)
    .sort((a, b) => b - a);
}

/** Not by `join`, which takes its time: there may be hundreds. */
export function versionFolder(modelFolder: string, version: number): string {
  return `${modelFolder}/version-${version}`;
}

/** @throws {ServiceError} when it is missing or damaged */
export function readVersionMeta(modelFolder: string, version: number): VersionMeta {
  const path = metaPath(modelFolder, version);
  const text = readOptionalText(path, "meta");
  if (text !== undefined) return parseMeta(path, text, versionMeta);
  throw new ServiceError(`${path} is missing`, "restore this file from a backup, or move its folder away");
}

/** What a version says of itself, as it is, be it damaged or deleted. */
export function versionText(modelFolder: string, version: number): string {
  return readOptionalText(metaPath(modelFolder, version), "meta") ?? "";
}

function metaPath(modelFolder: string, version: number): string {
  return `${versionFolder(modelFolder, version)}/meta.yaml`;
}

type Aliases = readonly (readonly [alias: string, version: string])[];

async function readAliases(modelFolder: string): Promise<Aliases> {
  return Object.entries(await readValues(join(modelFolder, "aliases")));
}

/**
 * A version; undefined when it was deleted.
 *
 * @throws {ServiceError} when its meta.yaml is missing or damaged
 */
function toVersion(modelFolder: string, number: number, named: Aliases): ModelVersion | undefined {
  const { current_stage: stage, run_id, source, creation_timestamp } = readVersionMeta(modelFolder, number).fields;
  if (stage === DELETED) return undefined;
  const folder = versionFolder(modelFolder, number);
  return {
    name: basename(modelFolder),
    version: number,
    stage,
    runId: run_id,
    source: source ?? "",
    creationTime: creation_timestamp,
    tag: (key) => readOptionalText(`${folder}/tags/${key}`),
    aliases: named.filter(([, version]) => version === String(number)).map(([alias]) => alias),
  };
}
