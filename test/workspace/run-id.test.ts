import { expect } from "vitest";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { createRunId, startOfRun } from "../../src/lib/workspace/run-id.ts";
import { test } from "../support/churn.ts";

test("runs of a night that start within one second are ordered by their names", async ({ folder }) => {
  const store = openFolderStore(folder);
  const now = new Date("2026-11-23T05:00:00.123Z");
  const runs: string[] = [];
  for (let run = 0; run < 5; run += 1) runs.push(await createRunId(store, "2026-11-23", now));
  expect(runs).toEqual(await store.list("records/2026-11-23/attempts"));
  for (const run of runs) expect(run).toMatch(/^20261123T050000Z-[0-9a-f]{4}$/);
});

test("they are ordered when the clock was set back between them, and when a second has no digits left", async ({
  folder,
}) => {
  const store = openFolderStore(folder);
  const runs: string[] = [];
  for (const now of ["05:00:00", "04:00:00", "04:00:01", "05:00:01", "02:00:00"])
    runs.push(await createRunId(store, "2026-11-23", new Date(`2026-11-23T${now}Z`)));
  expect(runs).toEqual(await store.list("records/2026-11-23/attempts"));
  expect(runs.map((run) => run.slice(9, 15))).toEqual(["050000", "050000", "050000", "050001", "050001"]);

  await store.createFolder("records/2026-11-24/attempts/20261124T045959Z-ffff");
  // No run's.
  await store.createFolder("records/2026-11-24/attempts/zzz");
  const next = await createRunId(store, "2026-11-24", new Date("2026-11-24T04:59:59Z"));
  expect(next).toMatch(/^20261124T050000Z-/);
});

test("a run's name says when it started; what is no run's name says nothing", () => {
  expect(startOfRun("20261123T050000Z-7f3a")).toEqual(new Date("2026-11-23T05:00:00Z"));
  for (const name of ["20261123T050000Z", "20261323T050000Z-7f3a", "20261123T050000Z-7f3g", "notes"]) {
    expect(startOfRun(name)).toBeUndefined();
  }
});
