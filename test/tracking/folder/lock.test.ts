import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { withFolderLock } from "../../../src/lib/tracking/folder/lock.ts";
import { tags } from "../../../src/lib/tracking/tags.ts";
import { type Bundled, bundle } from "../../support/bundled.ts";
import { test as base, newRun, registerVersion } from "../../support/tracking-folder.ts";

const test = base.extend<{ logRuns: Bundled; dieWriting: Bundled }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  logRuns: async ({}, use) => {
    await using program = await bundle("log-runs");
    await use(program);
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  dieWriting: async ({}, use) => {
    await using program = await bundle("die-writing");
    await use(program);
  },
});

/** A lock that is held until the test has ended. */
async function hold(root: string): Promise<void> {
  const { promise, resolve } = resolvable();
  const taken = resolvable();
  const held = withFolderLock(root, () => {
    taken.resolve();
    return promise;
  });
  onTestFinished(async () => {
    resolve();
    await held;
  });
  await taken.promise;
}

function resolvable() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function unfinishedIn(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).filter((name) => /\.part(\/|$)|\.churn-/.test(name));
}

const runsEach = 25;

test("two processes write at once: every run has its own tags and model, version numbers have no gap", async ({
  root,
  tracking,
  logRuns,
}) => {
  const writers = ["red", "blue"];
  const ends = await Promise.all(writers.map((writer) => logRuns.run(root, writer, String(runsEach))));
  expect(ends).toEqual(writers.map(() => ({ exitCode: 0, signal: undefined, stdout: "", stderr: "" })));

  const versions = await tracking.modelVersions("shared");
  const all = writers.length * runsEach;
  expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: all }, (_, index) => all - index));
  const seen: string[] = [];
  for (const version of versions) {
    const run = await tracking.getRun(version.runId ?? "");
    const [writer = "", number = ""] = version.tag("key")?.split(" ") ?? [];
    expect(run?.tags).toMatchObject({ [tags.runKey]: `${writer} ${number}`, "mlflow.runName": `${writer} ${number}` });
    expect(run?.params).toEqual({ writer, number });
    const model = (await tracking.downloadModel(version)).get("model.json");
    expect(JSON.parse(Buffer.from(model ?? "").toString("utf8"))).toMatchObject({ key: `${writer} ${number}` });
    seen.push(`${writer} ${number}`);
  }
  expect(new Set(seen).size).toBe(all);
  expect((await readdir(root)).sort()).toEqual([".churn.lock", "0", expect.stringMatching(/^\d{18}$/), "models"]);
  expect(await unfinishedIn(root)).toEqual([]);
});

test("a writer that was killed in the midst blocks nobody, and the next write clears what it left", async ({
  root,
  tracking,
  dieWriting,
}) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  const shelter = join(root, experimentId, runId);
  expect(await dieWriting.run(root, shelter)).toMatchObject({ signal: "SIGKILL" });
  expect(await unfinishedIn(root)).toHaveLength(2);
  expect(await readFile(join(root, ".churn.lock"), "utf8")).toMatch(/^process \d+, since 20\S+Z +\n$/);

  await registerVersion(tracking, "another run");
  expect(await unfinishedIn(root)).toEqual([]);
  expect((await readFile(join(root, ".churn.lock"), "utf8")).trim()).toBe("nobody");
});

test("what a killed churn 1.0 left is cleared by the first write after it", async ({ root, tracking }) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  // It had no lock file.
  await rm(join(root, ".churn.lock"));
  await writeFile(join(root, ".churn-unfinished"), "half");
  await mkdir(join(root, experimentId, ".churn-unfinished-folder", "new"), { recursive: true });
  await mkdir(join(root, experimentId, runId, ".churn-former-folder"));
  await tracking.setStatus(runId, "FINISHED", 1);
  expect(await unfinishedIn(root)).toEqual([]);
});

test("a lock that isn't let go is told with its holder", async ({ root }) => {
  await mkdir(root);
  await hold(root);
  await expect(withFolderLock(root, async () => "never", 20)).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(
      RegExp(`^${root}/\\.churn\\.lock has been locked for 0\\.02 s, by process ${process.pid}, since 20\\S+Z$`),
    ),
    hint: "run it again when that process has ended",
  });
});

test("the lock is free again when the work throws", async ({ root }) => {
  await mkdir(root);
  await expect(withFolderLock(root, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await withFolderLock(root, async () => "done", 0)).toBe("done");
});

test("reading needs no lock, and a call on a folder that isn't there makes none", async ({ root, tracking }) => {
  await expect(tracking.setStatus("0123456789abcdef0123456789abcdef", "FINISHED", 1)).rejects.toMatchObject({
    exitCode: 4,
  });
  await expect(readdir(root)).rejects.toThrow("ENOENT");
  const { runId } = await tracking.createRun(newRun());
  await hold(root);
  expect(await tracking.getRun(runId)).toMatchObject({ runId });
  expect(await tracking.modelVersions("churn-model")).toEqual([]);
});
