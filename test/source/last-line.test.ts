import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { lastLine } from "../../src/lib/source/last-line.ts";
import { test } from "../support/source-folder.ts";

const long = "ü".repeat(100_000);
const cases: [string, string | undefined][] = [
  ["", ""],
  ["\n \n", ""],
  ["a\n", undefined],
  ["a\r\n", undefined],
  ["a\n\n", undefined],
  ["a\n \t", undefined],
  ["a", "a"],
  ["a\nb", "b"],
  [`a\n${long}`, long],
  [long, long],
  [`${long}\n`, undefined],
];

test("the last line is the one that nothing ends", async ({ root }) => {
  for (const [text, line] of cases) {
    await writeFile(join(root, "a.txt"), text);
    expect(await lastLine(join(root, "a.txt"))).toBe(line);
  }
});
