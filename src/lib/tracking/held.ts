import type { Tracking } from "./tracking.ts";

/**
 * The same tracking, which changes nothing for a run that no longer holds its store: one that stood still, while another
 * machine took the store over, would go on with a night that is the other's by now.
 *
 * @param requireHeld  throws where the store is held no longer
 */
export function heldTracking(tracking: Tracking, requireHeld: () => Promise<void>): Tracking {
  const first =
    <Words extends readonly unknown[], Answer>(change: (...words: Words) => Promise<Answer>) =>
    async (...words: Words): Promise<Answer> => {
      await requireHeld();
      return await change(...words);
    };
  const { oldRuns } = tracking;
  return {
    ...tracking,
    ...(oldRuns === undefined ? {} : { oldRuns: { find: oldRuns.find, remove: first(oldRuns.remove) } }),
    createRun: first(tracking.createRun),
    logBatch: first(tracking.logBatch),
    logModel: first(tracking.logModel),
    logArtifacts: first(tracking.logArtifacts),
    logInput: first(tracking.logInput),
    setStatus: first(tracking.setStatus),
    createModelVersion: first(tracking.createModelVersion),
    setModelVersionTags: first(tracking.setModelVersionTags),
    addToDescription: first(tracking.addToDescription),
    transitionStage: first(tracking.transitionStage),
    renewAddress: first(tracking.renewAddress),
    setAlias: first(tracking.setAlias),
    deleteAlias: first(tracking.deleteAlias),
  };
}
