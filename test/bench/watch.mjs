import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bareEnvironment, scratch } from "./process.mjs";

const MEMORY_EVERY_MS = 200;
/** A folder is walked for it. */
const FOLDERS_EVERY_MS = 1000;

/**
 * What was seen at a moment.
 *
 * @typedef {object} Sample
 * @property {number} at          milliseconds since 1970
 * @property {number} togetherMb  what all processes of the tree hold in memory, what they share counted for each
 * @property {Record<string, number>} folders  bytes on the disk
 */

/**
 * Runs a command to its end, whatever that is, and looks at its processes and folders again and again meanwhile. Of Linux: it reads /proc.
 *
 * @param {readonly string[]} command
 * @param {{ cwd?: string, env?: Record<string, string>, folders: Record<string, string> }} options  folders: path by name
 * @returns {Promise<{ seconds: number, exitCode: number | null, signal: string | null, stdout: string, stderr: string,
 *   peakMb: number, samples: Sample[] }>}  peakMb: of the largest process
 */
export async function watch(command, { cwd = scratch, env = {}, folders }) {
  const [program = "", ...words] = command;
  const startedAt = performance.now();
  const child = spawn(program, words, {
    cwd,
    env: { ...bareEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, which goes when the bench is ended.
    detached: true,
  });
  const endGroup = () => process.kill(-child.pid, "SIGTERM");
  process.prependOnceListener("exit", endGroup);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => {
      texts[name] += text;
    });
  }

  let peakMb = 0;
  let sizes = {};
  let walkedAt = Number.NEGATIVE_INFINITY;
  const samples = [];
  const look = () => {
    const tree = processesBelow(child.pid);
    peakMb = Math.max(peakMb, ...tree.map((one) => one.peakMb));
    const now = performance.now();
    if (now - walkedAt >= FOLDERS_EVERY_MS) {
      sizes = Object.fromEntries(Object.entries(folders).map(([name, path]) => [name, bytesOf(path)]));
      walkedAt = now;
    }
    samples.push({ at: Date.now(), togetherMb: tree.reduce((sum, one) => sum + one.residentMb, 0), folders: sizes });
  };
  const timer = setInterval(look, MEMORY_EVERY_MS);
  const [exitCode, signal] = await once(child, "close");
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(timer);
  walkedAt = Number.NEGATIVE_INFINITY;
  look();
  process.off("exit", endGroup);
  return { seconds, exitCode, signal, ...texts, peakMb, samples };
}

/** A process and all that it started, and those started. */
function processesBelow(root) {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const status = statusOf(pid);
      const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      if (status === "") return [];
      return [{ pid: Number(pid), parent: number("PPid"), residentMb: number("VmRSS") / 1024, peakMb: number("VmHWM") / 1024 }];
    });
  const found = all.filter(({ pid }) => pid === root);
  // It grows while it is walked.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** "" of a process that is gone. */
function statusOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** What a folder takes of the disk. Files come and go meanwhile. */
export function bytesOf(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true })
    .map((name) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.blocks ?? 0)
    .reduce((sum, blocks) => sum + blocks * 512, 0);
}
