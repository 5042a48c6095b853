import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { ensureWorkspaceId, workspaceId } from "../../src/lib/store/id.ts";
import type { Store } from "../../src/lib/store/store.ts";

const KEY = "raw/2026-11-23/customers.parquet";

/**
 * What a stage may rely on, whatever stands behind the calls.
 *
 * @param open  a store, by the workspace that opens it: each has its own folder, and all have one store, which is empty before each test
 */
export function holdsContract(open: (workspace?: string) => Promise<Store>): void {
  test("has a file whole, with its size and digest, before and after its run", async () => {
    const store = await open();
    await store.begin("a run");
    const fingerprint = { size_bytes: 3, sha256: sha256("{}\n") };
    expect(await store.write("records/a/b.json", "{}\n")).toEqual(fingerprint);
    expect(await store.replace(KEY, (path) => writeFile(path, "{}\n"))).toEqual(fingerprint);
    await store.end();
    for (const reader of [store, await open("other"), store.thorough()]) {
      for (const key of ["records/a/b.json", KEY]) {
        expect((await reader.read(key))?.toString()).toBe("{}\n");
        expect(await reader.fingerprint(key)).toEqual(fingerprint);
        expect(await reader.stat(key)).toMatchObject({ size_bytes: 3, modified: expect.any(Date) });
        expect(await readFile(await reader.local({ key, ...fingerprint }), "utf8")).toBe("{}\n");
      }
    }
  });

  test("has nothing where nothing is: undefined, an empty list, and no error to remove", async () => {
    const store = await open();
    await store.begin("a run");
    expect(await store.read("none")).toBeUndefined();
    expect(await store.stat("raw/none/deeper")).toBeUndefined();
    expect(await store.fingerprint("raw/none/deeper")).toBeUndefined();
    expect(await store.list("none")).toEqual([]);
    expect(await store.list("records/2026-11-23/attempts")).toEqual([]);
    await store.remove("none");
    await store.remove("records/2026-11-23/none.json");
    await store.end();
  });

  test("keeps what was there when writing fails", async () => {
    const store = await open();
    await store.begin("a run");
    await store.write(KEY, "good");
    const failing = store.replace(KEY, async (path) => {
      await writeFile(path, "ha");
      throw new Error("disk");
    });
    await expect(failing).rejects.toThrow("disk");
    expect((await store.read(KEY))?.toString()).toBe("good");
    await store.end(false);
    expect((await (await open("other")).read(KEY))?.toString()).toBe("good");
  });

  test("lists names at each level, sorted, and a neighbour that begins alike is none of them", async () => {
    const store = await open();
    await store.begin("a run");
    for (const key of ["2026-11-23/train.json", "2026-11-23.2/train.json", "2026-11-23/attempts/one/train.json"])
      await store.write(`records/${key}`, "{}");
    await store.write("notifications/2026-11-23.txt", "text");
    const listed = async (of: Store) => ({
      records: await of.list("records"),
      night: await of.list("records/2026-11-23"),
      attempts: await of.list("records/2026-11-23/attempts"),
      run: await of.list("records/2026-11-23/attempts/one"),
      second: await of.list("records/2026-11-23.2"),
      notifications: await of.list("notifications"),
    });
    const all = {
      records: ["2026-11-23", "2026-11-23.2"],
      night: ["attempts", "train.json"],
      attempts: ["one"],
      run: ["train.json"],
      second: ["train.json"],
      notifications: ["2026-11-23.txt"],
    };
    expect(await listed(store)).toEqual(all);
    expect(await listed(store.thorough())).toEqual(all);
    await store.end();
    expect(await listed(await open("other"))).toEqual(all);
  });

  test("says that a file was changed or removed since it was written", async () => {
    const store = await open();
    await store.begin("a run");
    const file = { key: KEY, ...(await store.write(KEY, "one")) };
    await store.write(KEY, "two");
    await expect(store.local(file)).rejects.toMatchObject({ exitCode: 4, message: `${KEY} was changed` });
    await store.remove(KEY);
    await expect(store.local(file)).rejects.toMatchObject({ exitCode: 4, message: `${KEY} was removed` });
    expect(await store.list("raw/2026-11-23")).toEqual([]);
    await store.end();
  });

  test("makes a run's folder once, and knows it from then on by what lies there", async () => {
    const store = await open();
    await store.begin("a run");
    expect(await store.createFolder("records/2026-11-23/attempts/one")).toBe(true);
    await store.write("records/2026-11-23/attempts/one/train.json", "{}");
    expect(await store.createFolder("records/2026-11-23/attempts/one")).toBe(false);
    await store.end();
  });

  test("that a run has taken is nobody else's until it ends", async () => {
    const [one, other] = [await open("mine"), await open("other")];
    await one.begin("run-all of today");
    await one.write("workspace.json", "{}");
    await expect(other.begin("train of today")).rejects.toMatchObject({
      exitCode: 75,
      message: expect.stringMatching(/another run holds .*the store .*: run-all of today, process \d+/),
    });
    await one.end();
    await other.begin("train of today");
    await other.write("workspace.json", "{}");
    await other.end();
    await other.end();
  });

  test("says who has it, without taking it or making anything, and whether it takes files", async () => {
    const [one, other] = [await open("mine"), await open("other")];
    expect(await other.holder()).toBeUndefined();
    await other.requireWritable();
    await one.begin("run-all of today");
    await one.write("workspace.json", "{}");
    await one.write("records/2026-11-23/train.json", "{}");
    expect(await other.holder()).toEqual({
      text: expect.stringMatching(/^run-all of today, process \d+.*, since \S+$/),
      lives: true,
      since: expect.stringMatching(/^\d{4}-\S+Z$/),
    });
    // Beside a run it does that one no harm.
    await other.thorough().requireWritable();
    for (const reader of [other, other.thorough()])
      expect([await reader.list(""), await reader.list("records/2026-11-23")]).toEqual([
        expect.not.arrayContaining([expect.stringContaining("probe")]),
        ["train.json"],
      ]);
    await one.write("records/2026-11-23/train.json", "{} ");
    await one.end();
    expect(await other.holder()).toBeUndefined();
  });

  test("makes one id, which every folder that opens it finds", async () => {
    const store = await open();
    await store.begin("a run");
    const id = await ensureWorkspaceId(store);
    expect(await ensureWorkspaceId(store)).toBe(id);
    await store.end();
    expect(await workspaceId(await open("other"))).toBe(id);
  });

  test("holds what the last write and removal of each key left, in any order of calls", async () => {
    const keys = [KEY, "records/2026-11-23/a.json", "records/2026-11-23/attempts/r/a.json", "notifications/a.txt"];
    const step = fc.record({
      key: fc.constantFrom(...keys),
      content: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
      ends: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const store = await open();
        await store.begin("a run");
        for (const key of keys) await store.remove(key);
        const model = new Map<string, string>();
        for (const { key, content, ends } of steps) {
          if (content === undefined) {
            model.delete(key);
            await store.remove(key);
          } else {
            model.set(key, content);
            await store.write(key, content);
          }
          if (!ends) continue;
          await store.end();
          await store.begin("another run");
        }
        for (const reader of [store, await open("other")]) {
          for (const key of keys) expect((await reader.read(key))?.toString()).toBe(model.get(key));
        }
        await store.end();
      }),
      { numRuns: 8 },
    );
  });
}
