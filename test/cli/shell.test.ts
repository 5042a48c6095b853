import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { commandsAt, commandsOf, shellWord } from "../../src/lib/cli/shell.ts";

test("a word that a shell leaves alone stays as it is, any other stands in quotes", () => {
  expect(shellWord("train.params.max_depth=6")).toBe("train.params.max_depth=6");
  expect(shellWord("/srv/churn-2,a@b:c+d%e")).toBe("/srv/churn-2,a@b:c+d%e");
  expect(shellWord("my shop's")).toBe("'my shop'\\''s'");
  expect(shellWord("~/churn")).toBe("'~/churn'");
  expect(shellWord("")).toBe("''");
});

test("a shell takes back every word as it was", () => {
  const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      const output = execFileSync("sh", ["-c", `printf '%s\\0' ${words.map(shellWord).join(" ")}`], {
        encoding: "utf8",
      });
      expect(output.split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 20 },
  );
});

test("commands name the workspace, and words that are none don't", () => {
  const at = (text: string) => commandsAt("/srv/it's $1", text, ["run-all", "run", "train"]);
  const folder = "'/srv/it'\\''s $1'";
  expect(at("churn run-all --date today\nor churn train")).toBe(
    `churn -C ${folder} run-all --date today\nor churn -C ${folder} train`,
  );
  for (const text of [
    "churn runs as 0",
    "churn run-alls",
    "churn trains",
    "a churn model",
    "churn train --help says what --rounds is",
    "churn -C /srv train",
    "unchurn train",
    "churn -C /srv/churn train",
    "./bin/churn train",
  ]) {
    expect(at(text)).toBe(text);
  }
});

test("commands that run a stage name the night, where they don't name one yet", () => {
  const of = (text: string) => commandsOf("2026-11-22.2", text, ["train", "features"]);
  expect(of("restore it, or churn train --force logs it again\nchurn features")).toBe(
    "restore it, or churn train --date 2026-11-22.2 --force logs it again\nchurn features --date 2026-11-22.2",
  );
  for (const text of [
    "churn features --date 2026-11-20",
    "churn train --force --date today",
    "churn train --help says what --rounds is",
    "churn models",
    "churn trains",
    "churn run-all makes one",
  ]) {
    expect(of(text)).toBe(text);
  }
});
