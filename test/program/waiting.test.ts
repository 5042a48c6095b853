import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { churn, cronEnv, program } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

/** The sample as a table of today's state, whatever day it is. */
const waiting = (wait: string) => ["--set", "dataset.date=null", "--set", `source.wait=${wait}`];

async function hide(workspace: string): Promise<() => Promise<void>> {
  const file = join(workspace, "customers.duckdb");
  await rename(file, `${file}.hidden`);
  return () => rename(`${file}.hidden`, file);
}

test("a night waits for its customers, and its log says when that began and ended", async ({ workspace }) => {
  const show = await hide(workspace);
  const running = churn(workspace, ["run-all", "--to", "extract", ...waiting("{for: 1m, every: 1s}")]);
  await sleep(3000);
  await show();
  expect(await running).toMatchObject({ exitCode: 0 });
  const logs = join(workspace, "logs");
  const files = (await readdir(logs, { recursive: true })).filter((name) => name.endsWith(".jsonl"));
  const log = (await Promise.all(files.map((name) => readFile(join(logs, name), "utf8")))).join("");
  expect(log.match(/waiting up to 1m, a look every 1s/g)).toHaveLength(1);
  expect(log.match(/the customers of today, [-\d]+, are there after/g)).toHaveLength(1);
});

test("a wait that is over ends with 75 and what was missing", async ({ workspace }) => {
  await hide(workspace);
  const ended = await churn(workspace, ["run-all", ...waiting("{for: 2s, every: 1s}")]);
  expect(ended).toMatchObject({
    exitCode: 75,
    stderr: expect.stringContaining("waited 2s: source.url: there is no file customers.duckdb"),
  });
});

test("a stage by hand says what it waits for, and Ctrl-C ends it at once", async ({ workspace }) => {
  await hide(workspace);
  const child = spawn(process.execPath, [program, "extract", ...waiting("{for: 1h, every: 10m}")], {
    cwd: workspace,
    env: cronEnv,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.includes("waiting up to 1h")) child.kill("SIGINT");
  });
  const [code, signal] = await once(child, "exit");
  expect(signal ?? code).toSatisfy((end: unknown) => end === "SIGINT" || end === 130);
  expect(said).toContain("waiting up to 1h, a look every 10m: source.url: there is no file customers.duckdb");
  await expect(stat(join(workspace, "raw"))).rejects.toThrow("ENOENT");
});
