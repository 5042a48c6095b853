import { closeSync, openSync } from "node:fs";
import { expect, test } from "vitest";
import { requireRoomForFiles } from "../../src/lib/files/descriptors.ts";

test("asking opens nothing for good", () => {
  const next = openSync("/dev/null", "r");
  closeSync(next);
  for (let time = 0; time < 50; time += 1) requireRoomForFiles(20);
  const after = openSync("/dev/null", "r");
  closeSync(after);
  expect(after).toBe(next);
});
