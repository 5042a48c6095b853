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
  const transitionStage = async () => Promise.reject(new Error("killed"));
  await expect(registerCandidate({ ...tracking, transitionStage }, candidate, "both")).rejects.toThrow("killed");
  expect(told).toEqual([[1]]);
  expect(await registerCandidate(tracking, candidate, "both")).toBe(2);
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
