// One night of a hundred million customers within 16 GB and two cores: time and memory of each stage, disk, and what becomes of the
// same pipeline in Python there. It asserts nothing: whatever the figures, it ends with 0.
//
//     npm run bench:huge [-- --json | --markdown] [--rows 100000000] [--memory 16]

import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { about } from "./about.mjs";
import { sized } from "./comparisons.mjs";
import { confinement } from "./confine.mjs";
import { writeScaledCustomers } from "./customers.mjs";
import { lastLine, peerNight, preparePeer } from "./peer.mjs";
import { peakOfStage, recordOf, trainedBy } from "./pipelines.mjs";
import { say, scratch } from "./process.mjs";
import { gigabytes, requireRoom } from "./room.mjs";
import { memory, render, time } from "./tables.mjs";
import { bytesOf, watch } from "./watch.mjs";
import { churn, LAST_DAY, prepareFirst, prepareScaled, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    rows: { type: "string", default: "100000000" },
    memory: { type: "string", default: "16" },
  },
});
const BOUNDS = { gigabytes: Number(options.memory), cores: 2 };
/** The file, churn's night or the peer's, one after the other, and what DuckDB spills. */
const BYTES_PER_ROW = 400;
/** The peer is measured on such parts first. */
const PARTS = [100, 10];
/** What the programs say that have no more memory, Python's and DuckDB's among them. */
const OUT_OF_MEMORY = /MemoryError|bad_alloc|out of memory|cannot allocate|too little memory/i;

if (process.platform !== "linux") throw new Error("npm run bench:huge reads /proc, which is Linux's");
requireBuild();
const rows = Number(options.rows);
requireRoom(rows, BYTES_PER_ROW);
say("the peer's Python");
const report = about(preparePeer());
const bounds = confinement(BOUNDS);
say(`within ${bounds.memory ?? "no bound of memory, since this machine has nothing that sets one"}, ${bounds.cores}`);
const sample = prepareFirst();
const customers = join(scratch, "customers.parquet");
say(`${sized(rows)}: making them`);
await writeScaledCustomers(sample, customers, rows);
const night = await nightOfChurn();
const peer = await nightsOfPeer();
const { confine: _, ...how } = bounds;
const measured = { ...report, rows, bounds: how, fileBytes: statSync(customers).size, night, peer };
process.stdout.write(`${options.json ? JSON.stringify(measured, null, 2) : render(report, sections(), options.markdown)}\n`);

async function nightOfChurn() {
  const [workspace, spill] = [prepareScaled("huge", customers), join(scratch, "spill")];
  mkdirSync(spill);
  say("run-all, native");
  const { words, env } = trainedBy("native");
  const command = bounds.confine(churn("-C", workspace, "run-all", "--date", LAST_DAY, "--json", ...words));
  const seen = await watch(command, { env: { ...env, TMPDIR: spill }, folders: { workspace, spill } });
  // It says nothing where it couldn't begin.
  const { outcome, stages, error } = JSON.parse(seen.stdout || '{ "stages": [] }');
  const result = {
    outcome,
    failure: outcome === "succeeded" ? undefined : failureOf(seen, stages.at(-1)?.name, error?.message),
    seconds: seen.seconds,
    training: stages.find(({ name }) => name === "train")?.result?.seconds ?? null,
    peakMb: seen.peakMb,
    togetherMb: most(seen.samples, ({ togetherMb }) => togetherMb),
    spillBytes: most(seen.samples, ({ folders }) => folders.spill),
    workspaceBytes: bytesOf(workspace),
    diskBytes: most(seen.samples, ({ folders }) => folders.spill + folders.workspace),
    stages: stages.map(({ name, status, seconds = null }) => {
      const { started_at: start, ended_at: end, outputs = {} } = recordOf(workspace, name) ?? {};
      const during = seen.samples.filter(({ at }) => at >= Date.parse(start) && at <= Date.parse(end));
      return {
        name,
        status,
        seconds,
        peakMb: peakOfStage(workspace, name),
        spillBytes: most(during, ({ folders }) => folders.spill),
        writtenBytes: Object.values(outputs).reduce((sum, one) => sum + writtenBytes(one), 0),
      };
    }),
  };
  for (const folder of [workspace, spill]) rmSync(folder, { recursive: true, force: true });
  return result;
}

function most(samples, of) {
  return samples.reduce((peak, one) => Math.max(peak, of(one)), 0);
}

/** Of an output of a record's. */
function writtenBytes({ size_bytes: bytes = 0, files = [] }) {
  return files.reduce((sum, one) => sum + one.size_bytes, bytes);
}

/**
 * Two parts first, from which the whole is reckoned, by what the customers that the larger one has more took more. Then the whole,
 * where something ends it before the machine has no memory left.
 */
async function nightsOfPeer() {
  const file = join(scratch, "part.parquet");
  const parts = [];
  for (const part of PARTS) {
    const count = Math.round(rows / part);
    await writeScaledCustomers(sample, file, count);
    parts.push(await nightOfPeer(file, count));
  }
  const [small, large] = parts;
  const isKnown = parts.every(({ failure }) => failure === undefined);
  const perRow = (large.peakMb - small.peakMb) / (large.rows - small.rows);
  const reckonedMb = isKnown ? large.peakMb + perRow * (rows - large.rows) : null;
  const isSafe = bounds.memory !== undefined || (reckonedMb !== null && reckonedMb < BOUNDS.gigabytes * 1024);
  return { parts, reckonedMb, whole: isSafe ? await nightOfPeer(customers, rows) : null };
}

async function nightOfPeer(file, count) {
  say(`peer, ${sized(count)}`);
  const { command, cwd, env, folder } = peerNight(file, "none", { threads: BOUNDS.cores });
  const seen = await watch(bounds.confine(command), { cwd, env, folders: { work: folder } });
  const told = seen.exitCode === 0 ? lastLine(seen.stdout) : undefined;
  const diskBytes = most(seen.samples, ({ folders }) => folders.work);
  rmSync(folder, { recursive: true, force: true });
  return {
    rows: count,
    seconds: seen.seconds,
    peakMb: told?.peak_mb ?? seen.peakMb,
    diskBytes,
    failure: told === undefined ? failureOf(seen) : undefined,
  };
}

/**
 * Why a command ended as it shouldn't.
 *
 * @param {Awaited<ReturnType<typeof watch>>} seen
 * @param {string} [stage]  that it was in; else the last one that it named
 * @param {string} [said]   its own words; else the last line of its errors
 */
function failureOf({ exitCode, signal, stdout, stderr }, stage, said) {
  const [, named] = [...stderr.matchAll(/^stage (\w+)$/gm)].at(-1) ?? [];
  const isMemory = OUT_OF_MEMORY.test(stdout + stderr) || signal === "SIGKILL" || exitCode === 137;
  const why = isMemory ? "ran out of memory" : `ended with ${exitCode ?? signal}`;
  const last = stderr.trim().split("\n").at(-1);
  return `${why} in ${stage ?? named ?? "its start"}: ${said ?? last}`;
}

function sections() {
  const disk = (bytes) => (bytes === null ? "" : bytes < 1e8 ? `${Math.round(bytes / 1e6)} MB` : gigabytes(bytes));
  const { whole, parts, reckonedMb } = peer;
  const within = night.togetherMb <= BOUNDS.gigabytes * 1024 ? "within" : "beyond";
  const verdict = night.failure ?? `done, ${within} ${BOUNDS.gigabytes} GB`;
  const row = ({ rows: count, seconds, peakMb, diskBytes, failure = "done" }) => [
    sized(count),
    "seen",
    failure,
    time(seconds),
    memory(peakMb),
    disk(diskBytes),
  ];
  return [
    `Bound: ${bounds.memory ?? "none, memory was only watched"}; ${bounds.cores}. The customers' file has ${disk(measured.fileBytes)}.`,
    {
      title: `${sized(rows)}, run-all, native: ${verdict}`,
      head: ["stage", "time", "memory", "spilled at most", "written"],
      rows: [
        ...night.stages.map(({ name, status, seconds, peakMb, spillBytes, writtenBytes: written }) => [
          status === "succeeded" ? name : `${name}, ${status}`,
          time(seconds),
          memory(peakMb),
          disk(spillBytes),
          disk(written),
        ]),
        ["all", time(night.seconds), memory(night.peakMb), disk(night.spillBytes), disk(night.workspaceBytes)],
      ],
    },
    [
      `All processes together held ${memory(night.togetherMb)} at most, workspace and spill together ${disk(night.diskBytes)}.`,
      ...(night.training === null ? [] : [`Of train's time, training took ${time(night.training)}.`]),
    ].join(" "),
    {
      title: "The peer",
      head: ["", "how", "end", "time", "memory", "disk"],
      rows: [
        ...parts.map(row),
        ...(reckonedMb === null ? [] : [[sized(rows), "reckoned from these", "", "", memory(reckonedMb), ""]]),
        ...(whole === null ? [] : [row(whole)]),
      ],
    },
  ];
}
