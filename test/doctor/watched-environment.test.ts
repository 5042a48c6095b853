import { expect, test } from "vitest";
import { watchEnvironment } from "../../src/lib/doctor/watched-environment.ts";
import { processEnvironment } from "../../src/lib/workspace/env.ts";

test("what is asked for is noted by its name, a secret's file with it, and answered as ever", () => {
  const { environment, asked } = watchEnvironment(processEnvironment({ A: "1", PGPASSWORD: "abcdefghijkl" }, "/"));
  expect([environment.get("A"), environment.get("B"), environment.secret("PGPASSWORD")]).toEqual([
    "1",
    undefined,
    "abcdefghijkl",
  ]);
  expect([...asked]).toEqual(["A", "B", "PGPASSWORD", "PGPASSWORD_FILE"]);
  expect(environment.redact("abcdefghijkl")).toBe("***");
});
