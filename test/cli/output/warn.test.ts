import { expect, test } from "vitest";
import { warn } from "../../../src/lib/cli/output/warn.ts";
import { quietTerminal } from "../../support/quiet-terminal.ts";

const SENTENCE = `line 3 of ledger.jsonl is damaged\u001b[2J: ${"it is no whole JSON ".repeat(5)}`.trim();

test("a warning is one line in a log, and fits a screen", () => {
  const { terminal, said } = quietTerminal();
  warn(terminal, SENTENCE);
  expect(said).toEqual([`warning  ${SENTENCE.replace("\u001b", "�")}`]);
  said.length = 0;
  warn({ ...terminal, interactive: true }, SENTENCE);
  expect(said.length).toBe(2);
  expect(said[1]).toMatch(/^ {9}\S/);
  for (const line of said) expect([...line].length).toBeLessThanOrEqual(80);
});
