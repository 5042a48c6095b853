import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEndpoint, isS3Address, s3Address, s3Text } from "../../src/lib/s3/address.ts";

test.for([
  ["s3://nights", "nights", ""],
  ["s3://nights/", "nights", ""],
  ["s3://nights/churn", "nights", "churn"],
  ["s3://nights/team a/churn//", "nights", "team a/churn"],
  ["s3://n.ig-ht_s/ü/%20+", "n.ig-ht_s", "ü/%20+"],
] as const)("%s is an address", ([text, bucket, prefix]) => {
  expect(s3Address(text)).toEqual({ bucket, prefix });
});

test.for(
  [
    ["S3://nights", "s3:nights", "s3://", "s3:///a", "s3://ab", "http://nights/a"],
    ["s3://nights/../a", "s3://nights/./a", "s3://nights/a//b", "s3://nights/a/..", "s3://ni..ghts/a"],
    ["s3://user:geheim@nights/a", "s3://nights:9000/a", "s3://nights/a?b", "s3://nights/a#b", "s3://nights/a\\b"],
    ["s3://nights/a\nb", "s3://nights/\u0000", " s3://nights/a", `s3://nights/${"ü".repeat(500)}`, "s3://-nights/a"],
  ].flat(),
)("%j is none", (text) => {
  expect(s3Address(text)).toBeUndefined();
});

test("what it is written as is what it is read from", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]$/).filter((text) => !text.includes(".."));
  const segment = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((text) => !/^\.{1,2}$|[\p{Cc}\\?#/]/u.test(text));
  fc.assert(
    fc.property(name, fc.array(segment, { maxLength: 4 }), (bucket, segments) => {
      const address = { bucket, prefix: segments.join("/") };
      expect(s3Address(s3Text(address))).toEqual(address);
      expect(isS3Address(s3Text(address))).toBe(true);
    }),
  );
});

test("a key is written behind its prefix", () => {
  expect(s3Text({ bucket: "b", prefix: "p" }, "raw/a")).toBe("s3://b/p/raw/a");
  expect(s3Text({ bucket: "b", prefix: "" }, "raw/a")).toBe("s3://b/raw/a");
});

test.for(["s3:x", "S3://x", "s3a://x", "s3n://x"])("%s is meant as one", (text) => {
  expect(isS3Address(text)).toBe(true);
});

describe("an endpoint", () => {
  test.for(["http://minio:9000", "https://s3.example.com", "HTTPS://[::1]:9000/", "http://host/path"])("%s", (text) => {
    expect(isEndpoint(text)).toBe(true);
  });

  test.for([
    "minio:9000",
    "ftp://minio",
    "http://",
    "https://me:geheim@minio",
    "https://minio?x=1",
    "https://minio#a",
    "",
  ])("%s is none", (text) => {
    expect(isEndpoint(text)).toBe(false);
  });
});
