import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastLine, measureFit, peerLibrary, peerNight } from "./peer.mjs";
import { measure } from "./process.mjs";
import { COPY, churn, fresh, LAST_DAY } from "./workspaces.mjs";

/**
 * A night, measured from outside, and what it says of itself.
 *
 * @typedef {import("./process.mjs").Measured & {
 *   training: number,
 *   outside: number,
 *   stages: Record<string, { seconds: number, peakMb: number | null }>,
 * }} Night  training: seconds of the call that trains; outside: all others, imports included
 */

const RUN_ALL = ["run-all", "--date", LAST_DAY, "--json"];

/** The words and the environment that have churn train with an engine; the native one with the library that the peer has. */
export function trainedBy(engine) {
  const env = engine === "native" ? { CHURN_LIBXGBOOST: peerLibrary() } : {};
  return { words: ["--set", `train.engine=${engine}`], env };
}

/**
 * A first, or another, night of a prepared workspace.
 *
 * @param {string} name      for people
 * @param {string} prepared  the workspace; each night gets a copy of it
 * @param {"wasm" | "native"} engine
 * @param {() => readonly string[]} [settings]  more words, asked for each night
 */
export function churnSide(name, prepared, engine, settings = () => []) {
  return {
    name: `${name}, ${engine}`,
    start: () => {
      const { words, env } = trainedBy(engine);
      const workspace = fresh(prepared);
      const measured = measure(churn("-C", workspace, ...RUN_ALL, ...words, ...settings()), { env });
      return { ...measured, ...toldByChurn(workspace, measured) };
    },
  };
}

/** @param {string} workspace  @param {{ stdout: string, seconds: number }} measured */
function toldByChurn(workspace, { stdout, seconds }) {
  const { stages } = JSON.parse(stdout);
  const training = stages.find(({ name }) => name === "train").result.seconds;
  const told = stages.map(({ name, seconds: ofStage }) => [name, { seconds: ofStage, peakMb: peakOfStage(workspace, name) }]);
  return { training, outside: seconds - training, stages: withRest(Object.fromEntries(told), seconds) };
}

/**
 * What a stage's process took at its peak, by its record.
 *
 * @returns {number | null}  null where the stage has none
 */
export function peakOfStage(workspace, stage) {
  const bytes = recordOf(workspace, stage)?.peak_memory_bytes ?? null;
  return bytes === null ? null : bytes / 2 ** 20;
}

/** The record of a stage that succeeded; undefined where it has not. */
export function recordOf(workspace, stage) {
  const file = join(workspace, "records", LAST_DAY, `${stage}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** Python's fit on what churn's night before it, in turn, was trained on, and as that was: it has to come right after it. */
export function fitSide(name) {
  return {
    name,
    start: () => {
      const measured = measureFit(join(COPY, "features", LAST_DAY), recordOf(COPY, "train").result);
      const { fit_seconds: training } = lastLine(measured.stdout);
      return { ...measured, training, outside: measured.seconds - training, stages: {} };
    },
  };
}

/**
 * A night of the peer.
 *
 * @param {string} name
 * @param {string} customers
 * @param {"none" | "sqlite" | string} tracking
 */
export function peerSide(name, customers, tracking) {
  return {
    name,
    // The first time it looks at its stages' memory, which hides the whole's from what measures.
    start: ({ isFirst }) => {
      const { command, cwd, env } = peerNight(customers, tracking, { peaks: isFirst && process.platform === "linux" });
      const measured = measure(command, { cwd, env });
      const { seconds, fit_seconds: training, peaks_mb: peaks } = lastLine(measured.stdout);
      const { total: _, ...ofStages } = seconds;
      const told = Object.entries(ofStages).map(([stage, value]) => [stage, { seconds: value, peakMb: peaks[stage] ?? null }]);
      return { ...measured, training, outside: measured.seconds - training, stages: withRest(Object.fromEntries(told), measured.seconds) };
    },
  };
}

/** What no stage has: a process's start before its first line, and its end. */
function withRest(stages, total) {
  const sum = Object.values(stages).reduce((all, { seconds }) => all + seconds, 0);
  return { ...stages, "start and end": { seconds: total - sum, peakMb: null } };
}
