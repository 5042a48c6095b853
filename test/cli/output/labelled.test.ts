import { expect, test } from "vitest";
import { labelled } from "../../../src/lib/cli/output/labelled.ts";

test("a sentence stands behind its word, in lines of the screen's width, with what isn't seen in it shown", () => {
  const lines = labelled(
    "mail",
    `cron mails what a failure prints to maria, ${"and to others ".repeat(8)}\u202e`,
    (word) => word.toUpperCase(),
  );
  expect(lines[0]).toMatch(/^MAIL {3}cron mails/);
  expect(lines.slice(1).every((line) => line.startsWith("       "))).toBe(true);
  expect(lines.every((line) => [...line].length <= 80)).toBe(true);
  expect(lines.join("")).toContain("�");
});
