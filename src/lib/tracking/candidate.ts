import { aliases } from "./tags.ts";
import type { ModelVersion, NewModelVersion, Tracking } from "./tracking.ts";

/**
 * Registers a candidate: a version is made, checked, and put into Staging; older candidates go to Archived, so that one is
 * open at a time. Repeated after a failure it goes on with the version that is there.
 *
 * @param candidate.check  throws when the registered files are not what they should be; the version then stays out of Staging
 */
export async function registerCandidate(
  tracking: Tracking,
  candidate: NewModelVersion & { check(version: ModelVersion): Promise<void> },
): Promise<{ version: number; archived: number[] }> {
  const { check, ...version } = candidate;
  const made = await tracking.createModelVersion(version);
  await tracking.setModelVersionTags(made.name, made.version, version.tags);
  await check(made);
  const archived: number[] = [];
  for (const older of await tracking.modelVersions(made.name)) {
    if (older.stage !== "Staging" || older.version === made.version) continue;
    await tracking.transitionStage(older.name, older.version, "Archived");
    archived.push(older.version);
  }
  await tracking.transitionStage(made.name, made.version, "Staging");
  await tracking.setAlias(made.name, aliases.challenger, made.version);
  return { version: made.version, archived };
}
