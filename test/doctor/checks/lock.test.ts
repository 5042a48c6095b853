import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { jsonText } from "../../../src/lib/artifacts/json-text.ts";
import { lock } from "../../../src/lib/doctor/checks/lock.ts";
import { openFolderStore } from "../../../src/lib/store/folder.ts";
import { workspaceFormat } from "../../../src/lib/store/id.ts";
import { acquireLock } from "../../../src/lib/workspace/lock.ts";
import { bucketStore } from "../../support/bucket-store.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { startFaultyS3 } from "../../support/faulty-s3.ts";
import { test } from "../../support/folder.ts";
import { WORKSPACE } from "../../support/records.ts";

const next = ["another run ends with 75 until that one has ended"];
const held = (purpose: string) => ({
  state: "warning",
  text: expect.stringMatching(new RegExp(`^held: ${purpose}, process ${process.pid}.*, since `)),
  next,
});

test("a workspace that nobody works in is free, and no lock is made for that", async ({ folder }) => {
  await writeWorkspace(folder);
  const before = await readdir(folder);
  expect(await foundBy(lock, folder)).toEqual([{ state: "ok", text: "free" }]);
  expect(await readdir(folder)).toEqual(before);
});

test("who works there is named, once for workspace and store, and is in nobody's way", async ({ folder }) => {
  await writeWorkspace(folder);
  const own = await acquireLock(join(folder, ".churn", "lock"), folder, "run-all of 2026-11-23");
  const store = openFolderStore(folder);
  await store.begin("run-all of 2026-11-23");
  expect(await foundBy(lock, folder)).toEqual([held("run-all of 2026-11-23")]);
  await store.end();
  own.release();
  expect(await foundBy(lock, folder)).toEqual([{ state: "ok", text: "free" }]);
});

test("a store that another folder works with is held by that one", async ({ folder }) => {
  await writeWorkspace(folder);
  const store = openFolderStore(join(folder, "shared"));
  await store.begin("train of 2026-11-23");
  expect(await foundBy(lock, folder, { set: ["store=shared"] })).toEqual([held("train of 2026-11-23")]);
  await store.end();
});

test("a bucket's lease says who has it", async ({ folder }) => {
  await writeWorkspace(folder);
  await using server = await startFaultyS3();
  const store = await bucketStore(server, join(folder, "other"));
  await store.begin("run-all of 2026-11-23");
  await store.write("workspace.json", jsonText(workspaceFormat.write({ id: WORKSPACE })));
  const set = ["store=s3://bucket/churn", `s3.endpoint=${server.endpoint}`];
  expect(await foundBy(lock, folder, { set, env: { ...server.env } })).toEqual([held("run-all of 2026-11-23")]);
  await store.end();
});

test("nothing is known of a store that is out of reach, whose own check says so", async ({ folder }) => {
  await writeWorkspace(folder);
  const gone = await startFaultyS3();
  const set = ["store=s3://bucket/churn", `s3.endpoint=${gone.endpoint}`, "s3.deadline=1s"];
  await gone[Symbol.asyncDispose]();
  expect(await foundBy(lock, folder, { set, env: { ...gone.env } })).toEqual([
    { state: "unknown", text: "not looked at: the store first" },
  ]);
});

test("one that a dead run left is free, and that run is named", async ({ folder }) => {
  await writeWorkspace(folder);
  await mkdir(join(folder, ".churn"));
  const text = "run-all of 2026-11-22, process 1, since 2020-01-01T05:00:00.000Z";
  await writeFile(join(folder, ".churn/lock"), `${text}\n`);
  expect(await foundBy(lock, folder)).toEqual([
    {
      state: "ok",
      text: "free; the last run failed or was killed: run-all of 2026-11-22, process 1, since 2020-01-01 05:00:00",
    },
  ]);
});

test("a lock that no run could take is a problem, before any stage", async ({ folder }) => {
  await writeWorkspace(folder);
  await symlink("/tmp/nowhere/at/all", join(folder, ".churn"));
  const problem = { state: "problem", exitCode: 5, stage: "start" };
  expect(await foundBy(lock, folder)).toEqual([
    expect.objectContaining({ ...problem, text: `${folder}/.churn is a link that leads nowhere` }),
  ]);
});

test("without a workspace there is none", async ({ folder }) => {
  expect(await foundBy(lock, folder)).toEqual([{ state: "unknown", text: "not looked at: a workspace first" }]);
});
