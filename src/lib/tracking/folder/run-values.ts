import { join } from "node:path";
import { ServiceError, UsageError } from "../../errors.ts";
import { checkKey, checkParam, checkRunTag } from "../limits.ts";
import type { Metric } from "../tracking.ts";
import { listFiles, readOptional, replaceFile } from "./whole-file.ts";

/** Params, metrics and tags of a run: a file a key below `params/`, `metrics/` and `tags/`, / in a key makes folders. */

/** The text files of a folder by key: params, tags, aliases. */
export async function readValues(folder: string): Promise<Record<string, string>> {
  const values: [string, string][] = [];
  for (const key of await listFiles(folder)) {
    const content = await readOptional(join(folder, key));
    if (content !== undefined) values.push([key, content.toString("utf8")]);
  }
  return Object.fromEntries(values);
}

/** The latest value of each metric: of its last step, there of the last time. */
export async function readLatestMetrics(runFolder: string): Promise<Record<string, number>> {
  const folder = join(runFolder, "metrics");
  const latest: [string, number][] = [];
  for (const key of await listFiles(folder)) {
    const [last] = (await readMetric(runFolder, key)).sort(
      (a, b) => b.step - a.step || b.timestamp - a.timestamp || b.value - a.value,
    );
    if (last !== undefined) latest.push([key, last.value]);
  }
  return Object.fromEntries(latest);
}

/**
 * Adds params. One that is there with the same value is left alone.
 *
 * @throws {UsageError} before anything is written when a param is there with another value: MLflow never changes one
 */
export async function writeParams(runFolder: string, params: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(runFolder, "params");
  const missing: [string, string][] = [];
  for (const [key, value] of Object.entries(params)) {
    checkParam(key, value);
    const before = (await readOptional(join(folder, key)))?.toString("utf8");
    if (before === undefined) missing.push([key, value]);
    else if (before !== value) {
      throw new UsageError(
        `param ${key} of MLflow run ${runFolder} is ${JSON.stringify(before)} already, not ${JSON.stringify(value)}`,
        "MLflow keeps a param for good: other params belong to another run",
      );
    }
  }
  for (const [key, value] of missing) await replaceFile(join(folder, key), value, runFolder);
}

/** Adds metric points. One that is there with the same value, time and step is not written twice. */
export async function writeMetrics(runFolder: string, metrics: readonly Metric[]): Promise<void> {
  const keys = new Set(metrics.map(({ key }) => key));
  for (const key of keys) checkKey("metric", key);
  for (const key of keys) {
    const before = await readMetric(runFolder, key);
    const known = new Set(before.map(metricLine));
    const added = new Set(metrics.filter((metric) => metric.key === key).map(metricLine));
    const lines = [...before.map(({ line }) => line), ...[...added].filter((line) => !known.has(line))];
    if (lines.length > before.length) await replaceFile(join(runFolder, "metrics", key), lines.join(""), runFolder);
  }
}

/** Sets tags of a run, an experiment's folder or a version: the last value counts. */
export async function writeTags(folder: string, tags: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, value] of Object.entries(tags)) {
    const path = join(folder, "tags", key);
    if ((await readOptional(path))?.toString("utf8") !== value) await replaceFile(path, value, folder);
  }
}

/** @throws {UsageError} when one key can't be a tag, or its value is too long */
export function checkRunTags(tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) checkRunTag(key, value);
}

type Point = Omit<Metric, "key">;

/** Times and steps are whole in MLflow; a server would store a fractional one as 0. */
function metricLine({ timestamp, value, step }: Point): string {
  return `${Math.trunc(timestamp)} ${value} ${Math.trunc(step)}\n`;
}

async function readMetric(runFolder: string, key: string): Promise<(Point & { readonly line: string })[]> {
  const path = join(runFolder, "metrics", key);
  const text = (await readOptional(path, "metric"))?.toString("utf8") ?? "";
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      // time, value, step (absent in old files); Python 3.x may add a dataset's name and digest
      const [timestamp, number, step = "0"] = line.trim().split(" ");
      const point = { timestamp: Number(timestamp), value: metricValue(number), step: Number(step) };
      if (!Number.isSafeInteger(point.timestamp) || point.value === undefined || !Number.isSafeInteger(point.step)) {
        throw new ServiceError(
          `${path} is damaged: ${JSON.stringify(line.slice(0, 60))} is no time, value and step`,
          "restore this file from a backup, or remove it",
        );
      }
      return { ...point, value: point.value, line: `${line}\n` };
    });
}

/** Python writes nan, inf and -inf, JavaScript NaN, Infinity and -Infinity; each reads the other's. */
function metricValue(text: string | undefined): number | undefined {
  const special = /^([+-]?)(nan|inf|infinity)$/i.exec(text ?? "");
  if (special !== null) {
    if (special[2]?.toLowerCase() === "nan") return Number.NaN;
    return special[1] === "-" ? -Infinity : Infinity;
  }
  const value = Number(text);
  return text === undefined || text === "" || Number.isNaN(value) ? undefined : value;
}
