import type { Removal } from "../../retention/gc.ts";
import type { OldNight } from "../../retention/plan.ts";
import { counted, fileSize, listed } from "../numbers.ts";
import { visible } from "../visible.ts";
import { removalFormat } from "./printed.ts";
import { type Column, tabulate } from "./table.ts";

interface Told {
  /** nothing was removed yet */
  readonly dryRun: boolean;
}

/** "removed 312 files of 28 nights, 41 MB; kept 2 nights that versions 3 and 5 came from", and what else went. */
export function removalLines({ nights, kept, runs, cacheBytes }: Removal, { dryRun }: Told): string[] {
  const verb = dryRun ? "would remove" : "removed";
  const files = nights.flatMap((night) => night.files);
  const ofNights = nights.filter((night) => night.files.length > 0).length;
  const other = kept.some(({ unreadable }) => unreadable !== null) ? "no other file" : "no file";
  const removed =
    files.length === 0
      ? `${other} is old enough to be removed`
      : `${verb} ${counted(files.length, "file")} of ${counted(ofNights, "night")}, ${fileSize(sum(files.map(({ size_bytes }) => size_bytes)))}`;
  const needed = kept.filter(({ unreadable }) => unreadable === null);
  const versions = [...new Set(needed.flatMap((one) => one.versions))].sort((a, b) => a - b);
  const reason =
    versions.length > 0
      ? `that ${versions.length === 1 ? "version" : "versions"} ${listed(versions)} came from`
      : "whose files a later one has taken over";
  const keeping = needed.length === 0 ? "" : `; kept ${counted(needed.length, "night")} ${reason}`;
  return [
    ...(dryRun ? nightsLines(nights) : []),
    `${removed}${keeping}`,
    ...(runs.length === 0
      ? []
      : [`${verb} ${counted(runs.length, "run")} of local tracking, ${fileSize(sum(runs.map(({ bytes }) => bytes)))}`]),
    ...(cacheBytes === 0 ? [] : [`${verb} ${fileSize(cacheBytes)} of copies in .churn/cache`]),
  ].map((line) => visible(line));
}

/** What would go of each night. */
function nightsLines(nights: readonly OldNight[]): readonly string[] {
  const columns: readonly Column<OldNight>[] = [
    { cell: ({ night }) => night },
    { align: "right", cell: ({ files }) => counted(files.length, "file") },
    { align: "right", cell: ({ files }) => fileSize(sum(files.map(({ size_bytes }) => size_bytes))) },
  ];
  return tabulate(
    nights.filter(({ files }) => files.length > 0),
    columns,
    { gap: 2 },
  ).lines;
}

/** The nights that were left alone since something of them can't be read, a sentence each. */
export function unreadableLines({ kept }: Pick<Removal, "kept">): string[] {
  return kept.flatMap(({ night, unreadable }) =>
    unreadable === null ? [] : [`the night of ${night} was left as it is: ${unreadable}`],
  );
}

/** For programs: stable names. */
export function removalJson({ nights, kept, runs, cacheBytes }: Removal, { dryRun }: Told): object {
  return removalFormat.write({
    dry_run: dryRun,
    nights: nights
      .filter(({ files }) => files.length > 0)
      .map(({ night, files }) => ({
        night,
        files: files.map(({ key, size_bytes, sha256 }) => ({ key, size_bytes, sha256 })),
      })),
    kept: kept.map(({ night, versions, namedBy, unreadable }) => ({
      ...{ night, versions: [...versions], unreadable },
      named_by: namedBy,
    })),
    runs: runs.map(({ runId, night, files, bytes }) => ({ mlflow_run_id: runId, night, files, size_bytes: bytes })),
    cache_bytes: cacheBytes,
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
