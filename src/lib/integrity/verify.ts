import { ChurnError, isInTheWay } from "../errors.ts";
import type { Archive } from "../stage/archive.ts";
import { listNights } from "../stage/nights.ts";
import { requirePresent } from "../tracking/present.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion, Tracking } from "../tracking/tracking.ts";
import { compareNights, type Night, parseNight } from "../workspace/night.ts";
import type { Damage } from "./damage.ts";
import { byDigest } from "./file-check.ts";
import { inspectLedger, type LedgerInspection } from "./ledger.ts";
import { inspectNight, type NightInspection } from "./night.ts";
import { isFrom, type Origin, originOf } from "./origin.ts";
import { inspectVersion, nameOf, type VersionInspection } from "./version.ts";
import { witnessOf } from "./witness.ts";

/** What was held to what was recorded, and what differs. */
export interface Verification {
  readonly nights: readonly NightInspection[];
  readonly versions: readonly VersionInspection[];
  readonly ledger: LedgerInspection;
  /** of what belongs to no night and no version */
  readonly damage: readonly Damage[];
}

export interface VerificationRequest {
  readonly archive: Archive;
  /** the workspace's folder */
  readonly root: string;
  readonly tracking: () => Promise<Tracking>;
  /** the registered model's name */
  readonly model: string;
  /** the nights that records speak of; with `all`, the registry's are added */
  readonly nights: readonly Night[];
  /** every version, and not only those of the nights */
  readonly all: boolean;
  /** hears of each thing before it is looked at */
  readonly onStart: (what: string) => void;
}

/**
 * Reads every file of nights and of registered versions and holds it to the digest that was recorded when it was written.
 * Reads only, and holds no lock: what a run writes meanwhile is looked at twice.
 *
 * @throws {UnreachableError} when the registry's server can't be reached
 * @throws {UsageError} when it lets nobody in
 */
export async function verify(request: VerificationRequest): Promise<Verification> {
  const { archive, model, all, onStart } = request;
  const registry = await readRegistry(request.tracking, model);
  const origins = await originsOf(archive, model, request.nights);
  const unclaimed = registry.versions.filter((version) => originIn(origins, version) === undefined);
  const own = unclaimed.filter((version) => version.tag(tags.workspace) === archive.workspaceId);
  const nights = all ? withNightsOf(own, request.nights) : request.nights;
  const names = nights.map(({ name }) => name);

  const inspected: NightInspection[] = [];
  for (const night of nights) {
    onStart(`night of ${night.name}`);
    inspected.push(await inspectTwice(request, night));
  }
  const versions: VersionInspection[] = [];
  for (const version of registry.versions) {
    const origin = originIn(origins, version);
    const isOfNight = own.includes(version) && names.includes(version.tag(tags.night) ?? "");
    if (!(all || isOfNight || origin !== undefined)) continue;
    onStart(`version ${version.version} of ${model}`);
    versions.push(await inspectVersion(archive, await request.tracking(), version, origin));
  }
  const told = await inspectLedger({ ...archive, root: request.root }, nights);
  const damage = [...registry.damage, ...lostVersions(registry, model, origins)];
  return { nights: inspected, versions, ledger: told, damage };
}

/**
 * What a glance at the version that a night registered finds.
 *
 * @param request  the archive, the registry, the registered model's name
 */
export async function damageOfVersionFrom(
  { archive, tracking, model }: Pick<VerificationRequest, "archive" | "tracking" | "model">,
  night: Night,
): Promise<readonly Damage[]> {
  const origins = await originsOf(archive, model, [night]);
  const own = origins.find((origin) => origin.night === night.name);
  if (own === undefined) return [];
  const registry = await readRegistry(tracking, model);
  const version = registry.versions.find((one) => isFrom(one, own));
  if (version === undefined) return [...registry.damage, ...lostVersions(registry, model, [own])];
  return (await inspectVersion(archive, await tracking(), version, originIn(origins, version))).damage;
}

/** All that is damaged, wherever it was found. */
export function damageIn({ nights, versions, ledger, damage }: Verification): readonly Damage[] {
  return [...nights, ...versions, ledger].flatMap((one) => one.damage).concat(damage);
}

/** What the nights of these dates say of their versions, oldest first. */
async function originsOf(archive: Archive, model: string, nights: readonly Night[]): Promise<readonly Origin[]> {
  const dates = new Set(nights.map(({ date }) => date));
  const origins: Origin[] = [];
  for (const { name, date } of await listNights(archive)) {
    const origin = dates.has(date) ? await originOf(archive, name) : undefined;
    if (origin?.name === model) origins.push(origin);
  }
  return origins;
}

/** What is decided anew from the same model registers the same version, which is the later night's then. */
function originIn(origins: readonly Origin[], version: ModelVersion): Origin | undefined {
  return origins.findLast((origin) => isFrom(version, origin));
}

interface Registry {
  readonly versions: readonly ModelVersion[];
  /** why it can't be read */
  readonly damage: readonly Damage[];
  readonly uri: string;
}

async function readRegistry(open: VerificationRequest["tracking"], model: string): Promise<Registry> {
  let uri = "the registry";
  try {
    const tracking = await open();
    uri = tracking.registryUri;
    await requirePresent(tracking);
    const damage: Damage[] = [];
    const versions = await tracking.modelVersions(model);
    return { versions: versions.map((version) => withReadableTags(version, damage)), damage, uri };
  } catch (error) {
    // A server that is down, or lets nobody in, has damaged nothing.
    if (!(error instanceof ChurnError) || isInTheWay(error)) throw error;
    const { message, hint = "" } = error;
    return { versions: [], damage: [{ file: `the registry of ${model}`, message, remedy: hint }], uri };
  }
}

/** The version, of which a tag that can't be read is damage, and no tag. */
function withReadableTags(version: ModelVersion, damage: Damage[]): ModelVersion {
  const tag = (key: string) => {
    try {
      return version.tag(key);
    } catch (error) {
      if (!(error instanceof ChurnError)) throw error;
      const { message, hint = "" } = error;
      if (!damage.some((one) => one.message === message)) damage.push({ file: nameOf(version), message, remedy: hint });
      return undefined;
    }
  };
  return { ...version, tag };
}

/** A version that somebody deleted is none that is lost; a registry without any of them is. */
function lostVersions({ versions, damage, uri }: Registry, model: string, origins: readonly Origin[]): Damage[] {
  const [origin] = origins;
  if (origin === undefined || versions.length > 0 || damage.length > 0) return [];
  const message = `${uri} has no version of ${model}, but the night of ${origin.night} registered version ${origin.version} there`;
  const remedy = "restore it from a backup; or is tracking.uri another one than then?";
  return [{ file: `the registry of ${model}`, message, remedy }];
}

/** A night that the registry knows and the store doesn't was lost. @param versions  that no known night made */
function withNightsOf(versions: readonly ModelVersion[], known: readonly Night[]): readonly Night[] {
  const named = versions
    .map((version) => parseNight(version.tag(tags.night) ?? ""))
    .filter((night) => night !== undefined);
  const nights = new Map([...known, ...named].map((night) => [night.name, night]));
  return [...nights.values()].sort(compareNights);
}

async function inspectTwice({ archive, tracking, model }: VerificationRequest, night: Night): Promise<NightInspection> {
  const inspect = () => inspectNight(archive, night, byDigest(archive.store), witnessOf(archive, { tracking }, model));
  const first = await inspect();
  if (first.damage.length === 0) return first;
  const second = await inspect();
  const found = new Set(first.damage.map(({ message }) => message));
  return { ...second, damage: second.damage.filter(({ message }) => found.has(message)) };
}
