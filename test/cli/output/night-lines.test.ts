import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { headerLine, stageLine, workingLine } from "../../../src/lib/cli/output/night-lines.ts";

const plain = new Chalk({ level: 0 });
const colour = new Chalk({ level: 1 });
const line = {
  name: "extract",
  status: "succeeded",
  seconds: 0.25,
  text: "7,043 customers",
  reason: undefined,
} as const;

test("the line above a night names version, night, workspace and run", () => {
  expect(headerLine(plain, { version: "1.0.0", name: "2026-11-23", root: "~/churn", run: "5a4e" })).toBe(
    "churn 1.0.0   night of 2026-11-23   ~/churn   run 5a4e",
  );
});

describe("a stage's line", () => {
  test("has its mark, name, seconds and what came of it, under those of the other stages", () => {
    expect([
      stageLine(plain, line),
      stageLine(plain, { ...line, name: "transform", seconds: 100, text: "5,608 train" }),
      stageLine(plain, { ...line, name: "train", status: "failed", seconds: 12.34, text: "out of memory" }),
    ]).toEqual([
      "  ✔ extract      0.3 s   7,043 customers",
      "  ✔ transform  100.0 s   5,608 train",
      "  ✖ train       12.3 s   out of memory",
    ]);
  });

  test("says why it ran again, dim behind its text", () => {
    const again = { ...line, reason: "train.rounds changed" };
    expect(stageLine(plain, again)).toBe("  ✔ extract      0.3 s   7,043 customers  (train.rounds changed)");
    expect(stageLine(colour, again)).toBe(
      `  ${colour.green("✔")} extract      0.3 s   7,043 customers  ${colour.dim("(train.rounds changed)")}`,
    );
  });

  test("says how many tries it took, where it was more than one", () => {
    const failedBefore = { ...line, reason: "failed in run 5a4e" };
    expect(stageLine(plain, { ...failedBefore, tries: 3 })).toBe("  ✔ extract      0.3 s   7,043 customers  (3 tries)");
    expect(stageLine(plain, { ...failedBefore, tries: 1 })).toBe(
      "  ✔ extract      0.3 s   7,043 customers  (failed in run 5a4e)",
    );
    expect(stageLine(plain, { ...line, status: "failed", text: "it is down", tries: 2 })).toBe(
      "  ✖ extract      0.3 s   it is down  (2 tries)",
    );
  });

  test("of a failure has a red mark", () => {
    expect(stageLine(colour, { ...line, status: "failed" })).toBe(
      `  ${colour.red("✖")} extract      0.3 s   7,043 customers`,
    );
  });

  test("of a stage that did no work is dim and has no seconds", () => {
    expect(stageLine(plain, { ...line, status: "fresh" })).toBe("  · extract              up to date");
    expect(stageLine(plain, { ...line, status: "kept" })).toBe("  · extract              taken as it is");
    expect(stageLine(colour, { ...line, status: "fresh" })).toBe(colour.dim("  · extract              up to date"));
    expect(stageLine(colour, { ...line, status: "kept" })).toBe(colour.dim("  · extract              taken as it is"));
  });

  test("shows control characters of names and values as such", () => {
    expect(stageLine(plain, { ...line, text: "a\u001b[2J", reason: "b\r" })).toBe(
      "  ✔ extract      0.3 s   a�[2J  (b�)",
    );
  });
});

describe("a stage at work", () => {
  const working = { name: "train", seconds: 3, text: "round 61 of 100", share: undefined, frame: 0, width: 80 };

  test("has a spinner that turns, its seconds and where it stands", () => {
    expect(workingLine(plain, working)).toBe("  ⠋ train        3.0 s   round 61 of 100");
    expect(workingLine(plain, { ...working, frame: 9 })).toBe("  ⠏ train        3.0 s   round 61 of 100");
    expect(workingLine(plain, { ...working, frame: 10 })).toBe("  ⠋ train        3.0 s   round 61 of 100");
  });

  test("says how long it will take once a twentieth is done", () => {
    expect(workingLine(plain, { ...working, share: 0.049 })).toBe("  ⠋ train        3.0 s   round 61 of 100");
    expect(workingLine(plain, { ...working, share: 0.05 })).toBe(
      "  ⠋ train        3.0 s   round 61 of 100   ~57 s left",
    );
    expect(workingLine(colour, { ...working, share: 0.75 })).toBe(
      `${colour.cyan("  ⠋ train        3.0 s   round 61 of 100")}${colour.dim("   ~1 s left")}`,
    );
  });

  test("is cut to one column less than the terminal has, the time left whole", () => {
    expect(workingLine(plain, { ...working, width: 32 })).toBe("  ⠋ train        3.0 s   round ");
    expect(workingLine(plain, { ...working, share: 0.5, width: 40 })).toBe("  ⠋ train        3.0 s   ro   ~3 s left");
  });
});
