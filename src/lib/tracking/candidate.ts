import { aliases } from "./tags.ts";
import type { ModelVersion, NewModelVersion, Tracking } from "./tracking.ts";

/**
 * Registers a candidate: a version is made, checked, and put into Staging; older candidates go to Archived, so that one is
 * open at a time. Repeated after a failure it goes on with the version that is there.
 *
 * @param candidate.check      throws when the registered files are not what they should be; the version then stays out of Staging
 * @param candidate.archiving  hears of the older candidates before they are archived, so that a repetition can still name them
 */
export async function registerCandidate(
  tracking: Tracking,
  candidate: NewModelVersion & {
    check(version: ModelVersion): Promise<void>;
    archiving(older: readonly number[]): Promise<void>;
  },
): Promise<{ version: number }> {
  const { check, archiving, ...version } = candidate;
  const made = await tracking.createModelVersion(version);
  await tracking.setModelVersionTags(made.name, made.version, version.tags);
  await check(made);
  const older = (await tracking.modelVersions(made.name))
    .filter((one) => one.stage === "Staging" && one.version !== made.version)
    .map((one) => one.version);
  await archiving(older);
  for (const number of older) await tracking.transitionStage(made.name, number, "Archived");
  await tracking.transitionStage(made.name, made.version, "Staging");
  await tracking.setAlias(made.name, aliases.challenger, made.version);
  return { version: made.version };
}
