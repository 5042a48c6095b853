import { expect, test } from "vitest";
import {
  isBucketUrl,
  isObjectsUrl,
  literalFolder,
  namesDate,
  objectsAddress,
  placeOf,
} from "../../../src/lib/source/s3/address.ts";

test.each([
  ["s3://b12/exports/c.parquet", { bucket: "b12", path: "exports/c.parquet", isFolder: false }],
  ["s3://b12/exports/dt={date}/*.par?uet", { bucket: "b12", path: "exports/dt={date}/*.par?uet", isFolder: false }],
  ["s3://b12/exports/", { bucket: "b12", path: "exports", isFolder: true }],
  ["s3://b12/", { bucket: "b12", path: "", isFolder: true }],
  ["s3://b12", { bucket: "b12", path: "", isFolder: true }],
  ["s3://b12/Größe [1]/ü", { bucket: "b12", path: "Größe [1]/ü", isFolder: false }],
])("%s names objects", (place, address) => {
  expect(objectsAddress(place)).toEqual(address);
});

test.each([
  "s3:/b12/c",
  "s3a://b12/c",
  "s3://ann:word@b12/c",
  "s3://b/c",
  "s3://b12/a/../c",
  "s3://b12/a//c",
  "s3://b12/a\\c",
  "s3://b12/a#c",
  "https://b12/c",
])("%s names none", (place) => {
  expect(objectsAddress(place)).toBeUndefined();
});

test("three kinds of files are read from a bucket", () => {
  for (const kind of ["parquet", "csv", "jsonl"]) expect(isObjectsUrl(`${kind}:s3://b12/c`), kind).toBe(true);
  for (const url of ["duckdb:s3://b12/c", "s3://b12/c", "csv:s3a://b12/c"]) {
    expect([isBucketUrl(url), isObjectsUrl(url)], url).toEqual([true, false]);
  }
  for (const url of ["csv:s3/c.csv", "postgres://s3/c"]) expect(isBucketUrl(url), url).toBe(false);
});

test("{date} stands wherever a date does", () => {
  expect(placeOf("s3://b12/{date}/dt={date}.csv", "2026-11-23")).toBe("s3://b12/2026-11-23/dt=2026-11-23.csv");
  expect([namesDate("s3://b12/{date}"), namesDate("s3://b12/{day}")]).toEqual([true, false]);
});

test("a folder goes up to the first pattern", () => {
  expect(literalFolder("a/b*/c")).toEqual({ folder: ["a"], left: ["b*", "c"] });
  expect(literalFolder("a/b")).toEqual({ folder: ["a", "b"], left: [] });
  expect(literalFolder("")).toEqual({ folder: [], left: [] });
});
