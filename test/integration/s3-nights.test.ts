import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { orUndefined } from "../../src/lib/files/absent.ts";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import type { Bucket } from "../../src/lib/s3/bucket.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { pipeline } from "../../src/pipeline.ts";
import { churn, digests, type Ended, lastDay, mayDiffer } from "../support/churn.ts";
import { startFaultyS3 } from "../support/faulty-s3.ts";
import { complaint, replaceIn, unfinishedIn } from "../support/mistake.ts";
import { fileOf, type Place, placeOf } from "../support/place.ts";
import { attemptBegun, start } from "../support/running.ts";
import { s3Settings } from "../support/s3-settings.ts";
import { sweep } from "../support/sweep.ts";
import { copyPlace, placeAt, removePlace } from "./support/bucket-places.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

/** Two nights with a promotion between, then `lastDay`, which each test does for itself. */
const FIRST = "2026-11-20";
const SECOND = "2026-11-21";
const tonight = ["run-all", "--date", lastDay];

let folder: string;
let server: S3Server;
/** The sample on which nothing was run yet. */
let sample: string;
/** The same two nights in a folder and in a bucket. */
let local: Place;
let remote: Place;
/** What the next night makes of them in the folder. */
let next: Record<string, string>;
let copies = 0;

const run = ({ workspace, env }: Place, words: readonly string[]) => churn(workspace, words, env);

async function succeeds(place: Place, words: readonly string[]): Promise<Ended> {
  const ended = await run(place, words);
  if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${ended.exitCode}: ${ended.stderr}`);
  return ended;
}

async function twoNights(place: Place): Promise<void> {
  await cp(sample, place.workspace, { recursive: true });
  await succeeds(place, ["run-all", "--date", FIRST]);
  await succeeds(place, ["promote", "--version", "1", "--yes"]);
  await succeeds(place, ["run-all", "--date", SECOND]);
}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-s3-nights-")));
  sample = join(folder, "sample");
  await mkdir(sample);
  await succeeds(placeOf(sample), ["init", "--sample", "--date", lastDay]);
  await replaceIn(join(sample, "churn.yaml"), /rounds: 100/, "rounds: 5");
  server = await startS3();
  await server.makeBucket("nights");
  local = placeOf(join(folder, "local"));
  remote = await placeAt(server, "nights", folder, "remote");
  for (const place of [local, remote]) await twoNights(place);
  const later = await copyOf(local);
  await succeeds(later, tonight);
  next = await madeOn(later, lastDay);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function copyOf(place: Place): Promise<Place> {
  copies += 1;
  const name = `${basename(place.workspace)}-${copies}`;
  if (place.store === place.workspace) {
    const copy = placeOf(join(folder, name));
    await cp(place.workspace, copy.workspace, { recursive: true });
    return copy;
  }
  const copy = await placeAt(server, "nights", folder, name);
  await copyPlace(place, copy);
  return copy;
}

/** What a night has made of what follows from customers, configuration and versions, by its digests. */
async function madeOn({ store }: Place, night: string): Promise<Record<string, string>> {
  const all = await digests(store, mayDiffer);
  const made = Object.fromEntries(Object.entries(all).filter(([key]) => key.includes(`/${night}/`)));
  const judged = `models/${night}/comparison.json`;
  return judged in made ? { ...made, [judged]: untimed(await readFile(join(store, judged), "utf8")) } : made;
}

/** comparison.json's digest without the time of the last promotion, which the registry tells. */
function untimed(comparison: string): string {
  return sha256(comparison.replace(/"last_promotion": "[^"]*"/, '"last_promotion": "TIME"'));
}

/** Where keys begin: a folder's workspace holds other things beside them. */
const KEYS = /^(?:raw|processed|features|models|records|notifications)\/|^workspace\.json$/;

/** All keys of a store, runs by their order and promotions without their time. */
async function keysOf({ store }: Place): Promise<readonly string[]> {
  const keys = Object.keys(await digests(store)).filter((key) => KEYS.test(key));
  const runs = [...new Set(keys.flatMap((key) => /\/attempts\/([^/]+)\//.exec(key)?.[1] ?? []))].sort();
  const byOrder = (key: string) => runs.reduce((text, id, index) => text.replace(id, `run ${index + 1}`), key);
  return keys.map((key) => byOrder(key).replace(/(\/promoted\.\d+)\.[\dT.-]+Z\./, "$1.")).sort();
}

const object = z.record(z.string(), z.unknown());
const OWN = new Set([
  ...["command", "started_at", "ended_at", "peak_memory_bytes", "cpu_seconds", "run", "workspace", "seconds", "digest"],
  ...["mlflow_run_id", "model_uri"],
]);
/** Files that tell when, and by which run: their digests differ with them. */
const TELLING = new Set(["MLmodel", "trackingRun", "registration", "notification", "comparison"]);

/** A record without what may differ: times, ids, the command, and digests of what tells them. */
function comparable(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => comparable(one));
  const read = object.safeParse(value);
  if (!read.success) return TELLING.has(name) ? undefined : value;
  const isTelling = TELLING.has(name.replace(/^previous\./, "")) || TELLING.has(String(read.data.name));
  return Object.fromEntries(
    Object.entries(read.data)
      .filter(([key]) => !(OWN.has(key) || (isTelling && (key === "sha256" || key === "size_bytes"))))
      .map(([key, inner]) => [key, comparable(inner, key)]),
  );
}

async function recordsOf({ store }: Place, night: string): Promise<Record<string, unknown>> {
  const found = pipeline.map(async ({ name }) => {
    const text = await readFile(join(store, "records", night, `${name}.json`), "utf8");
    return [name, comparable(JSON.parse(text))] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

describe("the same nights in a folder and in a bucket", () => {
  test("have the same keys and the same bytes, and nothing of the store is on this machine", async () => {
    expect(await keysOf(remote)).toEqual((await keysOf(local)).filter((key) => key !== "lease.json"));
    for (const night of [FIRST, SECOND]) {
      const made = await madeOn(local, night);
      expect(await madeOn(remote, night)).toEqual(made);
      expect(Object.keys(made).map((key) => key.replace(`/${night}/`, "/"))).toEqual([
        "features/features.json",
        "features/test.parquet",
        "features/train.parquet",
        "models/comparison.json",
        "models/evaluation.json",
        "models/model/conda.yaml",
        "models/model/input_example.json",
        "models/model/model.json",
        "models/model/preprocessing.json",
        "models/model/python_env.yaml",
        "models/model/requirements.txt",
        "models/model/serving_input_example.json",
        "models/predictions.parquet",
        "processed/customers_test.parquet",
        "processed/customers_train.parquet",
        "processed/preprocessing.json",
        "raw/customers.parquet",
        "raw/validation.json",
      ]);
    }
    const here = await readdir(remote.workspace);
    for (const name of ["raw", "processed", "features", "models", "records", "notifications"])
      expect(here).not.toContain(name);
    expect(await unfinishedIn(remote.workspace)).toEqual([]);
  });

  test.each([FIRST, SECOND])("have the same records but for times, ids and the command: %s", async (night) => {
    expect(await recordsOf(remote, night)).toEqual(await recordsOf(local, night));
  });

  test("are decided, and verified", async () => {
    const again = await succeeds(remote, ["run-all", "--date", SECOND]);
    expect(again.stdout).toMatch(/^Night of 2026-11-21 was decided at .*Nothing to do/);
    expect(again.stderr).toBe("");
    const verified = await succeeds(remote, ["verify", "--all"]);
    expect(uncounted(verified.stdout)).toBe(uncounted((await succeeds(local, ["verify", "--all"])).stdout));
  });

  test("go on alike, stage by stage, by hand, with a promotion and a rollback, and what is looked for and removed", async () => {
    const places = [await copyOf(local), await copyOf(remote)] as const;
    const table = `raw/${FIRST}.2/customers.parquet`;
    // Nothing that is in use came from the night that is decided anew.
    const again = ["run-all", "--date", FIRST, "--again", "--set", "train.rounds=4"];
    const lines = [
      ...pipeline.map(({ name }) => [name, "--date", lastDay]),
      ["promote", "--version", "2", "--yes", "--force", "--despite-hold"],
      ["models"],
      ["rollback", "--yes", "--reason", "a try"],
      ["verify", "--all"],
      ["preview", "--rows", "2"],
      again,
      ["ls"],
      ["ls", "--date", `${FIRST}.2`],
      ["cat", table, "--rows", "3"],
      ["cat", `models/${FIRST}.2/evaluation.json`],
      ["get", table],
      ["gc", "--keep", "0d", "--dry-run"],
      ["gc", "--keep", "0d"],
      ["gc", "--keep", "0d"],
      ["ls"],
      ["ls", "--date", `${FIRST}.2`],
      ["verify", "--all"],
    ];
    for (const words of lines) {
      const [here, there] = [await run(places[0], words), await run(places[1], words)];
      expect({ ...there, said: plain(there), stdout: "", stderr: "" }, words.join(" ")).toEqual({
        ...here,
        said: plain(here),
        stdout: "",
        stderr: "",
      });
      expect(here.exitCode, here.stderr).toBe(0);
    }
    for (const night of [lastDay, `${FIRST}.2`])
      expect(await madeOn(places[1], night)).toEqual(await madeOn(places[0], night));
    const [here = "", there = ""] = await Promise.all(
      places.map(async ({ workspace }) => sha256(await readFile(join(workspace, "customers.parquet")))),
    );
    expect(there).toBe(here);
    for (const place of places) {
      const gone = await run(place, ["get", table, "--force"]);
      expect([gone.exitCode, complaint(gone).error]).toEqual([
        4,
        expect.stringMatching(`${table} was removed by churn gc on `),
      ]);
    }
    expect(await recordsOf(places[1], lastDay)).toEqual(await recordsOf(places[0], lastDay));
    const config = await succeeds(places[1], ["config"]);
    expect(config.stdout).toMatch(/^store +s3:\/\/nights\/\S+ +CHURN_STORE$/m);
  });
});

/** What verify said, without how many files there are, and lines of the ledger, which tells of each start. */
function uncounted(text: string): string {
  return text.replaceAll(/\d+ (files|lines)/g, "… $1");
}

/** What was said, without times and ids, and of files without what follows from those: sizes, digests and so the columns' widths. */
function plain({ stdout, stderr }: Ended): string {
  return `${stdout}\n${stderr}`
    .replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, "RUN")
    .replaceAll(/(?<= {3}run )[0-9a-f]{4}$/gm, "RUN")
    .replaceAll(/[0-9a-f]{32}/g, "ID")
    .replaceAll(/(?<= )[0-9a-f]{7}(?= )/g, "DIGEST")
    .replaceAll(/ *\d+(?:\.\d+)? [kM]?B\b/g, " SIZE")
    .replaceAll(/(?<=\S) {2,}(?=\S)/g, "  ")
    .replaceAll(/ [0-9a-f]{7}$/gm, " ID")
    .replaceAll(/\d+\.\d+ s/g, "N s")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?/g, "TIME")
    .replaceAll(/\d\d:\d\d:\d\d/g, "TIME")
    .replaceAll(/(?<=ledger: )\d+(?= lines)/g, "N")
    .replaceAll(/[^ \n]*\/(?:local|remote)-\d+/g, "PLACE");
}

describe("another machine", () => {
  test("goes on with churn.yaml, the registry and nothing else", async () => {
    const place = await copyOf(remote);
    const other = { ...place, workspace: `${place.workspace}-other` };
    await mkdir(other.workspace);
    for (const name of ["churn.yaml", "customers.duckdb", "mlruns"])
      await cp(join(place.workspace, name), join(other.workspace, name), { recursive: true });
    // The registry says where it is by its address.
    await succeeds(other, tonight);
    expect(await madeOn(other, lastDay)).toEqual(next);
    expect((await succeeds(other, ["verify", "--date", lastDay])).stdout).toContain(`✔ night of ${lastDay}`);
    // And the first one sees it.
    expect((await succeeds(place, tonight)).stdout).toContain("Nothing to do");
  });

  test("that worked with another store asks for churn init --adopt first", async () => {
    const place = await copyOf(remote);
    const other = { ...place, workspace: `${place.workspace}-other` };
    await cp(local.workspace, other.workspace, { recursive: true });
    expect(complaint(await run(other, tonight))).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining(`the store is to be ${place.env.CHURN_STORE}`),
      next: [expect.stringContaining("churn init --adopt")],
    });
    await succeeds(other, ["init", "--adopt"]);
    await succeeds(other, tonight);
    expect(await madeOn(other, lastDay)).toEqual(next);
  });
});

describe("the cache", () => {
  const cacheOf = ({ workspace }: Place) => join(workspace, ".churn", "cache");

  test("may be deleted between two nights", async () => {
    const place = await copyOf(remote);
    await rm(cacheOf(place), { recursive: true });
    await succeeds(place, tonight);
    expect(await madeOn(place, lastDay)).toEqual(next);
  });

  test("may be deleted in the midst of one, again and again", async () => {
    const place = await copyOf(remote);
    const night = start(place.workspace, tonight, place.env);
    let isOver = false;
    void night.ended.finally(() => {
      isOver = true;
    });
    await attemptBegun(place.store, "extract");
    for (let times = 0; !isOver; times += 1) {
      await orUndefined(() => rm(cacheOf(place), { recursive: true, force: true, maxRetries: 3 }));
      await sleep(37 + 20 * (times % 7));
    }
    const { exitCode, stderr } = await night.ended;
    // DuckDB alone can't go on when the file that it reads is gone.
    expect([0, 5], stderr).toContain(exitCode);
    if (exitCode === 5) expect(stderr).toMatch(/\.churn\/cache\/[^\n]*\nnext {3}.*run it again/);
    await succeeds(place, tonight);
    expect(await madeOn(place, lastDay)).toEqual(next);
    await succeeds(place, ["verify", "--date", lastDay]);
  });

  test("is not believed: a damaged copy is fetched anew", async () => {
    const place = await copyOf(remote);
    const objects = join(cacheOf(place), "objects");
    let damaged = 0;
    for (const entry of await readdir(objects, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      const middle = bytes.length >> 1;
      bytes.writeUInt8((bytes.readUInt8(middle) + 1) % 256, middle);
      await writeFile(path, bytes);
      damaged += 1;
    }
    expect(damaged).toBeGreaterThan(20);
    await succeeds(place, tonight);
    expect(await madeOn(place, lastDay)).toEqual(next);
  });
});

describe("damage by others", () => {
  /** Whoever may write there, with a program of their own. */
  const stranger = (): Bucket => openBucket("nights", s3Settings(server.env));
  const keyAt = ({ store }: Place, key: string) => `${basename(store)}/${key}`;

  type Harm = (place: Place, key: string) => Promise<void>;
  const harms: Readonly<Record<string, Harm>> = {
    changed: async (place, key) => {
      const bytes = await readFile(fileOf(place, key));
      bytes.writeUInt8((bytes.readUInt8(bytes.length >> 1) + 1) % 256, bytes.length >> 1);
      if (place.store === place.workspace) await writeFile(fileOf(place, key), bytes);
      else await stranger().put(keyAt(place, key), { bytes, sha256: sha256(bytes) });
    },
    deleted: async (place, key) => {
      if (place.store === place.workspace) await rm(fileOf(place, key));
      else await stranger().remove(keyAt(place, key));
    },
  };
  const files = [
    `raw/${SECOND}/customers.parquet`,
    `models/${SECOND}/model/model.json`,
    `models/${SECOND}/comparison.json`,
    `records/${SECOND}/train.json`,
    `records/${SECOND}/register.json`,
    "workspace.json",
  ];
  const all = files.flatMap((key) => Object.keys(harms).map((harm) => [key, harm] as const));

  /** The same words on a folder and on a bucket that came to the same harm. */
  async function expectAlike(key: string, harm: string, lines: readonly (readonly string[])[]): Promise<void> {
    const places = [await copyOf(local), await copyOf(remote)] as const;
    for (const place of places) await harms[harm]?.(place, key);
    for (const words of lines) {
      const [here, there] = await Promise.all(places.map((place) => run(place, words)));
      if (here === undefined || there === undefined) throw new Error("there are two places");
      expect(there.exitCode, `${words.join(" ")}\n${here.stderr}\n${there.stderr}`).toBe(here.exitCode);
      // A start that has nothing to do looks at no bucket: there churn verify alone names what is damaged.
      if (words[0] === "verify" || here.exitCode !== 0)
        expect(named(there, places[1]), `${words.join(" ")}\n${there.stderr}`).toEqual(named(here, places[0]));
    }
    for (const place of places) await removePlace(place);
  }

  test.each(sweep(all, 5))("between two nights is met as a folder's: %s is %s", (key, harm) =>
    expectAlike(key, harm, [
      ["verify", "--date", SECOND],
      ["run-all", "--date", SECOND],
    ]),
  );

  test.each([
    [`raw/${SECOND}/validation.json`, "changed"],
    [`records/${SECOND}/register.json`, "deleted"],
    [`raw/${SECOND}/customers.parquet`, "deleted"],
  ])("is met by the next night as a folder's: %s is %s", (key, harm) =>
    expectAlike(key, harm, [tonight, ["verify", "--date", SECOND]]),
  );

  /** Which keys the lines name, wherever the store lies. */
  function named({ stdout, stderr }: Ended, { store, env }: Place): readonly string[] {
    const text = `${stdout}\n${stderr}`.replaceAll(env.CHURN_STORE ?? store, "STORE");
    const keys = text.match(
      /(?:raw|processed|features|models|records)\/\d{4}-[^\s:,]*\.(?:json|parquet)|workspace\.json/g,
    );
    return [...new Set(keys ?? [])].map((key) => key.replace(/attempts\/[^/]+/, "attempts/RUN")).sort();
  }

  test("below the server's feet, a bit of a disk, is found by churn verify, which reads every byte", async () => {
    const place = await copyOf(remote);
    for (const key of [`raw/${SECOND}/customers.parquet`, `models/${SECOND}/model/model.json`]) {
      const path = fileOf(place, key);
      const bytes = await readFile(path);
      bytes.writeUInt8((bytes.readUInt8(bytes.length >> 1) + 1) % 256, bytes.length >> 1);
      // In its place: the gateway goes on to say the ETag and the digest that it had.
      await writeFile(path, bytes);
      const found = await run(place, ["verify", "--date", SECOND]);
      expect(found.exitCode, found.stderr).toBe(4);
      expect(`${found.stdout}${found.stderr}`).toContain(key);
    }
  });

  const underway = [
    [`features/${lastDay}/train.parquet`, "changed"],
    [`features/${lastDay}/train.parquet`, "deleted"],
    [`records/${lastDay}/extract.json`, "changed"],
    [`records/${lastDay}/extract.json`, "deleted"],
  ] as const;
  test.each(sweep(underway, 2))("during a night is never taken for what was written: %s is %s", async (key, harm) => {
    const place = await copyOf(remote);
    const night = start(place.workspace, tonight, place.env);
    await attemptBegun(place.store, "train");
    await harms[harm]?.(place, key);
    const ended = await night.ended;
    // By the copies of what it wrote, or not at all.
    expect([0, 4], ended.stderr).toContain(ended.exitCode);
    if (ended.exitCode === 0) {
      const made = await madeOn(place, lastDay);
      expect({ ...made, [key]: "" }).toEqual({ ...next, [key]: "" });
    }
    const found = await run(place, ["verify", "--date", lastDay]);
    expect(found.exitCode, `${found.stdout}\n${found.stderr}`).toBe(4);
    expect(`${found.stdout}${found.stderr}`).toContain(key);
  });
});

test("a bucket that keeps versions takes a night that is done again", async ({ skip }) => {
  await using keeping = await startS3({ versions: true });
  skip(keeping.kind !== "versitygw", "the gateway's folder is looked into");
  await keeping.makeBucket("kept");
  await keeping.keepVersions("kept");
  const place = await placeAt(keeping, "kept", folder, "versions");
  await twoNights(place);
  await succeeds(place, [...tonight, "--to", "compare"]);
  await succeeds(place, [...tonight, "--force"]);
  expect(await madeOn(place, lastDay)).toEqual(next);
  await succeeds(place, ["verify", "--all"]);
});

test("a night asks for at most 80 things, a decided one for 5", async () => {
  await using counting = await startFaultyS3();
  const workspace = join(folder, "counted");
  const place = { workspace, store: "", env: { ...counting.env, CHURN_STORE: "s3://counted/churn" } };
  await twoNights(place);
  counting.forget();
  await succeeds(place, tonight);
  const asked = Object.fromEntries(
    (["GET", "HEAD", "LIST", "PUT", "DELETE"] as const).map((method) => [method, counting.count({ method })]),
  );
  expect(counting.count(), JSON.stringify(asked)).toBeLessThanOrEqual(80);
  counting.forget();
  expect((await succeeds(place, tonight)).stdout).toContain("Nothing to do");
  expect(counting.count()).toBeLessThanOrEqual(5);
  const bytes = counting.objects("counted");
  for (const [key, digest] of Object.entries(next)) {
    const content = bytes.get(`churn/${key}`) ?? Buffer.alloc(0);
    expect(key.endsWith("/comparison.json") ? untimed(content.toString()) : sha256(content), key).toBe(digest);
  }
});
