import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { churn, cronEnv, dayBefore, lastDay, program } from "../../support/churn.ts";
import { complaint, replaceIn } from "../../support/mistake.ts";

/** Mounted by root, or by a user in a namespace of its own; gone with the script that mounted it. */
const [unshare, ...apart] = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm"] as const;
const mayMount =
  (await execa(unshare, [...apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { reject: false })).exitCode === 0;
if (!mayMount) process.stderr.write("commands on a full disk are not tried: this machine lets nobody mount a tmpfs\n");

/** What does its work all the same: it writes nothing, or can do without. */
const reading: readonly { readonly words: string; readonly code?: number }[] = [
  { words: "config" },
  { words: "models" },
  { words: "history" },
  { words: `ls --date ${dayBefore}` },
  { words: `cat records/${dayBefore}/train.json` },
  { words: "verify --all" },
  { words: "message show" },
  { words: "preview" },
  { words: "schedule print --systemd" },
  { words: `run-all --date ${lastDay} --dry-run` },
  { words: "watchdog --dry-run", code: 5 },
  // What finds the disk full tells it, by what needs no disk.
  { words: "watchdog", code: 5 },
];

interface Writing {
  readonly words: string;
  /** kB */
  readonly free: number;
  /** keys that it may have changed before the disk was full, by whole files: the same words again finish it */
  readonly takes?: RegExp;
}

/** What says that the disk is full, leaves nothing half written, and is finished by the same words. The stages by themselves are tried in files-and-disk.test.ts. */
const writing: readonly Writing[] = [
  { words: `run-all --date ${lastDay}`, free: 0 },
  { words: `run-all --date ${lastDay}`, free: 64, takes: /./ },
  { words: "promote --version 1 --yes", free: 0 },
  { words: "promote --version 1 --yes", free: 16, takes: /mlruns/ },
  { words: "get models/2026-11-21/model/model.json -o model.json", free: 0 },
  { words: "-C new init --sample --date 2026-11-22", free: 16 },
  { words: "init --adopt", free: 0 },
  { words: "message test", free: 0 },
  { words: "gc --keep 0d", free: 0, takes: /removed\.json|\/(?:raw|processed|features|models|mlruns)\// },
];

const cases = [
  ...reading.map(({ words }, index) => ({ name: `reads-${index}`, kind: "reads", free: 0, words })),
  ...writing.map(({ words, free }, index) => ({ name: `writes-${index}`, kind: "writes", free, words })),
];

describe.skipIf(!mayMount)("on a full disk", { timeout: 300_000 }, () => {
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
    await succeeds(`run-all --date ${dayBefore}`);
    await writeFile(
      join(at, "cases"),
      cases.map(({ name, kind, free, words }) => `${[name, kind, free, words].join("\t")}\n`).join(""),
    );
    const script = fileURLToPath(new URL("../../support/full-disk-commands.sh", import.meta.url));
    const { exitCode, stderr } = await execa(
      unshare,
      [...apart, "sh", script, disk, prepared, told, process.execPath, program, join(at, "cases")],
      { env: cronEnv, extendEnv: false, reject: false },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  }, 300_000);
  afterAll(async () => {
    await rm(at, { recursive: true, force: true });
  });

  const read = async (name: string) => (await readFile(join(told, name), "utf8")).trim();
  const endOf = async (name: string) => ({
    exitCode: Number(await read(`${name}.code`)),
    stderr: await read(`${name}.stderr`),
  });

  test.for(reading.map((one, index) => ({ ...one, name: `reads-${index}` })))(
    "churn $words does its work",
    async ({ name, code = 0 }) => {
      const { exitCode, stderr } = await endOf(name);
      expect(exitCode, stderr).toBe(code);
      const left = changed(await read(`${name}.before`), await read(`${name}.after`));
      expect(left.filter((key) => !PASSING.test(key))).toEqual([]);
    },
  );

  test.for(writing.map((one, index) => ({ ...one, name: `writes-${index}` })))(
    "churn $words, with $free kB free, says so, loses nothing, and is finished by the same words",
    async ({ name, takes }) => {
      const { exitCode, error, next } = complaint(await endOf(name));
      expect(error).toMatch(/the disk is full|has .* free, but a night needs/);
      expect({ exitCode, next }).toMatchObject({
        exitCode: 5,
        next: expect.arrayContaining([expect.stringMatching(/free some space|make room first/)]),
      });
      expect(await read(`${name}.left`), "nothing is half written").toBe("");
      const [before, after] = await Promise.all([read(`${name}.before`), read(`${name}.after`)]);
      const left = changed(before, after).filter((key) => takes?.test(key) !== true && !PASSING.test(key));
      expect(left, "nothing that was good is lost").toEqual([]);
      for (const then of ["again", "verify"])
        expect(await read(`${name}.${then}.code`), await read(`${name}.${then}.stderr`)).toBe("0");
    },
  );
});

/** Attempts of a run that failed, what is told of it, and what a start makes anew. */
const PASSING = /\/attempts\/|^\.\/notifications\/|^\.\/\.churn\/|^\.\/ledger\.jsonl$/;

/** Keys of files that were there and aren't as they were. */
function changed(before: string, after: string): string[] {
  const digestsIn = (text: string) =>
    new Map(text.split("\n").map((line): [string, string] => [line.slice(66), line.slice(0, 64)]));
  const now = digestsIn(after);
  return [...digestsIn(before)].filter(([key, digest]) => now.get(key) !== digest).map(([key]) => key);
}
