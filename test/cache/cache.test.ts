import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { openCache } from "../../src/lib/cache/cache.ts";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { test } from "../support/folder.ts";

/** Takes bytes in, as a download does. */
function keep(root: string, bytes: Buffer | string, name: string): string {
  using unfinished = openCache(root).begin();
  writeFileSync(unfinished.path, bytes);
  return openCache(root).keep(unfinished.path, { sha256: sha256(bytes), name });
}

const forEver = { keepSeconds: 1e9, bytes: 1e12 };

test("what was kept is found by its digest, with its extension, by another opener too", async ({ folder }) => {
  const path = keep(folder, "abc", "raw/2026-11-23/customers.parquet");
  const file = { sha256: sha256("abc"), name: "other.parquet" };
  expect(extname(path)).toBe(".parquet");
  expect(await openCache(folder).find(file)).toBe(path);
  expect(await openCache(folder).find({ sha256: sha256("other"), name: "customers.parquet" })).toBeUndefined();
  expect(await openCache(join(folder, "elsewhere")).find(file)).toBeUndefined();
});

test.for([
  ["a/export.csv.gz", ".csv.gz"],
  ["a/export.tar.zst", ".tar.zst"],
  ["a/dt=2026-11-25/part-0.parquet", ".parquet"],
  ["a/no-extension", ""],
  ["a/b.{date}*", ""],
  ["a/.hidden", ""],
] as const)("the copy of %s ends with %j", ([name, end], { folder }) => {
  const path = keep(folder, name, name);
  expect(basename(path)).toBe(`${sha256(name)}${end}`);
});

test("whatever is kept and whatever befalls it, its very bytes are found or nothing is", async ({ folder }) => {
  const damage = fc.constantFrom("none", "flip", "cut", "empty", "grow", "remove") satisfies fc.Arbitrary<string>;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), damage), { minLength: 1, maxLength: 6 }),
      async (files) => {
        const root = await mkdtemp(join(folder, "root-"));
        for (const [data, kind] of files) {
          const bytes = Buffer.from(data);
          const path = keep(root, bytes, "a.parquet");
          if (kind === "flip" && bytes.length > 0) writeFileSync(path, flipped(bytes));
          if (kind === "cut") truncateSync(path, bytes.length >> 1);
          if (kind === "empty") truncateSync(path, 0);
          if (kind === "grow") writeFileSync(path, Buffer.concat([bytes, Buffer.from("x")]));
          if (kind === "remove") await rm(path);
        }
        for (const [data] of files) {
          const file = { sha256: sha256(Buffer.from(data)), name: "a.parquet" };
          const found = await openCache(root).find(file);
          if (found !== undefined) expect(sha256(readFileSync(found))).toBe(file.sha256);
        }
        // The last one lies there as it was, unless something befell it.
        const [last, kind] = files.at(-1) ?? [new Uint8Array(), "none"];
        if (kind === "none")
          expect(await openCache(root).find({ sha256: sha256(Buffer.from(last)), name: "a.parquet" })).toBeDefined();
        await rm(root, { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});

test("a damaged copy is removed, so that the next one takes its place", async ({ folder }) => {
  const path = keep(folder, "abc", "a.json");
  writeFileSync(path, "abd");
  const file = { sha256: sha256("abc"), name: "a.json" };
  expect(await openCache(folder).find(file)).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  keep(folder, "abc", "a.json");
  expect(await openCache(folder).find(file)).toBe(path);
});

const oddities = ["link to a file", "link to a folder", "dangling link", "folder", "pipe"] as const;

test.for(oddities.flatMap((kind) => ["copy", "group", "objects"].map((place) => [kind, place] as const)))(
  "a %s in the place of a %s is removed, never followed, and makes room",
  async ([kind, place], { folder }) => {
    const file = { sha256: sha256("abc"), name: "a.json" };
    const copy = keep(folder, "abc", "a.json");
    const path = { copy, group: dirname(copy), objects: dirname(dirname(copy)) }[place] ?? "";
    await rm(path, { recursive: true });
    // Elsewhere lies what looks like the very copy.
    const elsewhere = join(folder, "elsewhere");
    const there = join(elsewhere, relative(path, copy));
    mkdirSync(dirname(there), { recursive: true });
    if (place === "copy") mkdirSync(elsewhere);
    const own = place === "copy" ? join(elsewhere, "own") : there;
    writeFileSync(own, "abc");
    if (kind === "link to a file") symlinkSync(own, path);
    if (kind === "link to a folder") symlinkSync(elsewhere, path);
    if (kind === "dangling link") symlinkSync(join(folder, "nowhere"), path);
    if (kind === "folder") mkdirSync(join(path, "inner"), { recursive: true });
    if (kind === "pipe") execFileSync("mkfifo", [path]);

    expect(openCache(folder).prune({ keepSeconds: -1, bytes: 0 })).toBe(0);
    expect(await openCache(folder).find(file)).toBeUndefined();
    keep(folder, "abc", "a.json");
    expect(await openCache(folder).find(file)).toBe(copy);
    expect(lstatSync(copy).isFile()).toBe(true);
    expect(readFileSync(own, "utf8")).toBe("abc");
  },
);

test("what is left unfinished is gone, and never found", async ({ folder }) => {
  const cache = openCache(folder);
  {
    using unfinished = cache.begin();
    writeFileSync(unfinished.path, "half");
  }
  const left = readdirSync(cache.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left).toEqual([]);
});

describe("it is pruned", () => {
  const age = (path: string, days: number) => {
    const then = new Date(Date.now() - days * 86_400_000);
    utimesSync(path, then, then);
  };

  test("by age: what nobody has read for that long", async ({ folder }) => {
    const [old, young] = [keep(folder, "old", "a"), keep(folder, "young", "b")];
    age(old, 31);
    age(young, 29);
    expect(openCache(folder).prune({ ...forEver, keepSeconds: 30 * 86_400 })).toBe(3);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  test("a reader makes a copy young again", async ({ folder }) => {
    const path = keep(folder, "old", "a");
    age(path, 31);
    await openCache(folder).find({ sha256: sha256("old"), name: "a" });
    expect(openCache(folder).prune({ ...forEver, keepSeconds: 30 * 86_400 })).toBe(0);
    expect(existsSync(path)).toBe(true);
  });

  test("by size: the longest unread first, and no more than needed", ({ folder }) => {
    const paths = [4, 3, 2, 1].map((days) => {
      const path = keep(folder, `${days}`.repeat(100), "a");
      age(path, days);
      return path;
    });
    expect(openCache(folder).prune({ ...forEver, bytes: 250 })).toBe(200);
    expect(paths.map((path) => existsSync(path))).toEqual([false, false, true, true]);
    expect(openCache(folder).prune({ ...forEver, bytes: 0 })).toBe(200);
    expect(openCache(folder).prune(forEver)).toBe(0);
  });

  test("and so is what was known of buckets, by its last change", ({ folder }) => {
    const known = join(folder, ".churn", "cache", "known", "0123456789abcdef");
    mkdirSync(known, { recursive: true });
    const [old, young, other] = [join(known, "old.json"), join(known, "young.json"), join(folder, "other.json")];
    for (const path of [old, young, other]) writeFileSync(path, "{}");
    symlinkSync(other, join(known, "link.json"));
    age(old, 31);
    age(other, 31);
    age(young, 29);
    expect(openCache(folder).prune({ ...forEver, keepSeconds: 30 * 86_400 })).toBe(0);
    expect([old, young, other].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  test("where there is none, nothing is done", ({ folder }) => {
    expect(openCache(folder).prune({ keepSeconds: 0, bytes: 0 })).toBe(0);
  });
});

function flipped(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  other.writeUInt8((other.readUInt8(0) + 1) % 256, 0);
  return other;
}
