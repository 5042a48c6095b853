import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe, expect } from "vitest";
import { HeldError } from "../../src/lib/errors.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { ensureWorkspaceId, workspaceId } from "../../src/lib/store/id.ts";
import { holdWorkspace } from "../../src/lib/workspace/hold.ts";

const test = base.extend<{ folder: (name: string) => string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  folder: async ({}, use) => {
    const parent = await mkdtemp(join(tmpdir(), "churn-hold-"));
    await use((name) => join(parent, name));
    await rm(parent, { recursive: true, force: true });
  },
});

const workspace = (root: string, store = root) => ({
  root,
  store: openFolderStore(store),
  redact: (text: string) => text.replaceAll("s3cret", "***"),
  config: { timezone: "Europe/Berlin" },
});
const idOf = ({ workspaceId }: { workspaceId: string }) => Promise.resolve(workspaceId);

describe("one run at a time", () => {
  test("while one works in a folder, another one there ends with 75 and says who works", async ({ folder }) => {
    const root = folder("churn");
    await holdWorkspace(workspace(root), "run-all of today", async () => {
      await expect(holdWorkspace(workspace(root), "train of today", idOf)).rejects.toMatchObject({
        exitCode: 75,
        message: expect.stringMatching(
          // By the workspace's clocks.
          `^another run holds the lock on ${root}: run-all of today, process ${process.pid}, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$`,
        ),
      });
    });
    expect(await holdWorkspace(workspace(root), "train of today", idOf)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("two folders on one store are one workspace", async ({ folder }) => {
    const shared = folder("shared");
    await holdWorkspace(workspace(folder("blue"), shared), "run-all of today", async () => {
      await expect(holdWorkspace(workspace(folder("green"), shared), "run-all", idOf)).rejects.toMatchObject({
        exitCode: 75,
        message: expect.stringContaining(`another run holds the lock on the store ${shared}: run-all of today`),
      });
      // The one that was turned away holds nothing.
      await holdWorkspace(workspace(folder("green")), "promote", idOf);
    });
    const green = await holdWorkspace(workspace(folder("yellow"), shared), "run-all", idOf);
    expect(green).toBe(await workspaceId(openFolderStore(shared)));
  });

  test("who is turned away at its first write only, as by a lease in a bucket, reads it by those clocks too", async ({
    folder,
  }) => {
    const held = () => Promise.reject(new HeldError("another run holds it since 2026-11-23T23:30:00.123Z", "again"));
    await expect(holdWorkspace(workspace(folder("churn")), "run-all", held)).rejects.toMatchObject({
      exitCode: 75,
      message: "another run holds it since 2026-11-24 00:30:00",
      hint: "again",
    });
  });

  test("who works says at which stage", async ({ folder }) => {
    const root = folder("churn");
    await holdWorkspace(workspace(root), "run-all of s3cret", async ({ at }) => {
      at("train");
      for (const lock of [join(root, ".churn", "lock"), join(root, ".churn", "store.lock")])
        expect(await readFile(lock, "utf8")).toMatch(/^run-all of \*\*\*, at train, process \d+, since .*Z\n$/);
    });
  });

  test("one that is turned away by the store has left nothing", async ({ folder }) => {
    const shared = folder("shared");
    await holdWorkspace(workspace(folder("blue"), shared), "run-all of today", async () => {
      await expect(holdWorkspace(workspace(folder("green"), shared), "run-all", idOf)).rejects.toBeInstanceOf(
        HeldError,
      );
      expect(await readFile(join(folder("green"), ".churn", "lock"), "utf8")).toBe("");
    });
  });

  test("work that fails lets go", async ({ folder }) => {
    const root = folder("churn");
    await expect(holdWorkspace(workspace(root), "a", () => Promise.reject(new Error("broken")))).rejects.toThrow(
      "broken",
    );
    await holdWorkspace(workspace(root), "b", idOf);
  });

  test("what work that failed left unfinished is cleared by the next one", async ({ folder }) => {
    const root = folder("churn");
    await holdWorkspace(workspace(root), "a", idOf);
    const left = [join(root, ".churn", ".store.json.4242-0123abcd.part"), join(root, "records", ".a.json.part")];
    const leave = async () => {
      await mkdir(join(root, "records"), { recursive: true });
      for (const file of left) await writeFile(file, "");
      throw new Error("broken");
    };
    await expect(holdWorkspace(workspace(root), "b", leave)).rejects.toThrow("broken");
    expect(left.filter((file) => existsSync(file))).toEqual(left);
    await holdWorkspace(workspace(root), "c", async () => {
      expect(left.filter((file) => existsSync(file))).toEqual([]);
    });
  });

  test("work that clears up after itself leaves no word when it fails", async ({ folder }) => {
    const root = folder("churn");
    const fail = () => Promise.reject(new Error("broken"));
    const said = () => Promise.all(["lock", "store.lock"].map((lock) => readFile(join(root, ".churn", lock), "utf8")));
    await expect(holdWorkspace(workspace(root), "a", fail, { tidy: true })).rejects.toThrow("broken");
    expect(await said()).toEqual(["", ""]);
    await expect(holdWorkspace(workspace(root), "b", fail)).rejects.toThrow("broken");
    expect(await said()).toEqual([expect.stringMatching(/^b, /), expect.stringMatching(/^b, /)]);
  });

  test("children inherit a descriptor of each lock", async ({ folder }) => {
    const held = await holdWorkspace(workspace(folder("churn"), folder("store")), "a", async ({ lockFds }) => lockFds);
    expect(new Set(held).size).toBe(2);
  });
});

test("a secret stands in no lock, and in no address that is kept", async ({ folder }) => {
  const root = folder("churn");
  const store = folder("of-s3cret");
  await holdWorkspace(workspace(root, store), "run-all of s3cret", async () => {
    for (const lock of [join(root, ".churn", "lock"), join(store, ".churn", "store.lock")])
      expect(await readFile(lock, "utf8")).toMatch(/^run-all of \*\*\*, process /);
  });
  const kept = JSON.parse(await readFile(join(root, ".churn", "store.json"), "utf8"));
  expect(kept).toMatchObject({ address: folder("of-***") });
  // It is for messages alone.
  await holdWorkspace(workspace(root, store), "again", idOf);
});

describe("the store that a folder works with", () => {
  test("is kept with its id, and follows when it moves", async ({ folder }) => {
    const root = folder("churn");
    const id = await holdWorkspace(workspace(root, folder("store")), "a", idOf);
    const kept = join(root, ".churn", "store.json");
    expect(JSON.parse(await readFile(kept, "utf8"))).toMatchObject({ workspace: id, address: folder("store") });

    await rename(folder("store"), folder("moved"));
    expect(await holdWorkspace(workspace(root, folder("moved")), "b", idOf)).toBe(id);
    expect(JSON.parse(await readFile(kept, "utf8"))).toMatchObject({ workspace: id, address: folder("moved") });
  });

  test("another one is refused with both names, and not made", async ({ folder }) => {
    const root = folder("churn");
    const id = await holdWorkspace(workspace(root, folder("store")), "a", idOf);
    await expect(holdWorkspace(workspace(root, folder("stroe")), "b", idOf)).rejects.toMatchObject({
      exitCode: 2,
      message: `the store is to be ${folder("stroe")} (a new one), but this folder works with ${folder("store")} (workspace ${id})`,
      hint: "mend store, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt",
    });
    expect(existsSync(folder("stroe"))).toBe(false);

    const other = await ensureWorkspaceId(openFolderStore(folder("other")));
    await expect(holdWorkspace(workspace(root, folder("other")), "b", idOf)).rejects.toMatchObject({
      exitCode: 2,
      message: `the store is to be ${folder("other")} (workspace ${other}), but this folder works with ${folder("store")} (workspace ${id})`,
    });
  });

  test("another one is taken once it is adopted", async ({ folder }) => {
    const root = folder("churn");
    await holdWorkspace(workspace(root, folder("store")), "a", idOf);
    const adopted = await holdWorkspace(workspace(root, folder("other")), "init --adopt", idOf, { adopt: true });
    expect(await holdWorkspace(workspace(root, folder("other")), "b", idOf)).toBe(adopted);
  });

  test("what is kept and damaged is an error that says how it is mended", async ({ folder }) => {
    const root = folder("churn");
    await holdWorkspace(workspace(root), "a", idOf);
    const kept = join(root, ".churn", "store.json");
    await writeFile(kept, "{");
    await expect(holdWorkspace(workspace(root), "b", idOf)).rejects.toMatchObject({
      exitCode: 2,
      message: `${kept} is damaged: it is not whole JSON`,
      hint: "churn init --adopt writes it anew",
    });
    await holdWorkspace(workspace(root), "init --adopt", idOf, { adopt: true });
    await holdWorkspace(workspace(root), "b", idOf);
  });
});
