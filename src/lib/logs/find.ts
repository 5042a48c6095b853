import { closeSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { listed } from "../cli/numbers.ts";
import { UsageError } from "../errors.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { openWithin, readSize, requireFolderWithin } from "../files/within.ts";
import { startOfRun } from "../workspace/run-id.ts";
import { parseLogLine } from "./line.ts";

/** The log of a run. */
export interface RunLogFile {
  /** relative to the workspace */
  readonly key: string;
  /** of the night that it was about, YYYY-MM-DD */
  readonly date: string;
  readonly run: string;
}

export interface LogWanted {
  /** the night's name: that of a date's first night means all of that date */
  readonly night: string | undefined;
  /** its id, or the four digits that screens show */
  readonly run: string | undefined;
}

/** Enough for a log's first line, which says its night. */
const FIRST_LINE_BYTES = 1 << 16;

/**
 * The newest run's log of those that are wanted. A stage by hand that had nothing to do leaves an empty one, which is looked at where it is
 * named, or where there is no other.
 *
 * @throws {UsageError} when there is none, or four digits mean several runs
 * @throws {ServiceError} when the folder of logs can't be looked at
 */
export function findLog(root: string, { night, run }: LogWanted): RunLogFile {
  const [date, decision] = night?.split(".") ?? [];
  const logs = logsIn(root, date);
  const named = run === undefined ? logs : logs.filter((log) => log.run === run || log.run.endsWith(`-${run}`));
  const found = decision === undefined ? named : named.filter((log) => nightOf(root, log) === night);
  const newest = (run === undefined ? found.findLast((log) => saysSomething(root, log)) : undefined) ?? found.at(-1);
  if (newest === undefined) throw noLog(logs.length > 0 || date !== undefined, { night, run });
  if (run !== undefined && found.length > 1)
    throw new UsageError(
      `${found.length} runs end in ${run}: ${listed(found.map((one) => one.run))}`,
      `the whole name means one: churn logs --run ${newest.run}`,
    );
  return newest;
}

/** In the order in which the runs began. */
function logsIn(root: string, date: string | undefined): readonly RunLogFile[] {
  const folder = join(root, "logs");
  requireFolderWithin(root, folder);
  const dates = date === undefined ? namesIn(folder).filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)) : [date];
  const logs = dates.flatMap((one) =>
    namesIn(join(folder, one)).flatMap((name) => {
      const run = name.endsWith(".jsonl") ? name.slice(0, -".jsonl".length) : "";
      return startOfRun(run) === undefined ? [] : [{ key: `logs/${one}/${name}`, date: one, run }];
    }),
  );
  return logs.sort((one, other) => (one.run < other.run ? -1 : 1));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw machineError(error, folder);
  }
}

/** The night that a log says it is of; undefined where it says none. */
function nightOf(root: string, { key }: RunLogFile): string | undefined {
  const path = join(root, key);
  try {
    const { fd, size } = openWithin(root, path);
    try {
      const [first = ""] = readSize(fd, Math.min(size, FIRST_LINE_BYTES)).toString("utf8").split("\n");
      return parseLogLine(first)?.night;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw machineError(error, path);
  }
}

function saysSomething(root: string, { key }: RunLogFile): boolean {
  const path = join(root, key);
  try {
    const { fd, size } = openWithin(root, path);
    closeSync(fd);
    return size > 0;
  } catch (error) {
    throw machineError(error, path);
  }
}

function noLog(areOthers: boolean, { night, run }: LogWanted): UsageError {
  if (!areOthers) return new UsageError("there is no log in this workspace yet", "a night writes one: churn run-all");
  const what = [
    ...(run === undefined ? [] : [`run ${run}`]),
    ...(night === undefined ? [] : [`the night of ${night}`]),
  ];
  return new UsageError(
    `there is no log of ${what.join(" for ")} in this workspace`,
    "logs.keep says how long logs are kept; churn logs shows the newest one",
  );
}
