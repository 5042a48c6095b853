import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { churn, digests, type Ended, lastDay } from "./churn.ts";

/**
 * A test with a workspace of its own (and an empty folder): the sample with five trees, on which the steps were run. They are run once a test file
 * and copied for each test.
 */
export function workspaceAfter(...steps: readonly (readonly string[])[]) {
  return base.extend<{ prepared: string; folder: string; workspace: string }>({
    prepared: [
      // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
      async ({}, use) => {
        const folder = await realpath(await mkdtemp(join(tmpdir(), "churn-prepared-")));
        await succeeds(folder, ["init", "--sample", "--date", lastDay]);
        await replaceIn(join(folder, "churn.yaml"), /rounds: 100/, "rounds: 5");
        for (const words of steps) await succeeds(folder, words);
        await use(folder);
        await rm(folder, { recursive: true, force: true });
      },
      { scope: "file" },
    ],
    // biome-ignore lint/correctness/noEmptyPattern: as above
    folder: async ({}, use) => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), "churn-mistake-")));
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    workspace: async ({ prepared }, use) => {
      const workspace = await realpath(await mkdtemp(join(tmpdir(), "churn-mistake-")));
      await cp(prepared, workspace, { recursive: true });
      await use(workspace);
      await rm(workspace, { recursive: true, force: true });
    },
  });
}

/** Runs what has to go well, for what comes after it. */
export async function succeeds(workspace: string, words: readonly string[]): Promise<Ended> {
  const ended = await churn(workspace, words);
  if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${ended.exitCode}: ${ended.stderr}`);
  return ended;
}

/** What a person reads at the end of a mistake. */
export interface Complaint {
  readonly exitCode: number | undefined;
  readonly error: string;
  /** lines, none where the sentence says it all */
  readonly next: readonly string[];
}

/** Every failure of run-all names workspace, log and --set again, which are others in each test: mail.test.ts has them. */
const LOG = /^the run's log: /;
const WORKSPACE = /(?<=\bchurn) -C (?:'[^']*'|\S+)/g;
const SET_AGAIN = /(?<=^churn run-all --date \S+) --set .*$/;

/** The end of stderr must be an error and its hint, and nothing after them: no stack trace, no second opinion. */
export function complaint({ exitCode, stderr }: Pick<Ended, "exitCode" | "stderr">): Complaint {
  const [, error, next] = /(?:^|\n)error {2}(.*(?:\n {7}.*)*)(?:\nnext {3}(.*(?:\n {7}.*)*))?$/.exec(stderr) ?? [];
  if (error === undefined) throw new Error(`no complaint, exit code ${exitCode}: ${stderr}`);
  const steps = next === undefined ? [] : unfolded(next).filter((line) => !LOG.test(line));
  const anywhere = steps.map((line) => line.replaceAll(WORKSPACE, "").replace(SET_AGAIN, ""));
  return { exitCode, error: unfolded(error).join("\n"), next: anywhere };
}

function unfolded(text: string): string[] {
  return text.split("\n").map((line) => line.trimStart());
}

/** Attempts, logs, the ledger, messages and the lock's text tell of every start; all else stays as it is where a mistake ends a run. */
const TOLD = /^(logs|notifications)\/|^ledger\.jsonl$|^\.churn\/|\/attempts\//;

/**
 * Runs churn and expects it to change nothing that was good.
 *
 * @returns what it complained of
 */
export async function refuses(
  workspace: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Complaint> {
  const before = await digests(workspace, TOLD);
  const ended = await churn(workspace, words, env);
  expect(await digests(workspace, TOLD)).toEqual(before);
  expect(await unfinishedIn(workspace)).toEqual([]);
  return complaint(ended);
}

/** Files and folders that are not finished: none are left by a run that could still say how it ended. */
export async function unfinishedIn(workspace: string): Promise<string[]> {
  const names = await readdir(workspace, { recursive: true });
  return names.filter((name) => /\.part(\/|$)/.test(name));
}

export async function replaceIn(file: string, from: RegExp, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const replaced = text.replace(from, to);
  if (replaced === text) throw new Error(`${file} has no ${from}`);
  await writeFile(file, replaced);
}

/** Keeps the first half of a file. */
export async function cutInHalf(file: string): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, bytes.length / 2));
}

/** A query that DuckDB needs minutes for: time enough to be stopped in extract, at any speed of the machine. */
export const slowSource = [
  "--set",
  "source={url: 'duckdb:customers.duckdb', query: 'SELECT * FROM customers WHERE snapshot_date = {date} AND (SELECT count(*) FROM range(1000000000000) AS n(i) WHERE i % 7 = 3) > 0'}",
] as const;
