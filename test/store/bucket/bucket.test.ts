import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/lib/files/fingerprint.ts";
import type { Store } from "../../../src/lib/store/store.ts";
import { storeBucket } from "../../errors/store-bucket.ts";
import { bucketStore } from "../../support/bucket-store.ts";
import { projectFile, tableUnder } from "../../support/docs.ts";
import { type FaultyS3, refusals, startFaultyS3 } from "../../support/faulty-s3.ts";

let server: FaultyS3;
let folder: string;
beforeEach(async () => {
  server = await startFaultyS3();
  folder = await mkdtemp(join(tmpdir(), "churn-bucket-"));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const RECORD = "records/2026-11-23/train.json";
const ATTEMPT = "records/2026-11-23/attempts/20261123T050000Z-7f3a/train.json";
const RAW = "raw/2026-11-23/customers.parquet";
const OLDER = "raw/2026-11-22/customers.parquet";

async function open(workspace = "mine", isStage = false): Promise<Store> {
  await mkdir(join(folder, workspace), { recursive: true });
  return await bucketStore(server, join(folder, workspace), {}, { isStage });
}

/** Does something in a run of its own. */
async function inRun(store: Store, work: () => Promise<unknown>): Promise<void> {
  await store.begin("a run");
  await work();
  await store.end();
}

/** What lies in the bucket, as somebody sees and changes it who asks nobody. */
const objects = () => server.objects("bucket");

test("docs/reliability.md has what two machines on one bucket are told", async () => {
  const said = storeBucket
    .filter(({ cause }) => cause !== "a bucket's address that is none")
    .map(({ cause, says, code }) => [cause, says, String(code)]);
  expect(tableUnder(await projectFile("docs/reliability.md"), "### Two machines on one bucket")).toEqual(said);
});

describe("requests", () => {
  test("what a run has written or seen is not asked for again, by a stage's process either", async () => {
    const store = await open();
    await inRun(store, () => store.write(OLDER, "older"));
    await store.begin("the next run");
    await store.createFolder("records/2026-11-23/attempts/20261123T050000Z-7f3a");
    await store.write(ATTEMPT, "running");
    await store.write(RAW, "customers");
    const stage = await open("mine", true);
    expect((await stage.read(ATTEMPT))?.toString()).toBe("running");
    server.forget();
    for (const one of [store, stage]) {
      expect((await one.read(ATTEMPT))?.toString()).toBe("running");
      expect(await one.read(RECORD)).toBeUndefined();
      expect((await one.read(RAW))?.toString()).toBe("customers");
      expect(await one.fingerprint(RAW)).toEqual({ size_bytes: 9, sha256: sha256("customers") });
      expect(await one.list("records/2026-11-23")).toEqual(["attempts"]);
    }
    expect(server.seen).toEqual([]);
    // What the stage writes the supervisor knows.
    await stage.write(RECORD, "done");
    await stage.remove("records/2026-11-23/none.json");
    expect((await store.read(RECORD))?.toString()).toBe("done");
    expect(server.count()).toBe(1);
    await store.end();
  });

  test("of an earlier night a list is enough: its bytes lie in the cache", async () => {
    const store = await open();
    await inRun(store, () => store.write(OLDER, "older"));
    server.forget();
    await inRun(await open(), async () => {
      const again = await open("mine", true);
      expect((await again.read(OLDER))?.toString()).toBe("older");
      expect(await again.stat(OLDER)).toMatchObject({ size_bytes: 5 });
    });
    expect(server.seen.map(({ method, key, prefix }) => `${method} ${key}${prefix}`)).toEqual([
      "GET churn/lease.json",
      "LIST churn/raw/2026-11-22/",
    ]);
  });

  test("who only looks takes no lease and leaves no trace", async () => {
    await inRun(await open(), async () => {
      const store = await open("writer");
      expect(await store.list("records")).toEqual([]);
    });
    expect([...objects().keys()]).toEqual([]);
  });

  test("a digest is the server's where it has one, and otherwise the bytes'", async () => {
    await inRun(await open(), () => Promise.resolve());
    objects().set(`churn/${RAW}`, Buffer.from("from elsewhere"));
    const digest = { size_bytes: 14, sha256: sha256("from elsewhere") };
    expect(await (await open()).fingerprint(RAW)).toEqual(digest);
    expect(server.count({ method: "GET", key: /raw/ })).toBe(0);
    expect(await (await open()).thorough().fingerprint(RAW)).toEqual(digest);
    expect(server.count({ method: "GET", key: /raw/ })).toBe(1);
  });
});

describe("what somebody changes in the bucket", () => {
  test("between two runs is seen by the next one", async () => {
    const store = await open();
    const file = { key: RAW, size_bytes: 3, sha256: sha256("one") };
    await inRun(store, () => store.write(RAW, "one"));
    objects().set(`churn/${RAW}`, Buffer.from("two"));
    await inRun(store, async () => {
      await expect(store.local(file)).rejects.toMatchObject({ exitCode: 4, message: `${RAW} was changed` });
      expect((await store.read(RAW))?.toString()).toBe("two");
    });
    objects().delete(`churn/${RAW}`);
    await inRun(store, async () => expect(await store.read(RAW)).toBeUndefined());
  });

  test("while a run works is overwritten by it, a record too, since the run alone may write there", async () => {
    const store = await open();
    await inRun(store, async () => {
      await store.write(RECORD, "one");
      objects().set(`churn/${RECORD}`, Buffer.from("by hand"));
      await store.write(RECORD, "two");
      expect(objects().get(`churn/${RECORD}`)?.toString()).toBe("two");
      objects().delete(`churn/${RECORD}`);
      await store.write(RECORD, "three");
      expect(objects().get(`churn/${RECORD}`)?.toString()).toBe("three");
    });
  });

  test("under what was found a moment before is no half file and no old one", async () => {
    const store = await open();
    const file = { key: RAW, size_bytes: 3, sha256: sha256("one") };
    await inRun(store, () => store.write(RAW, "one"));
    await rm(join(folder, "mine", ".churn", "cache", "objects"), { recursive: true });
    const reader = await open();
    expect(await reader.stat(RAW)).toMatchObject({ size_bytes: 3 });
    objects().set(`churn/${RAW}`, Buffer.from("two"));
    await expect(reader.local(file)).rejects.toMatchObject({ exitCode: 4, message: `${RAW} was changed` });
    objects().delete(`churn/${RAW}`);
    await expect(reader.local(file)).rejects.toMatchObject({ exitCode: 4, message: `${RAW} was removed` });
  });
});

describe("the cache", () => {
  test("is fetched anew when it is deleted in the midst of a run", async () => {
    const store = await open();
    await inRun(store, async () => {
      const file = { key: RAW, ...(await store.write(RAW, "customers")) };
      await rm(join(folder, "mine", ".churn", "cache"), { recursive: true });
      expect((await store.read(RAW))?.toString()).toBe("customers");
      await rm(join(folder, "mine", ".churn", "cache"), { recursive: true });
      expect(await readFile(await store.local(file), "utf8")).toBe("customers");
      await store.write(RECORD, "done");
    });
    expect(objects().get(`churn/${RECORD}`)?.toString()).toBe("done");
  });

  test("gives no bytes but those that the bucket has, whatever was changed in it by hand", async () => {
    const store = await open();
    await inRun(store, async () => {
      const file = { key: RAW, ...(await store.write(RAW, "customers")) };
      const copies = join(folder, "mine", ".churn", "cache", "objects");
      for (const name of await readdir(copies, { recursive: true })) {
        if (name.endsWith(".parquet")) await writeFile(join(copies, name), "CUSTOMERS");
      }
      expect((await store.read(RAW))?.toString()).toBe("customers");
      expect(await readFile(await store.local(file), "utf8")).toBe("customers");
    });
  });

  test("holds nothing unfinished once a run has ended", async () => {
    const store = await open();
    await inRun(store, async () => {
      await store.replace(RAW, (path) => writeFile(path, "customers"));
      await expect(store.replace(RAW, () => Promise.reject(new Error("disk")))).rejects.toThrow("disk");
      server.put("cut", { method: "GET", key: /raw/, times: 1 });
      await rm(join(folder, "mine", ".churn", "cache"), { recursive: true });
      expect((await store.read(RAW))?.toString()).toBe("customers");
    });
    const names = await readdir(join(folder, "mine", ".churn", "cache"), { recursive: true });
    expect(names.filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

describe("a write", () => {
  test("whose answer was lost is known for its own", async () => {
    const store = await open();
    await inRun(store, async () => {
      for (const key of [RECORD, ATTEMPT, RAW]) {
        server.put("lost", { method: "PUT", key: new RegExp(key), times: 1 });
        await store.write(key, "mine");
        expect((await store.read(key))?.toString()).toBe("mine");
        await store.write(key, "mine again");
      }
    });
    expect(objects().get(`churn/${RECORD}`)?.toString()).toBe("mine again");
  });

  test("that is denied is a sentence, and nothing is taken for written", async () => {
    const store = await open();
    await store.begin("a run");
    server.put(refusals.denied, { method: "PUT", key: /raw/ });
    await expect(store.write(RAW, "customers")).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(`denies s3:PutObject on s3://bucket/churn/${RAW}`),
    });
    server.mend();
    expect(await store.read(RAW)).toBeUndefined();
    await store.end(false);
  });

  test("of a record that something else changes each time says so, and is no overwriting", async () => {
    const store = await open();
    await inRun(store, async () => {
      await store.write(RECORD, "one");
      server.put(refusals.precondition, { method: "PUT", key: /train/, times: 2 });
      await expect(store.write(RECORD, "two")).rejects.toMatchObject({
        exitCode: 75,
        message: "s3://bucket/churn/records/2026-11-23/train.json was changed while it was written",
        hint: "does something else write there? run it again",
      });
    });
    expect(objects().get(`churn/${RECORD}`)?.toString()).toBe("one");
  });

  test("over the marker of what was deleted in a versioned bucket goes through", async () => {
    await server[Symbol.asyncDispose]();
    server = await startFaultyS3({ deleteMarkersCount: true });
    const store = await open();
    await inRun(store, async () => {
      await store.write(RECORD, "one");
      await store.remove(RECORD);
      await store.write(RECORD, "two");
    });
    expect(objects().get(`churn/${RECORD}`)?.toString()).toBe("two");
  });

  test("to a server that refuses checksums goes without one", async () => {
    await server[Symbol.asyncDispose]();
    server = await startFaultyS3({ refusesChecksums: true });
    const store = await open();
    await inRun(store, () => store.write(RAW, "customers"));
    expect(objects().get(`churn/${RAW}`)?.toString()).toBe("customers");
    expect(await (await open("other")).fingerprint(RAW)).toEqual({ size_bytes: 9, sha256: sha256("customers") });
  });
});
