import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openBucket } from "../../../src/lib/s3/client.ts";
import type { Store } from "../../../src/lib/store/store.ts";
import { bucketStore } from "../../support/bucket-store.ts";
import { type FaultyS3, refusals, startFaultyS3 } from "../../support/faulty-s3.ts";
import { s3Settings } from "../../support/s3-settings.ts";

let server: FaultyS3;
let folder: string;
beforeEach(async () => {
  server = await startFaultyS3();
  folder = await mkdtemp(join(tmpdir(), "churn-lease-"));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const KEY = "records/2026-11-23/train.json";
const LEASE = "churn/lease.json";

async function open(workspace: string, s3: Parameters<typeof bucketStore>[2] = {}, isStage = false): Promise<Store> {
  await mkdir(join(folder, workspace), { recursive: true });
  return await bucketStore(server, join(folder, workspace), { lease: "1s", ...s3 }, { isStage });
}

const lease = () => JSON.parse(server.objects("bucket").get(LEASE)?.toString() ?? "{}");

test("it is taken with the first write, renewed while the run works, and given back", async () => {
  const store = await open("mine");
  await store.begin("run-all of 2026-11-23");
  expect(server.objects("bucket").has(LEASE)).toBe(false);
  await store.write(KEY, "{}");
  expect(lease()).toMatchObject({ state: "held", machine: hostname(), purpose: "run-all of 2026-11-23", renewals: 0 });
  await sleep(800);
  expect(lease().renewals).toBeGreaterThan(0);
  await store.end();
  expect(lease().state).toBe("released");
});

test("its stage is told with the next renewal, and costs no request", async () => {
  const store = await open("mine");
  await store.begin("run-all of 2026-11-23");
  store.note("run-all of 2026-11-23, at extract");
  await store.write(KEY, "{}");
  expect(lease()).toMatchObject({ purpose: "run-all of 2026-11-23, at extract" });
  store.note("run-all of 2026-11-23, at train");
  await sleep(800);
  expect(lease()).toMatchObject({ state: "held", purpose: "run-all of 2026-11-23, at train", schema_version: 1 });
  await expect((await open("other")).begin("train")).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(/: run-all of 2026-11-23, at train, process \d+ on /),
  });
  await store.end();
});

test("of two that looked at once, the second to write ends with 75 and says who works", async () => {
  const [one, other] = [await open("mine"), await open("other")];
  await one.begin("run-all of 2026-11-23");
  await other.begin("train of 2026-11-23");
  await one.write(KEY, "one");
  await expect(other.write(KEY, "other")).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(
      `^another run holds the store s3://bucket/churn: run-all of 2026-11-23, process ${process.pid} on ${hostname()}, since `,
    ),
  });
  await other.end();
  await one.write(KEY, "one again");
  await one.end();
  expect(server.objects("bucket").get(`churn/${KEY}`)?.toString()).toBe("one again");
});

test("one that was held and given back in between is noticed: what was read meanwhile may be out of date", async () => {
  const [one, other] = [await open("mine"), await open("other")];
  await other.begin("the slow one");
  await one.begin("the quick one");
  await one.write(KEY, "one");
  await one.end();
  await expect(other.write(KEY, "other")).rejects.toMatchObject({ exitCode: 75 });
});

test("a holder that lives is not waited for any longer than until it is seen to live", async () => {
  const [one, other] = [await open("mine", { lease: "3s" }), await open("other", { lease: "3s" })];
  await one.begin("run-all of 2026-11-23");
  await one.write(KEY, "one");
  await expect(other.begin("train")).rejects.toMatchObject({ exitCode: 75 });
  await one.end();
});

test("who only looks takes a holder for a living one as long as it renews", async () => {
  const [one, other] = [await open("mine"), await open("other")];
  await one.begin("run-all of 2026-11-23");
  await one.write(KEY, "one");
  const { since } = lease();
  expect(await other.holder()).toMatchObject({ lives: true, since });
  const left = server.objects("bucket").get(LEASE);
  await one.end();
  expect(await other.holder()).toBeUndefined();
  // Of a copy that nobody has put there this server says 1970.
  server.objects("bucket").set(LEASE, Buffer.from(left ?? ""));
  expect(await other.holder()).toMatchObject({ lives: false, since });
});

test("a holder that is dead is waited for by another folder, and by its own one not at all", async () => {
  const dead = await open("mine");
  await dead.begin("the dead one");
  await dead.write(KEY, "one");
  const left = server.objects("bucket").get(LEASE);
  await dead.end();
  // As a run leaves it that is killed.
  if (left !== undefined) server.objects("bucket").set(LEASE, left);
  const own = await open("mine");
  const start = performance.now();
  await own.begin("the next one here");
  expect(performance.now() - start).toBeLessThan(900);
  await own.end();

  const other = await open("other");
  await other.begin("the next one elsewhere");
  expect(performance.now() - start).toBeGreaterThan(1000);
  await other.write(KEY, "other");
  await other.end();
});

test("a lease for longer than any run asks for is taken when it was given back, and never waited for", async () => {
  const one = await open("mine");
  await one.begin("run-all");
  await one.write(KEY, "one");
  await one.end();
  const [other, start] = [await open("other"), performance.now()];
  const left = (change: object) =>
    server.objects("bucket").set(LEASE, Buffer.from(JSON.stringify({ ...lease(), ...change })));
  left({ state: "held", seconds: 601 });
  await expect(other.begin("train")).rejects.toMatchObject({
    exitCode: 4,
    hint: expect.stringMatching(
      /^where no run works: aws s3 rm s3:\/\/bucket\/churn\/lease\.json --endpoint-url http:/,
    ),
  });
  expect(performance.now() - start).toBeLessThan(900);
  left({ state: "released" });
  await other.begin("train");
  await other.write(KEY, "other");
  await other.end();
});

test("a holder that another one took over, while it stood still, writes nothing more, nor does its stage", async () => {
  const frozen = await open("mine");
  await frozen.begin("the frozen one");
  await frozen.write(KEY, "one");
  const stage = await open("mine", {}, true);
  await stage.write("records/2026-11-23/attempts/r/train.json", "running");
  const taken = { ...lease(), session: "8e6c7f5e-7a86-4a3e-9d3c-7f2f2f0a9f10", purpose: "the other one" };
  server.objects("bucket").set(LEASE, Buffer.from(JSON.stringify(taken)));
  // By its next renewal it knows.
  const isLost = () =>
    frozen.requireHeld().then(
      () => false,
      () => true,
    );
  await expect.poll(isLost, { timeout: 5_000 }).toBe(true);
  for (const late of [stage, frozen]) {
    await expect(late.write(KEY, "late")).rejects.toMatchObject({
      exitCode: 75,
      message: expect.stringContaining("another run has taken over the store s3://bucket/churn: the other one"),
    });
    await expect(late.requireHeld()).rejects.toMatchObject({ exitCode: 75 });
  }
  await frozen.end();
  expect(lease()).toEqual(taken);
  expect(server.objects("bucket").get(`churn/${KEY}`)?.toString()).toBe("one");
});

const MODEL = "models/2026-11-23/model/MLmodel";

test.each([
  { key: KEY, isNew: false },
  { key: MODEL, isNew: false },
  { key: MODEL, isNew: true },
])(
  "what was begun just before the takeover is refused by what the other one has written: %o",
  async ({ key, isNew }) => {
    const slow = await open("mine");
    await slow.begin("the slow one");
    await slow.write(isNew ? KEY : key, "one");
    const stolen = { ...lease(), session: "8e6c7f5e-7a86-4a3e-9d3c-7f2f2f0a9f10", renewals: 7 };
    server.objects("bucket").set(LEASE, Buffer.from(JSON.stringify(stolen)));
    server.objects("bucket").set(`churn/${key}`, Buffer.from("other"));
    await expect(slow.write(key, "two")).rejects.toMatchObject({ exitCode: 75 });
    expect(server.objects("bucket").get(`churn/${key}`)?.toString()).toBe("other");
    await slow.end();
  },
);

test("a server that is gone for longer than the lease, and nobody else took it, is no loss", async () => {
  const store = await open("mine");
  await store.begin("run-all");
  await store.write(KEY, "one");
  server.put(refusals.unavailable, { times: Number.POSITIVE_INFINITY });
  await sleep(1_500);
  server.mend();
  await store.write(KEY, "two");
  await store.end();
  expect(lease()).toMatchObject({ state: "released" });
});

test("a server that doesn't look at conditions is found out before anything is written", async () => {
  await server[Symbol.asyncDispose]();
  server = await startFaultyS3({ ignoresConditions: true });
  const store = await open("mine");
  await store.begin("run-all");
  await expect(store.write(KEY, "one")).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("takes a write's condition and doesn't look at it"),
  });
  await store.end(false);
  expect([...server.objects("bucket").keys()]).toEqual([]);

  const alone = await open("mine", { single_writer: true });
  await alone.begin("run-all");
  await alone.write(KEY, "one");
  const stage = await open("mine", { single_writer: true }, true);
  expect((await stage.read(KEY))?.toString()).toBe("one");
  await alone.end();
  expect([...server.objects("bucket").keys()]).toEqual([`churn/${KEY}`]);
});

test("one that a person removed in a versioned bucket, whose marker some servers count, is taken by one of two", async () => {
  await server[Symbol.asyncDispose]();
  server = await startFaultyS3({ deleteMarkersCount: true });
  const before = await open("before");
  await before.begin("the one before");
  await before.write(KEY, "before");
  await before.end();
  await openBucket("bucket", s3Settings(server.env)).remove(LEASE);
  const both = [await open("mine"), await open("other")];
  for (const store of both) await store.begin("run-all of 2026-11-23");
  const ends = await Promise.allSettled(both.map((store, at) => store.write(KEY, String(at))));
  expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const winner = ends.findIndex(({ status }) => status === "fulfilled");
  expect(ends[1 - winner]).toMatchObject({ reason: { exitCode: 75 } });
  expect(server.objects("bucket").get(`churn/${KEY}`)?.toString()).toBe(String(winner));
  for (const store of both) await store.end();
  expect(lease().state).toBe("released");
});

test("a holder whose renewal fails doesn't go on as if it held it", async () => {
  const store = await open("mine", { deadline: "0s" });
  await store.begin("promote of version 2");
  await store.write(KEY, "one");
  server.put(refusals.unavailable, { times: Number.POSITIVE_INFINITY });
  await sleep(1_200);
  await expect(store.requireHeld()).rejects.toMatchObject({ exitCode: 5 });
  server.mend();
  await store.requireHeld();
  await store.end();
});

test("a run that begins anew holds it for its stages although it writes nothing itself", async () => {
  const store = await open("mine");
  for (const round of ["one", "two"]) {
    await store.begin("run-all");
    await store.requireHeld();
    const stage = await open("mine", {}, true);
    await stage.write(KEY, round);
    await store.end();
  }
  expect(server.objects("bucket").get(`churn/${KEY}`)?.toString()).toBe("two");
});

test("who only looks doesn't go by what a run knows, be it dead", async () => {
  const dead = await open("mine", { single_writer: true });
  await dead.begin("run-all");
  await dead.write(KEY, "one");
  server.objects("bucket").set(`churn/${KEY}`, Buffer.from("restored"));
  const reader = await open("mine", { single_writer: true });
  expect((await reader.read(KEY))?.toString()).toBe("restored");
  await dead.end();
});

test("a server that knows no conditions needs a single writer, and is asked again another time", async () => {
  const store = await open("mine");
  for (const _ of [1, 2]) {
    await store.begin("run-all");
    server.put(refusals.notImplemented, { method: "PUT", times: 2 });
    await expect(store.write(KEY, "one")).rejects.toMatchObject({
      exitCode: 2,
      hint: "where no other folder or machine ever writes there, say so: s3: { single_writer: true } in churn.yaml",
    });
    await store.end(false);
  }
  await store.begin("run-all");
  await store.write(KEY, "two");
  await store.end();
});
