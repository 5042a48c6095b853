import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { fine, type WorkspaceCheck } from "../../src/lib/doctor/check.ts";
import { source } from "../../src/lib/doctor/checks/source.ts";
import { store } from "../../src/lib/doctor/checks/store.ts";
import { tracking } from "../../src/lib/doctor/checks/tracking.ts";
import { foundBy, writeWorkspace } from "../support/doctor.ts";
import { test } from "../support/folder.ts";

/** A check that looks whenever the sections that it reads are sound. */
const reads = (...sections: WorkspaceCheck["reads"]): WorkspaceCheck => ({
  kind: "workspace",
  name: "some",
  reads: sections,
  look: async ({ config }) => [fine(config.tracking.experiment)],
});
const notLookedAt = (first: string) => [{ state: "unknown", text: `not looked at: ${first} first` }];

test("a section that is wrong keeps its own checks from looking, and no others", async ({ folder }) => {
  await writeWorkspace(folder, "tracking: { experiment: mine }\ntrain: { roundz: 4 }\n");
  expect(await foundBy(reads("tracking", "store"), folder)).toEqual([fine("mine")]);
  expect(await foundBy(reads("tracking", "train"), folder)).toEqual(notLookedAt("train in churn.yaml"));
});

test("a required section that is missing or wrong is one of them", async ({ folder }) => {
  await writeFile(join(folder, "churn.yaml"), "tracking: { experiment: mine }\ndataset: { id: 7 }\n");
  expect(await foundBy(reads("tracking"), folder)).toEqual([fine("mine")]);
  expect(await foundBy(reads("dataset"), folder)).toEqual(notLookedAt("dataset in churn.yaml"));
  expect(await foundBy(reads("source"), folder)).toEqual(notLookedAt("source in churn.yaml"));
});

test("what a sound section names and can't be is told by its own check, and keeps no other from looking", async ({
  folder,
}) => {
  await writeWorkspace(folder, "store: kept\ntracking: { uri: kept }\n");
  await writeFile(join(folder, "kept"), "a file");
  const problem = (key: string) => [
    expect.objectContaining({ state: "problem", exitCode: 2, text: expect.stringContaining(key) }),
  ];
  expect(await foundBy(store, folder)).toEqual(problem("store"));
  expect(await foundBy(tracking, folder)).toEqual(problem("tracking.uri"));
  expect(await foundBy(source, folder)).toEqual([expect.objectContaining({ state: "ok" })]);
  const url = ["source.url=oracle:there"];
  expect(await foundBy(source, folder, { set: url })).toEqual(problem("source.url: unknown kind of source oracle:"));
  expect(await foundBy(reads("dataset"), folder, { set: url })).toEqual([fine("churn")]);
});

test("nothing is known where churn.yaml can't be read, or .env may not be", async ({ folder }) => {
  await writeFile(join(folder, "churn.yaml"), "dataset: [");
  expect(await foundBy(reads(), folder)).toEqual(notLookedAt("churn.yaml"));
  await writeFile(join(folder, ".env"), "A=1\n", { mode: 0o644 });
  expect(await foundBy(reads(), folder)).toEqual(notLookedAt(".env"));
  await mkdir(join(folder, "below"));
  expect(await foundBy(reads(), join(folder, "below"))).toEqual(notLookedAt(".env"));
  expect((await readdir(folder)).sort()).toEqual([".env", "below", "churn.yaml"]);
});
