import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { store } from "../../../src/lib/doctor/checks/store.ts";
import { openFolderStore } from "../../../src/lib/store/folder.ts";
import { keepStore } from "../../../src/lib/workspace/known-store.ts";
import { foundBy, writeNight, writeWorkspace } from "../../support/doctor.ts";
import { refusals, startFaultyS3 } from "../../support/faulty-s3.ts";
import { test } from "../../support/folder.ts";

const problem = (exitCode: number, text: unknown) =>
  expect.objectContaining({ state: "problem", stage: "start", exitCode, text });

test("a new store, and one with nights, take files; nothing is left there", async ({ folder }) => {
  await writeWorkspace(folder);
  const before = await readdir(folder);
  expect(await foundBy(store, folder)).toEqual([{ state: "ok", text: `${folder} takes files, a new one` }]);
  expect(await foundBy(store, folder, { set: ["store=kept/there"] })).toEqual([
    { state: "ok", text: `${folder}/kept/there takes files, a new one` },
  ]);
  expect(await readdir(folder)).toEqual(before);
  await writeNight(folder);
  expect(await foundBy(store, folder, { env: { HOME: folder } })).toEqual([
    { state: "ok", text: "~ takes files, 1 night" },
  ]);
});

describe("a problem, before any stage, is", () => {
  test("a store that is gone: another one in its place takes no file, be it for a moment", async ({ folder }) => {
    await writeWorkspace(folder);
    await writeNight(folder);
    await keepStore({ root: folder, store: openFolderStore(folder), redact: String });
    await mkdir(join(folder, "mistyped"));
    expect(await foundBy(store, folder, { set: ["store=mistyped"] })).toEqual([
      problem(2, expect.stringMatching(/^the store is to be .*mistyped \(a new one\), but this folder works with /)),
    ]);
    expect(await readdir(join(folder, "mistyped"))).toEqual([]);
  });

  test("a damaged workspace.json", async ({ folder }) => {
    await writeWorkspace(folder);
    await writeFile(join(folder, "workspace.json"), "{");
    expect(await foundBy(store, folder)).toEqual([problem(4, expect.stringContaining("workspace.json is damaged"))]);
  });

  test("a folder of it that lies elsewhere, or a file in its place", async ({ folder }) => {
    await writeWorkspace(folder);
    await mkdir(join(folder, "store"));
    await symlink("/tmp", join(folder, "store/records"));
    expect(await foundBy(store, folder, { set: ["store=store"] })).toEqual([
      problem(5, expect.stringContaining("store/records is a link, or lies behind one, to")),
    ]);
    expect(await foundBy(store, folder, { set: ["store=churn.yaml"] })).toEqual([
      problem(2, expect.stringContaining("churn.yaml")),
    ]);
  });
});

describe("of a bucket", () => {
  const set = (endpoint: string) => ["store=s3://bucket/churn", `s3.endpoint=${endpoint}`, "s3.deadline=0s"];

  test("the trial of conditions and rights leaves nothing, there and here", async ({ folder }) => {
    await writeWorkspace(folder);
    const before = await readdir(folder, { recursive: true });
    await using server = await startFaultyS3();
    const env = { ...server.env };
    expect(await foundBy(store, folder, { set: set(server.endpoint), env })).toEqual([
      { state: "ok", text: "s3://bucket/churn takes files, a new one" },
    ]);
    expect(server.count({ method: "PUT" })).toBeGreaterThan(3);
    expect([...server.objects("bucket").keys()]).toEqual([]);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  test("a right that is missing, a server that keeps no two writers apart, and one that isn't there are problems", async ({
    folder,
  }) => {
    await writeWorkspace(folder);
    await using server = await startFaultyS3({ ignoresConditions: true });
    const env = { ...server.env };
    expect(await foundBy(store, folder, { set: set(server.endpoint), env })).toEqual([
      problem(2, expect.stringContaining("takes a write's condition and doesn't look at it")),
    ]);
    server.put(refusals.denied, { method: "PUT", times: Number.POSITIVE_INFINITY });
    expect(await foundBy(store, folder, { set: set(server.endpoint), env })).toEqual([
      problem(2, expect.stringContaining("s3:PutObject")),
    ]);
    expect(await foundBy(store, folder, { set: set("http://127.0.0.1:1"), env })).toEqual([
      problem(5, expect.stringContaining("can't be reached")),
    ]);
  });
});
