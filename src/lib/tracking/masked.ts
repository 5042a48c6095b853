import { tags as tagNames } from "./tags.ts";
import type { Tracking } from "./tracking.ts";

/** Tags by which churn finds its own again: ids, digests, dates and figures, none of them anybody's words. */
const OWN: ReadonlySet<string> = new Set([
  tagNames.runKey,
  tagNames.workspace,
  tagNames.night,
  tagNames.date,
  tagNames.snapshotRows,
  tagNames.dataDigest,
  tagNames.modelDigest,
  tagNames.threshold,
  tagNames.f1,
  tagNames.aucRoc,
  tagNames.rows,
  tagNames.promotedAt,
  tagNames.productionUntil,
  tagNames.rejectedAt,
]);

/** The same tracking, which gets no secret in a tag, a param, an address or a description: others read them. */
export function maskedTracking(tracking: Tracking, redact: (text: string) => string): Tracking {
  const masked = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, OWN.has(key) ? text : redact(text)]));
  return {
    ...tracking,
    createRun: (run) => tracking.createRun({ ...run, tags: masked(run.tags) }),
    logBatch: (runId, { params = {}, tags = {}, ...rest }) =>
      tracking.logBatch(runId, { params: masked(params), tags: masked(tags), ...rest }),
    logInput: (runId, dataset) => tracking.logInput(runId, { ...dataset, uri: redact(dataset.uri) }),
    createModelVersion: (version) =>
      tracking.createModelVersion({
        ...version,
        description: redact(version.description),
        tags: masked(version.tags),
      }),
    setModelVersionTags: (name, version, tags) => tracking.setModelVersionTags(name, version, masked(tags)),
    addToDescription: (name, version, line) => tracking.addToDescription(name, version, redact(line)),
  };
}
