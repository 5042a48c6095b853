import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What no file of a workspace may ever hold, and no screen show. */
export const SECRET = "s3cret-of-somebody-else";

const LONG_AGO = new Date("2020-01-01T00:00:00Z");
const LONGER_AGO = new Date("2019-01-01T00:00:00Z");

/** A folder beside the workspace that is none of churn's business, and a way to see whether anybody has been there. */
export interface Outside {
  readonly path: string;
  /** Begins to watch. */
  watch(): Promise<void>;
  /** What was read, written, made or removed there since, and how; sorted. */
  changes(): Promise<string[]>;
}

/** @param model  a model folder that is sound, to be found there as well */
export async function makeOutside(path: string, model: string): Promise<Outside> {
  await mkdir(join(path, "folder"), { recursive: true });
  await cp(model, join(path, "model"), { recursive: true });
  await writeFile(join(path, "secret.txt"), SECRET);
  await writeFile(join(path, "customers.csv"), `id,secret\n1,${SECRET}\n`);
  await writeFile(join(path, "folder", "churn.threshold"), "0.9");
  execFileSync("mkfifo", [join(path, "pipe")]);
  let known: readonly string[] = [];
  return {
    path,
    async watch() {
      known = await pathsIn(path);
      // Read long ago, before it was changed for the last time: then the kernel notes the next reading, of a folder as well.
      for (const one of known) await utimes(one, LONGER_AGO, LONG_AGO);
    },
    async changes() {
      const changed: string[] = [];
      for (const one of known) {
        const now = await stat(one).catch(() => undefined);
        if (now === undefined) changed.push(`${one} was removed`);
        else if (now.mtimeMs !== LONG_AGO.getTime()) changed.push(`${one} was written`);
        else if (now.atimeMs !== LONGER_AGO.getTime()) changed.push(`${one} was read`);
      }
      const made = (await pathsIn(path)).filter((one) => !known.includes(one));
      return [...changed, ...made.map((one) => `${one} was made`)].sort();
    },
  };
}

/** The folder and all that is in it. */
async function pathsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))];
}

/** Whether a reading is seen at all where these files lie: some file systems are mounted without. */
export async function seesReading(folder: string): Promise<boolean> {
  const path = join(folder, "probe");
  await writeFile(path, "probe");
  await utimes(path, LONGER_AGO, LONG_AGO);
  await readFile(path);
  return (await stat(path)).atimeMs !== LONGER_AGO.getTime();
}
