import fc from "fast-check";
import { expect, test } from "vitest";
import { handOn, overridesFrom, tryFrom } from "../../src/lib/supervise/handed-on.ts";

const redact = (text: string) => text.replaceAll("s3cret", "***");

test("a process gets the folder and each --set as words, as a person would type them", () => {
  const overrides = ["train.rounds=5", "split.salt=a b"];
  expect(handOn({ root: "/srv/churn", overrides, runId: "r", tryNumber: 2, redact })).toEqual({
    words: ["-C", "/srv/churn", "--set", "train.rounds=5", "--set", "split.salt=a b"],
    env: { CHURN_RUN_ID: "r", CHURN_RUN_SET: JSON.stringify(overrides), CHURN_RUN_TRY: "2" },
  });
});

test("no word has a secret, and a folder that is called like one needs none: the process starts there", () => {
  const { words } = handOn({
    root: "/srv/s3cret",
    overrides: ["source.url=csv:s3cret/x"],
    runId: "r",
    tryNumber: 2,
    redact,
  });
  expect(words).toEqual(["--set", "source.url=csv:***/x"]);
});

test("every --set arrives as it was typed", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (overrides) => {
      expect(overridesFrom(handOn({ root: "/", overrides, runId: "r", tryNumber: 2, redact }).env)).toEqual(overrides);
    }),
  );
  expect(overridesFrom({})).toEqual([]);
});

test("which try it is arrives too; a process that nobody handed one on is in its first", () => {
  expect(tryFrom(handOn({ root: "/", overrides: [], runId: "r", tryNumber: 2, redact }).env)).toBe(2);
  expect(tryFrom({})).toBe(1);
});
