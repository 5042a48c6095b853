import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { errorCode } from "../../../src/lib/files/machine-error.ts";
import { openFolder } from "../../../src/lib/tracking/folder/folder.ts";
import { withRunId } from "../../../src/lib/tracking/model-folder.ts";
import { promote } from "../../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../../src/lib/tracking/promotion-plan.ts";
import type { Tracking } from "../../../src/lib/tracking/tracking.ts";
import { modelName, newRun, registerVersion, registry, smallModel, test } from "../../support/tracking-folder.ts";

/**
 * The real file system with a switch: after so many changes nothing is changed any more, as if the process had been killed
 * there. The last write before it gets half its bytes down.
 */
const { power, spend, changing, Killed } = vi.hoisted(() => {
  class Killed extends Error {}
  const power = { left: Number.POSITIVE_INFINITY, used: 0 };
  const spend = () => {
    power.used += 1;
    power.left -= 1;
    if (power.left < 0) throw new Killed();
  };
  const changing =
    <Arguments extends unknown[], Result>(call: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      spend();
      return call(...given);
    };
  return { power, spend, changing, Killed };
});

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  return { ...real, rm: changing(real.rm) };
});
vi.mock("node:fs", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs")>();
  return {
    ...real,
    mkdirSync: changing(real.mkdirSync),
    renameSync: changing(real.renameSync),
    unlinkSync: changing(real.unlinkSync),
    rmSync: changing(real.rmSync),
    openSync: changing(real.openSync),
    writeSync: changing(real.writeSync),
    writeFileSync: (file: number, content: string | Uint8Array) => {
      const bytes = Buffer.from(content);
      if (power.left === 0) real.writeSync(file, bytes.subarray(0, bytes.length / 2));
      spend();
      real.writeFileSync(file, bytes);
    },
    // A kill, unlike a power cut, loses nothing that was written.
    fsyncSync: () => {},
  };
});

beforeEach(() => {
  power.left = Number.POSITIVE_INFINITY;
});
afterEach(() => {
  power.left = Number.POSITIVE_INFINITY;
});

/** What a night does to the tree, as often as it is called. */
async function night(tracking: Tracking): Promise<void> {
  const { runId } = await tracking.createRun(newRun());
  await tracking.logBatch(runId, {
    params: { max_depth: "5", rounds: "100" },
    metrics: [0, 1].map((step) => ({ key: "log_loss", value: 0.5 - step / 10, timestamp: 1000 + step, step })),
    tags: { "mlflow.user": "maria" },
  });
  const { modelUri } = await tracking.logModel(runId, withRunId(smallModel(), runId));
  await tracking.setStatus(runId, "FINISHED", 2000);
  const version = { name: modelName, runId, source: modelUri, description: "a night", tags: { "churn.f1": "0.5" } };
  const { version: number } = await tracking.createModelVersion(version);
  await tracking.transitionStage(modelName, number, "Staging");
  await tracking.setAlias(modelName, "challenger", number);
}

async function promotion(tracking: Tracking, version: number): Promise<void> {
  const plan = await planPromotion(tracking, registry, version);
  await promote(tracking, plan, { by: "maria", at: new Date("2026-11-23T08:00:00Z") });
}

/** All files with their content, and all folders, sorted, without the ids and times that differ from tree to tree. */
async function contentOf(root: string, base = root): Promise<(readonly [string, string])[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const anonymous = (text: string) =>
    text
      .replaceAll(root, "ROOT")
      .replaceAll(encodeURI(root), "ROOT")
      .replaceAll(encodeURI(base), "ROOT")
      .replaceAll(/\b[0-9a-f]{32}\b/g, "RUN")
      .replaceAll(/(_time|_timestamp): \d+/g, "$1: TIME");
  const contents = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      // A kill may have been the last thing that happened there: then its text still names who died.
      if (entry.name === ".churn.lock") return [anonymous(path), "the lock's file"] as const;
      return [anonymous(path), entry.isFile() ? anonymous(await readFile(path, "utf8")) : "a folder"] as const;
    }),
  );
  return contents.sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

/** The traps of MLflow's readers: what must hold at every moment for them to read the tree. */
async function expectReadable(root: string, base: string): Promise<void> {
  const folders = async (path: string) =>
    (await readdir(path, { withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  for (const experiment of await folders(root)) expect(experiment).toMatch(/^(\d+|models)$/);
  for (const model of await folders(join(root, "models"))) {
    expect(await readdir(join(root, "models", model))).toContain("meta.yaml");
    for (const version of await folders(join(root, "models", model))) {
      if (version === "aliases" || version === "tags") continue;
      expect(version).toMatch(/^version-\d+$/);
      expect(await readdir(join(root, "models", model, version))).toContain("meta.yaml");
    }
  }
  for (const [file, text] of await contentOf(root, base)) {
    const [, run, kind] = /^ROOT\/\d+\/(RUN)\/(metrics|params|tags)\//.exec(file) ?? [];
    if (run !== undefined) expect(file).not.toContain("/.churn.");
    if (kind === "metrics") expect(text).toMatch(/^(\d+ [\d.]+ \d+\n)+$/);
    if (file.endsWith("/meta.yaml") && !file.includes("/.churn.")) expect(text).toMatch(/\n$/);
  }
  const tracking = openFolder(root);
  await tracking.findRun("churn", { key: "churn.run_key", value: "w/2026-11-23/abc" });
  await tracking.modelVersions(modelName);
}

/**
 * Does the work with a kill after each of its changes, and once more after that, and compares with never being killed.
 *
 * @param base  the tree before the work; it need not be there
 * @returns     how many changes the work makes
 */
async function killEverywhere(base: string, work: (tracking: Tracking) => Promise<void>): Promise<number> {
  const copied = async (name: string) => {
    const root = `${base}-${name}`;
    await cp(base, root, { recursive: true }).catch((error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
    });
    return root;
  };
  const whole = await copied("whole");
  power.used = 0;
  await work(openFolder(whole));
  const changes = power.used;
  const expected = await contentOf(whole, base);
  for (let kill = 0; kill < changes; kill += 1) {
    const root = await copied(`killed-${kill}`);
    power.left = kill;
    await expect(work(openFolder(root))).rejects.toThrow(Killed);
    power.left = Number.POSITIVE_INFINITY;
    await expectReadable(root, base);
    await work(openFolder(root)).catch((error: unknown) => {
      // killed after its last change: all was done
      if (!(error instanceof Error && error.message.endsWith("is in Production already"))) throw error;
    });
    expect(await contentOf(root, base), `killed after ${kill} changes`).toEqual(expected);
  }
  return changes;
}

test("a night killed after any of its changes ends, repeated, as one that was never killed", async ({ root }) => {
  expect(await killEverywhere(root, night)).toBeGreaterThan(60);
});

test("a promotion killed after any of its changes ends, repeated, as one that was never killed", async ({
  root,
  tracking,
}) => {
  for (const key of ["old", "new"]) await registerVersion(tracking, key);
  await tracking.transitionStage(modelName, 1, "Staging");
  await promotion(tracking, 1);
  await tracking.transitionStage(modelName, 2, "Staging");
  await tracking.setAlias(modelName, "challenger", 2);
  expect(await killEverywhere(root, (killed) => promotion(killed, 2))).toBeGreaterThan(15);
});
