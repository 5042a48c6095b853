import { expect, test } from "vitest";
import { passwordOfAddress, timeoutSeconds } from "../../../src/lib/source/server/settings.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";

test("a query may take an hour where nothing is said", () => {
  expect(timeoutSeconds({ timeout: undefined })).toBe(3600);
  expect(timeoutSeconds({ timeout: "90s" })).toBe(90);
  expect(timeoutSeconds({ timeout: "2h" })).toBe(7200);
});

test("a password within an address comes from the environment alone", () => {
  const of = (env: Record<string, string>) => passwordOfAddress(readEnvironment(env, "/nonexistent"), ["sslmode"]);
  expect(of({})).toBeUndefined();
  expect(of({ CHURN_SOURCE_URL: "postgres://ann@db/shop" })).toBeUndefined();
  expect(of({ CHURN_SOURCE_URL: "postgres://ann:a%20b@db/shop?sslmode=require" })).toBe("a b");
});
