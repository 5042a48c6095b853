import { isAbsolute, join } from "node:path";
import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { InputError, UsageError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { pathFrom } from "../files/path-from.ts";
import { readWithin } from "../files/within.ts";
import { addressText, trackingAddress } from "../tracking/address.ts";
import { MASK } from "../workspace/secrets.ts";
import type { Records } from "./archive.ts";
import { DECIDING_STAGE } from "./inputs.ts";
import { listNights } from "./nights.ts";
import { readSuccess } from "./record.ts";

const adopted = z.strictObject({
  address: z.string().describe("of the registry that the folder is to work with"),
  night: z.string().nullable().describe("the newest decided night then; once another one is decided, that one says it"),
});

/** `.churn/registry.json`: the registry that somebody chose after the newest decided night. */
export const adoptedRegistryFormat = defineFormat({ version: 1, schema: adopted, upgrades: {} });

const FILE = join(".churn", "registry.json");

type Settings = Pick<Config["tracking"], "uri" | "registry_uri">;
interface Place {
  /** the workspace's folder */
  readonly root: string;
  readonly settings: Settings;
}

/** A registry as the configuration says it, with where each part of that comes from. */
interface Configured extends Place {
  readonly origins: LoadedConfig["origins"];
}

/**
 * Refuses a registry that is not the one that the newest decided night worked with. Where a shell has MLFLOW_TRACKING_URI and
 * cron hasn't, each of them would see another production, and nobody would hear of it.
 *
 * @throws {UsageError} when it is another one, naming both
 */
export async function requireKnownRegistry(records: Records, { root, settings, origins }: Configured): Promise<void> {
  const decided = await newestDecision(records, root);
  const chosen = readAdopted(root);
  const known = chosen !== undefined && chosen.night === (decided?.night ?? null) ? chosen.address : decided?.address;
  const now = registryOf(settings, root);
  if (known === undefined || known === now || known.includes(MASK)) return;
  const key = settings.registry_uri === undefined ? "tracking.uri" : "tracking.registry_uri";
  const before =
    chosen?.address === known
      ? `churn init --adopt chose ${known}`
      : `the night of ${decided?.night} was decided with ${decided?.said ?? known}`;
  throw new UsageError(
    `the registry is to be ${now} (${origins.get(key)?.where ?? ""}), but ${before}`,
    `mend ${key}, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt`,
  );
}

/** Keeps that the registry of the configuration is to be worked with, whichever the newest decided night had. */
export async function adoptRegistry(records: Records, { root, settings }: Place): Promise<string> {
  const address = registryOf(settings, root);
  const night = (await newestDecision(records, root))?.night ?? null;
  await writeFileAtomic(join(root, FILE), jsonText(adoptedRegistryFormat.write({ address, night })));
  return address;
}

/** The registry's address, absolute: the same one is the same text. */
function registryOf({ uri, registry_uri }: Settings, root: string): string {
  const address = registry_uri ?? uri;
  const found = trackingAddress(address);
  if (found?.kind === "server") return addressText(found.url);
  return found === undefined ? address : pathFrom(root, found.path);
}

/** Undefined where nobody has chosen one. */
function readAdopted(root: string): z.infer<typeof adopted> | undefined {
  const path = join(root, FILE);
  try {
    return adoptedRegistryFormat.read(parseJson(readWithin(root, path, "stored"), path), path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (!(error instanceof InputError)) throw machineError(error, path);
    throw new UsageError(error.message, "churn init --adopt writes it anew", { cause: error });
  }
}

const recorded = z.looseObject({
  tracking: z.looseObject({ uri: z.string(), registry_uri: z.string().optional() }),
});

async function newestDecision(
  records: Records,
  root: string,
): Promise<{ night: string; address: string | undefined; said: string | undefined } | undefined> {
  for (const { name } of (await listNights(records)).toReversed()) {
    const record = await readSuccess(records, name, DECIDING_STAGE);
    if (record === undefined) continue;
    const { success, data } = recorded.safeParse(record.config);
    if (!success) return { night: name, address: undefined, said: undefined };
    const address = registryOf(data.tracking, root);
    return { night: name, address, said: records.store.isLocal ? address : (inItsFolder(data.tracking) ?? address) };
  }
  return undefined;
}

/** A relative path as people are told of it who may work in another folder than the run did: in a bucket no record says which that was. */
function inItsFolder({ uri, registry_uri }: Settings): string | undefined {
  const found = trackingAddress(registry_uri ?? uri);
  if (found?.kind !== "folder" || isAbsolute(found.path)) return undefined;
  return `${found.path} in the folder of that run, be it on another machine`;
}
