import { visible } from "../cli/visible.ts";
import { ChurnError, InputError, isInTheWay, ServiceError } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import { parseNight } from "../workspace/night.ts";
import { modelDigestIfWhole } from "./model-files.ts";
import { tags } from "./tags.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";

type Files = ReadonlyMap<string, Uint8Array>;

/**
 * All that a version is judged and served by: SHA-256, as hex, over the digests of every file of its model folder and over
 * its threshold.
 */
export function contentDigest(files: Files, threshold: number): string {
  const lines = [...files].map(([name, content]) => `${sha256(content)}  ${JSON.stringify(name)}\n`).sort();
  return sha256(`${lines.join("")}threshold ${threshold}\n`);
}

/**
 * Whether churn registered a version: of any other nobody knows what it should hold. Who takes the tag of the model's digest
 * away makes it somebody else's, which is judged as far as it can be scored.
 */
export function isChurns(version: ModelVersion): boolean {
  return version.tag(tags.modelDigest) !== undefined;
}

/** What a version's tags say of what it holds. */
export interface VersionContent {
  /** undefined where nobody says it */
  readonly threshold: number | undefined;
  /** how it differs from what churn registered; undefined where it doesn't, or churn didn't register it */
  readonly damage: string | undefined;
  /** that the tag of its threshold says something else than was registered, which its run still knows */
  readonly mended: string | undefined;
}

/**
 * Holds a version to its tags. Where the tag of its threshold is damaged, the run's own is taken, as long as the digest proves
 * it. A version from before churn 1.4 has a digest of two files and none of its threshold, a version of somebody else's none.
 */
export async function contentOf(
  tracking: Pick<Tracking, "getRun">,
  version: ModelVersion,
  files: Files,
): Promise<VersionContent> {
  const own = thresholdOf(version.tag(tags.threshold));
  const sound = { threshold: own, damage: undefined, mended: undefined };
  if (!isChurns(version)) return sound;
  const registered = version.tag(tags.contentDigest);
  if (registered === undefined) {
    const damage = changedModel(version, files);
    if (damage !== undefined) return { ...sound, damage };
    if (own !== undefined) return sound;
    return mended(await thresholdOfRun(tracking, version)) ?? sound;
  }
  const holds = (threshold: number | undefined) =>
    threshold !== undefined && contentDigest(files, threshold) === registered;
  if (holds(own)) return sound;
  const known = await thresholdOfRun(tracking, version);
  if (holds(known)) return mended(known) ?? sound;
  const damage =
    changedModel(version, files) ??
    `its files or its threshold were changed since version ${version.version} was registered`;
  return { ...sound, damage };
}

/**
 * What differs between the files that a version has and those that were registered.
 *
 * @param where  whose they are, for messages: "version 4 of churn-model"
 * @param date   YYYY-MM-DD, for the command that helps
 * @throws {ServiceError} naming the first file that is missing, another one or too many
 */
export function requireSameFiles(files: Files, registered: Files, where: string, date: string): void {
  for (const name of [...new Set([...registered.keys(), ...files.keys()])].sort()) {
    const [was, is] = [registered.get(name), files.get(name)];
    if (was !== undefined && is !== undefined && Buffer.from(was).equals(is)) continue;
    const what = is === undefined ? `has no ${name}` : was === undefined ? `has a ${name} too` : `has another ${name}`;
    throw new ServiceError(
      `${where} was registered, but read back it ${what}${is?.byteLength === 0 ? ", which is empty" : ""}`,
      `is the artifact store sound? churn run-all --date ${date} --from train logs it again`,
    );
  }
}

/**
 * Refuses a version that is not what churn registered.
 *
 * @throws {InputError} when its files or its threshold are others
 * @throws {ServiceError} when they can't be read
 */
export async function requireRegisteredContent(tracking: Tracking, version: ModelVersion): Promise<void> {
  if (!isChurns(version)) return;
  const { damage } = await contentOf(tracking, version, await tracking.downloadModel(version));
  if (damage === undefined) return;
  throw new InputError(
    `${version.name} version ${version.version} is not what was registered: ${damage}`,
    `${restoring(version)}; or promote another version: churn models`,
  );
}

/** How a damaged version is restored, for a hint. */
export function restoring(version: ModelVersion): string {
  const night = parseNight(version.tag(tags.night) ?? "")?.name;
  const copy =
    night === undefined ? "" : `, or all but MLmodel from models/${night}/model of the store that it is from`;
  // The address comes from the registry, and a hint is shown with its line ends.
  return `restore the files in ${visible(version.source)} from a backup${copy}`;
}

function mended(threshold: number | undefined): VersionContent | undefined {
  if (threshold === undefined) return undefined;
  return { threshold, damage: undefined, mended: `its tag ${tags.threshold} is damaged; its run says ${threshold}` };
}

function changedModel(version: ModelVersion, files: Files): string | undefined {
  const registered = version.tag(tags.modelDigest);
  if (registered === undefined || modelDigestIfWhole(files) === registered) return undefined;
  return `its files were changed since version ${version.version} was registered`;
}

/** What evaluate left at the run. A run that is gone or damaged says nothing. */
async function thresholdOfRun(
  tracking: Pick<Tracking, "getRun">,
  { runId }: ModelVersion,
): Promise<number | undefined> {
  try {
    return runId === null ? undefined : thresholdOf((await tracking.getRun(runId))?.tags[tags.threshold]);
  } catch (error) {
    if (error instanceof ChurnError && !isInTheWay(error)) return undefined;
    throw error;
  }
}

/** A tag that can be a threshold; what is empty, cut or changed beyond that says nothing. */
export function thresholdOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(?:\.\d+)?(?:e-\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return value > 0 && value < 1 ? value : undefined;
}
