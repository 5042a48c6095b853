import { expect, test } from "vitest";
import { stageLimitSeconds } from "../../src/lib/supervise/limits.ts";

test("a stage may take its own limit, and never more than the run has left", () => {
  const config = { timeout: "1h", stages: { train: "10m" } };
  const after = (minutes: number, stage: string) => stageLimitSeconds(config, stage, minutes * 60);
  expect(after(0, "train")).toBe(600);
  expect(after(0, "extract")).toBe(3_600);
  expect(after(55, "train")).toBe(300);
  expect(after(61, "train")).toBe(0);
});
