import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { LedgerEvent } from "../../src/lib/ledger/events.ts";
import { refuseForgottenVersions, refuseLostRegistry } from "../../src/lib/tracking/lost-registry.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { digestOf, earlier } from "../support/earlier-night.ts";
import { event } from "../support/ledger-events.ts";
import { modelName, registerVersion, test } from "../support/tracking-folder.ts";

/** Versions 1 to the last one, which is in Production. */
async function versions(tracking: Tracking, last: number): Promise<void> {
  for (let version = 1; version <= last; version += 1) {
    await registerVersion(tracking, String(version), { [tags.modelDigest]: digestOf(version) });
    await tracking.transitionStage(modelName, version, version === last ? "Production" : "Archived");
  }
}

/** As MLflow's page does it. */
async function deleteVersion(root: string, version: number): Promise<void> {
  const path = join(root, "models", modelName, `version-${version}/meta.yaml`);
  await writeFile(
    path,
    (await readFile(path, "utf8")).replace(/current_stage: \w+/, "current_stage: Deleted_Internal"),
  );
}

const removeVersion = (root: string, version: number) =>
  rm(join(root, "models", modelName, `version-${version}`), { recursive: true });

async function refusal(
  tracking: Tracking,
  before: ReturnType<typeof earlier> | undefined,
): Promise<string | undefined> {
  const found = await tracking.modelVersions(modelName);
  return await refuseLostRegistry(tracking, found, before, { model: modelName, date: "2026-11-23", via: "both" }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );
}

test("without an earlier night nothing is lost", async ({ tracking }) => {
  expect(await refusal(tracking, undefined)).toBeUndefined();
  expect(await refusal(tracking, earlier(null, null))).toBeUndefined();
});

test("an emptied registry, or another one, has lost what was seen there", async ({ root, tracking }) => {
  const lost = (version: number) =>
    `the registry at ${root} has no version ${version} of churn-model, which an earlier night saw there`;
  expect(await refusal(tracking, earlier(1, null))).toBe(lost(1));
  expect(await refusal(tracking, earlier(null, 1))).toBe(lost(1));
  await versions(tracking, 2);
  expect(await refusal(tracking, earlier(1, 3))).toBeUndefined();
  expect(await refusal(tracking, earlier(3, 4))).toBe(lost(4));
});

test("what no earlier night knows the ledger does: what a night registered, saw, or a person promoted", async ({
  tracking,
}) => {
  const now = new Date("2026-11-23T12:00:00Z");
  const about = { model: modelName, date: "2026-11-23", via: "both", now } as const;
  const refused = async (...told: readonly LedgerEvent[]) =>
    await refuseForgottenVersions(tracking, await tracking.modelVersions(modelName), async () => told, about).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message.replace(/^.* has no/, "no") : ""),
    );
  const lost = (version: number) => `no version ${version} of churn-model, of which the ledger tells`;
  const registered = event("registered", { version: 2, production: null });
  expect(await refused()).toBeUndefined();
  expect(await refused(registered)).toBe(lost(2));
  expect(await refused(event("not_registered", { production: { version: 3, f1: 0.5 } }))).toBe(lost(3));
  const promoted = event("promoted", { version: 4, time: "2026-11-23T08:00:00.000Z" });
  expect(await refused(registered, promoted)).toBe(lost(4));
  expect(await refused(event("registered", { version: 2, model: "another" }))).toBeUndefined();
  // A number that was given out once, though its version was deleted since, is no loss.
  await versions(tracking, 3);
  await tracking.transitionStage(modelName, 3, "Archived");
  expect(await refused(registered)).toBeUndefined();
  expect(await refused(registered, promoted)).toBe(lost(4));
  await tracking.transitionStage(modelName, 3, "Production");
  expect(await refused(registered, promoted)).toBeUndefined();
});

test("another registry's version of the same number is not the one that was seen", async ({ root, tracking }) => {
  await versions(tracking, 1);
  const before = earlier(1, 2);
  expect(await refusal(tracking, before)).toBeUndefined();
  await tracking.setModelVersionTags(modelName, 1, { [tags.modelDigest]: "another" });
  expect(await refusal(tracking, before)).toBe(
    `the registry at ${root} has no version 2 of churn-model, which an earlier night saw there`,
  );
});

test("a registry in which nothing is in Production any more is told", async ({ root, tracking }) => {
  await versions(tracking, 2);
  await tracking.transitionStage(modelName, 2, "Archived");
  expect(await refusal(tracking, earlier(2, null))).toBe(
    `the registry at ${root} has no Production version of churn-model, but version 2 was there on an earlier night`,
  );
});

describe("versions that were deleted since are no loss:", () => {
  for (const [how, remove] of [
    ["in MLflow", deleteVersion],
    ["with their folders", removeVersion],
  ] as const) {
    test(`archived ones beside the champion, ${how}`, async ({ root, tracking }) => {
      await versions(tracking, 2);
      await remove(root, 1);
      expect(await refusal(tracking, earlier(1, 2))).toBeUndefined();
      expect(await refusal(tracking, earlier(1, null))).toBeUndefined();
    });

    test(`a candidate beside the champion, ${how}`, async ({ root, tracking }) => {
      await versions(tracking, 2);
      await tracking.transitionStage(modelName, 1, "Production");
      await remove(root, 2);
      expect(await refusal(tracking, earlier(1, 2))).toBeUndefined();
    });
  }

  test("a first candidate that was turned down", async ({ root, tracking }) => {
    await versions(tracking, 1);
    await deleteVersion(root, 1);
    expect(await refusal(tracking, earlier(null, 1))).toBeUndefined();
  });
});
