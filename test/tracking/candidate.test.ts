import { expect } from "vitest";
import { registerCandidate, twinOf } from "../../src/lib/tracking/candidate.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { modelName, registerVersion, test } from "../support/tracking-folder.ts";

test("a candidate tells of the older ones before it archives them, so a repetition can name them too", async ({
  tracking,
}) => {
  await registerVersion(tracking, "old");
  await tracking.transitionStage(modelName, 1, "Staging");
  const { runId, source } = await registerVersion(tracking, "new");
  const told: (readonly number[])[] = [];
  const candidate = {
    name: modelName,
    runId: runId ?? "",
    source,
    description: "tonight's",
    tags: {},
    check: async () => {},
    archiving: async (older: readonly number[]) => void told.push(older),
  };
  const versions = await tracking.modelVersions(modelName);
  const transitionStage = async () => Promise.reject(new Error("killed"));
  await expect(
    registerCandidate({ ...tracking, transitionStage }, candidate, { versions, via: "both" }),
  ).rejects.toThrow("killed");
  expect(told).toEqual([[1]]);
  expect(await registerCandidate(tracking, candidate, { versions, via: "both" })).toEqual({
    version: 2,
    stage: "Staging",
  });
  const stages = (await tracking.modelVersions(modelName)).map(({ version, stage }) => [version, stage]);
  expect(stages).toEqual([
    [2, "Staging"],
    [1, "Archived"],
  ]);
});

test("a version that holds the same model stands in for it where it can be promoted, and in no stage it can't", async ({
  tracking,
}) => {
  const { runId } = await registerVersion(tracking, "old", { [tags.modelDigest]: "d" });
  const twin = async (of: string) =>
    twinOf(await tracking.modelVersions(modelName), { digest: "d", runId: of, via: "both" })?.version;
  expect(await twin("another")).toBeUndefined();
  for (const stage of ["Staging", "Archived", "Production"] as const) {
    await tracking.transitionStage(modelName, 1, stage);
    expect(await twin("another")).toBe(1);
    expect(await twin(runId ?? "")).toBeUndefined();
  }
});

test("by stages alone it has no alias, by aliases alone no stage, and older candidates stay where they are", async ({
  tracking,
}) => {
  const found = async () =>
    (await tracking.modelVersions(modelName)).map(({ version, stage, aliases }) => [version, stage, ...aliases]);
  for (const [key, via] of [
    ["a", "stages"],
    ["b", "aliases"],
  ] as const) {
    const { runId, source } = await registerVersion(tracking, key);
    const made = await registerCandidate(
      tracking,
      {
        name: modelName,
        runId: runId ?? "",
        source,
        description: "",
        tags: {},
        check: async () => {},
        archiving: async () => {},
      },
      { versions: await tracking.modelVersions(modelName), via },
    );
    expect(made.stage).toBe(via === "stages" ? "Staging" : null);
  }
  expect(await found()).toEqual([
    [2, "None", "challenger"],
    [1, "Staging"],
  ]);
});

test("by aliases alone a version in no stage stands in for the same model", async ({ tracking }) => {
  await registerVersion(tracking, "old", { [tags.modelDigest]: "d" });
  const versions = await tracking.modelVersions(modelName);
  expect(twinOf(versions, { digest: "d", runId: "another", via: "aliases" })?.version).toBe(1);
});
