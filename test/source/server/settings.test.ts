import { expect, test } from "vitest";
import { passwordOfAddress, timeoutSeconds } from "../../../src/lib/source/server/settings.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";

test("a query may take an hour where nothing is said", () => {
  expect(timeoutSeconds({ timeout: undefined })).toBe(3600);
  expect(timeoutSeconds({ timeout: "90s" })).toBe(90);
  expect(timeoutSeconds({ timeout: "2h" })).toBe(7200);
});

test("a password within an address comes from the environment alone, and is for that address alone", () => {
  const of = (url: string, env: Record<string, string>) =>
    passwordOfAddress({ url, environment: readEnvironment(env, "/nonexistent") }, ["sslmode"]);
  const url = "postgres://ann@db/shop?sslmode=require";
  const CHURN_SOURCE_URL = "postgres://ann:a%20b@db/shop?sslmode=require";
  expect(of(url, {})).toBeUndefined();
  expect(of(url, { CHURN_SOURCE_URL: url })).toBeUndefined();
  expect(of(url, { CHURN_SOURCE_URL })).toBe("a b");
  for (const other of [
    "postgres://ann@elsewhere/shop?sslmode=require",
    "mysql://ann@db/shop",
    "postgres://ann@db/shop",
  ])
    expect(of(other, { CHURN_SOURCE_URL }), other).toBeUndefined();
  // What names no server at all is nobody's address.
  expect(of(url, { CHURN_SOURCE_URL: "duckdb:customers.duckdb" })).toBeUndefined();
});
