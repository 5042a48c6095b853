import { mkdir, readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { errorCode } from "../../src/lib/files/machine-error.ts";
import { pipeline } from "../../src/pipeline.ts";
import { cronEnv, type Ended, program } from "./churn.ts";
import type { Kill } from "./kill-plan.ts";
import { mulberry32 } from "./mulberry32.ts";
import { fileOf, type Place } from "./place.ts";

/** How long a night takes when nobody kills it, in milliseconds. */
export interface Pace {
  readonly night: number;
  readonly stages: Readonly<Record<string, number>>;
}

/** A start of run-all that was killed, or that ended before it could be. */
export interface Killed extends Ended {
  /** the run's id; undefined when it was killed before it had one */
  readonly run: string | undefined;
  /** how many processes got the signal; 0 when the run had ended before */
  readonly processes: number;
  /** what the run left in the machine's temporary folder */
  readonly inTmp: readonly string[];
  /** milliseconds from the kill until no process of the run lived any more */
  readonly gone: number;
}

/** A store's server, which is a victim too. */
export interface Mortal {
  /** ends it without warning */
  kill(): Promise<void>;
  /** starts it again, in the same place */
  restart(): Promise<void>;
}

interface Process {
  readonly pid: number;
  /** undefined for the supervisor */
  readonly stage: string | undefined;
}

/** Starts a night and kills it as planned; returns once no process of it lives. Linux only: processes are read from /proc. */
export async function killNight(
  place: Place,
  date: string,
  kill: Kill,
  pace: Pace,
  seed: number,
  server?: Mortal,
): Promise<Killed> {
  return killCommand(place, date, ["run-all", "--date", date], kill, pace, seed, server);
}

/** As killNight, for any command of a night: a stage by hand, say. Then the process that was started is the supervisor. */
export async function killCommand(
  place: Place,
  date: string,
  words: readonly string[],
  kill: Kill,
  pace: Pace,
  seed: number,
  server?: Mortal,
): Promise<Killed> {
  const { workspace } = place;
  const earlier = new Set(await runsOf(place, date));
  const tmp = `${workspace}-tmp`;
  await mkdir(tmp, { recursive: true });
  const command = execa(process.execPath, [program, "-C", workspace, ...words], {
    cwd: workspace,
    env: { ...cronEnv, ...place.env, TMPDIR: tmp },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  let running = true;
  const ended = command.finally(() => {
    running = false;
  });
  await reach(() => running, place, date, earlier, kill, pace);
  const random = mulberry32(seed);
  const processes =
    kill.target === "server"
      ? await strikeServer(server, random, () => running)
      : await strike(workspace, kill, random, () => running);
  const killedAt = performance.now();
  const { exitCode, signal, stdout, stderr } = await ended;
  await nobodyLeft(workspace);
  const gone = performance.now() - killedAt;
  const run = (await runsOf(place, date)).find((id) => !earlier.has(id));
  return { exitCode, signal, stdout, stderr, run, processes, inTmp: await readdir(tmp), gone };
}

/** Waits for the moment, or for the run's end. */
async function reach(
  running: () => boolean,
  place: Place,
  date: string,
  earlier: ReadonlySet<string>,
  { moment }: Kill,
  pace: Pace,
): Promise<void> {
  const { stage, share } = moment;
  if (stage === undefined) {
    await sleep(share * pace.night);
    return;
  }
  const begun = async () => {
    const run = (await runsOf(place, date)).find((id) => !earlier.has(id));
    return run !== undefined && (await readdir(attempts(place, date, run))).includes(`${stage}.json`);
  };
  while (running() && !(await begun())) await sleep(2);
  await sleep(share * (pace.stages[stage] ?? 0));
}

/** @returns how many processes got the signal */
async function strike(
  workspace: string,
  { target, moment, process: wanted }: Kill,
  random: () => number,
  running: () => boolean,
): Promise<number> {
  for (let killed = 0; ; await sleep(2)) {
    const alive = await processesOf(workspace);
    if (target === "everything") {
      // Whoever was started between the look and the signal is found by the next look.
      if (alive.length === 0) return killed;
      for (const { pid } of shuffled(alive, random)) killed += signal(pid);
    } else if (target === "supervisor") {
      return alive.filter(({ stage }) => stage === undefined).reduce((count, { pid }) => count + signal(pid), 0);
    } else {
      const stages = alive.filter(({ stage }) => stage !== undefined);
      const meant = stages.find(({ stage }) => stage === (wanted ?? moment.stage));
      // Where no stage is meant, the one that waits for its word is as good as the one at work.
      const victim = meant ?? (wanted === undefined ? shuffled(stages, random)[0] : undefined);
      if (victim !== undefined) return signal(victim.pid);
      if (!running()) return 0;
    }
  }
}

/** How long a server is away at most, in milliseconds. */
const AWAY_MS = 1_500;

/** @returns 1 where the run was still at work when the server died */
async function strikeServer(server: Mortal | undefined, random: () => number, running: () => boolean): Promise<number> {
  if (server === undefined) throw new Error("there is no server to be killed");
  const met = running() ? 1 : 0;
  await server.kill();
  await sleep(random() * AWAY_MS);
  await server.restart();
  return met;
}

function signal(pid: number): number {
  try {
    process.kill(pid, "SIGKILL");
    return 1;
  } catch (error) {
    if (errorCode(error) === "ESRCH") return 0;
    throw error;
  }
}

/** All processes that were started with the workspace's path in their words: churn and its stages. A dead one has no words. */
export async function processesOf(workspace: string): Promise<readonly Process[]> {
  const found: Process[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const words = (await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (!words.includes(workspace)) continue;
    const [first] = words.slice(2);
    found.push({ pid: Number(name), stage: pipeline.find((stage) => stage.name === first)?.name });
  }
  return found;
}

const PATIENCE_MS = 20_000;

/** @throws when a process of the workspace outlives its patience */
async function nobodyLeft(workspace: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const alive = await processesOf(workspace);
    if (alive.length === 0) return;
    if (performance.now() > until) throw new Error(`still alive: ${JSON.stringify(alive)}`);
    await sleep(2);
  }
}

const attempts = (place: Place, date: string, run = "") => fileOf(place, `records/${date}/attempts/${run}`);

async function runsOf(place: Place, date: string): Promise<readonly string[]> {
  return readdir(attempts(place, date)).catch(() => []);
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
