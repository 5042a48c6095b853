import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { churn, cronEnv, lastDay, program } from "../../support/churn.ts";
import { complaint, replaceIn } from "../../support/mistake.ts";

/** Mounted by root, or by a user in a namespace of its own; gone with the script that mounted it. */
const [unshare, ...apart] = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm"] as const;
const mayMount =
  (await execa(unshare, [...apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { reject: false })).exitCode === 0;
if (!mayMount) process.stderr.write("commands on a full disk are not tried: this machine lets nobody mount a tmpfs\n");

/**
 * Every command on a full disk. `reads`: it writes nothing, and does its work all the same. `takes`: keys that it may have changed before the
 * disk was full, by whole files: the same words again finish it. The stages by themselves are tried in files-and-disk.test.ts.
 */
const cases: readonly { readonly words: string; readonly reads?: true; readonly takes?: RegExp }[] = [
  { words: "config", reads: true },
  { words: "models", reads: true },
  { words: "ls", reads: true },
  { words: "ls --date 2026-11-21", reads: true },
  { words: "cat records/2026-11-21/train.json", reads: true },
  { words: "verify --all", reads: true },
  { words: "message show", reads: true },
  { words: "preview", reads: true },
  { words: `run-all --date ${lastDay} --dry-run`, reads: true },
  { words: "get models/2026-11-21/model/model.json -o model.json" },
  { words: "-C new init" },
  { words: "-C new init --sample --date 2026-11-22" },
  { words: "init --adopt" },
  { words: `run-all --date ${lastDay}`, takes: /./ },
  { words: "run-all --date 2026-11-21" },
  { words: "promote --version 1 --yes", takes: /mlruns|notifications/ },
  { words: "rollback --yes", takes: /mlruns|notifications/ },
  { words: "message test" },
  { words: "message flush" },
  { words: "gc --keep 1d", takes: /removed\.json|raw|processed|features|models|mlruns/ },
  { words: "setup native --yes --version 3.4.1" },
];

describe.skipIf(!mayMount)("on a full disk", { timeout: 600_000 }, () => {
  let at: string;
  let told: string;
  beforeAll(async () => {
    at = await realpath(await mkdtemp(join(tmpdir(), "churn-full-")));
    const [prepared, disk] = [join(at, "prepared"), join(at, "disk")];
    told = join(at, "told");
    for (const folder of [prepared, disk, told]) await mkdir(folder);
    const succeeds = async (words: string) => {
      const { exitCode, stderr } = await churn(prepared, words.split(" "));
      expect(exitCode, `${words}: ${stderr}`).toBe(0);
    };
    await succeeds(`init --sample --date ${lastDay}`);
    await replaceIn(join(prepared, "churn.yaml"), /rounds: 100/, "rounds: 5");
    // A timid model first, so that the second night's is better: both were in production, and the first may come back.
    await succeeds("run-all --date 2026-11-20 --set evaluate.threshold=0.8");
    await succeeds("promote --version 1 --yes");
    await succeeds("run-all --date 2026-11-21");
    await succeeds("promote --version 2 --yes");
    await writeFile(join(at, "cases"), cases.map(({ words }, index) => `${index}\t${words}\n`).join(""));
    const script = fileURLToPath(new URL("../../support/full-disk-commands.sh", import.meta.url));
    const { exitCode, stderr } = await execa(
      unshare,
      [...apart, "sh", script, disk, prepared, told, process.execPath, program, join(at, "cases")],
      // No pip has to be there, and none may be asked for anything elsewhere.
      { env: { ...cronEnv, PIP_NO_INDEX: "1" }, extendEnv: false, reject: false },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  }, 600_000);
  afterAll(async () => {
    await rm(at, { recursive: true, force: true });
  });

  const read = async (name: string) => (await readFile(join(told, name), "utf8")).trim();

  test.for(cases.flatMap((one, index) => [0, 16].map((free) => ({ ...one, free, name: `${index}.${free}` }))))(
    "churn $words, with $free kB free",
    async ({ name, reads, takes }) => {
      const ended = { exitCode: Number(await read(`${name}.code`)), stderr: await read(`${name}.stderr`) };
      if (ended.exitCode !== 0 || !reads) {
        const { exitCode, error, next } = complaint(ended);
        expect(error).toMatch(/the disk is full|No space left on device|disk quota/);
        expect({ exitCode, next }).toMatchObject({
          exitCode: 5,
          next: expect.arrayContaining([expect.stringMatching(/free some space|make room first/)]),
        });
      }
      if (reads) expect(ended).toEqual({ exitCode: 0, stderr: ended.stderr });
      expect(await read(`${name}.left`), "nothing is half written").toBe("");

      const [before, after] = await Promise.all([read(`${name}.before`), read(`${name}.after`)]);
      const left = changed(before, after).filter((key) => takes?.test(key) !== true && !PASSING.test(key));
      expect(left, "nothing that was good is lost").toEqual([]);
      expect(await read(`${name}.verify.code`), await read(`${name}.verify.stderr`)).toBe("0");
    },
  );

  test.for(cases.map((one, index) => ({ ...one, index })).filter(({ words }) => !words.startsWith("setup")))(
    "where there is space again churn $words does its work",
    async ({ index }) => {
      for (const free of [0, 16])
        expect(await read(`${index}.${free}.again.code`), await read(`${index}.${free}.again.stderr`)).toBe("0");
    },
  );
});

/** Attempts of a run that failed, what is told of it, and what a start makes anew. */
const PASSING = /\/attempts\/|^\.\/notifications\/|^\.\/\.churn\//;

/** Keys of files that were there and aren't as they were. */
function changed(before: string, after: string): string[] {
  const digestsIn = (text: string) =>
    new Map(text.split("\n").map((line): [string, string] => [line.slice(66), line.slice(0, 64)]));
  const now = digestsIn(after);
  return [...digestsIn(before)].filter(([key, digest]) => now.get(key) !== digest).map(([key]) => key);
}
