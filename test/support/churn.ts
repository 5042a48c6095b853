import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test as base } from "vitest";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { churn, cronEnv, type Ended, program } from "./program.ts";

export { churn, cronEnv, type Ended, program };

/** The last day of the sample in tests. */
export const lastDay = "2026-11-22";
export const dayBefore = "2026-11-21";

/** `folder`: an empty one; `workspace`: one with the sample, whose last snapshot is `lastDay`. Both are removed afterwards. */
export const test = base.extend<{ folder: string; workspace: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "churn-test-"));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
  workspace: async ({ folder }, use) => {
    const { exitCode, stderr } = await churn(folder, ["init", "--sample", "--date", lastDay]);
    if (exitCode !== 0) throw new Error(`init failed: ${stderr}`);
    await use(folder);
  },
});

/** Every file below a folder and its digest, but for those that `except` matches. */
export async function digests(folder: string, except: RegExp = /^$/): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const key = relative(folder, path);
    if (entry.isFile() && !except.test(key)) found[key] = sha256(await readFile(path));
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the design lets differ between two runs on the same customers: times and ids live in these files alone. */
export const mayDiffer =
  /^(records|logs|ledger|mlruns|notifications)\/|^\.churn\/|MLmodel$|registration\.json$|notification\.json$|^(workspace\.json|ledger\.jsonl)$|\.duckdb$/;
