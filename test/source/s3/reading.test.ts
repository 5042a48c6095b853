import { expect, test } from "vitest";
import { ServiceError, TryLaterError, UsageError } from "../../../src/lib/errors.ts";
import { objectsSession, ofObjects } from "../../../src/lib/source/s3/reading.ts";
import type { SourceSession } from "../../../src/lib/source/source.ts";

const ROOTS = ["/w/names", "/w/copies"];

test.each([UsageError, ServiceError, TryLaterError])("%o speaks of objects", (Kind) => {
  const error = new Kind("no /w/names/b12/a", ["look at /w/copies/b12/a", "and there"], {
    details: ["/w/names/b12/c"],
  });
  const said = ofObjects(error, ROOTS);
  expect(said).toBeInstanceOf(Kind);
  expect(said).toMatchObject({
    message: "no s3://b12/a",
    hint: "look at s3://b12/a\nand there",
    details: ["s3://b12/c"],
  });
});

test("what names no copy, and what is no error of churn's, stays as it is", () => {
  for (const error of [new UsageError("no /w/a"), new Error("/w/names/b12/a"), "odd"])
    expect(ofObjects(error, ROOTS)).toBe(error);
});

test("a session's end takes the copies' names away, however it ends", async () => {
  let isHeld = true;
  const session: SourceSession = {
    name: "s3://b12/a",
    columns: [],
    newestDate: () => Promise.reject(new UsageError("/w/copies/b12/a is odd")),
    count: () => Promise.reject(new UsageError("/w/copies/b12/a is odd")),
    load: () => Promise.reject(new UsageError("/w/copies/b12/a is odd")),
    [Symbol.asyncDispose]: () => Promise.reject(new Error("closed")),
  };
  const held = {
    [Symbol.dispose]() {
      isHeld = false;
    },
  };
  const objects = [{ key: "a", size_bytes: 1, sha256: "0", path: "/w/cache/0" }];
  const spoken = objectsSession(session, { roots: ROOTS, objects, held, name: "s3://b12/*" });
  expect(spoken).toMatchObject({ name: "s3://b12/*", objects: [{ key: "a", size_bytes: 1, sha256: "0" }] });
  await expect(spoken.load("t", { columns: [], day: undefined })).rejects.toThrow("s3://b12/a is odd");
  const column = { name: "d", kind: "date", timezone: "UTC" } as const;
  await expect(spoken.newestDate(column, "2026-11-23")).rejects.toThrow("s3://b12/a is odd");
  await expect(spoken[Symbol.asyncDispose]()).rejects.toThrow("closed");
  expect(isHeld).toBe(false);
});
