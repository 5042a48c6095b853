import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { errorLines, presentable, tilde } from "../../../src/lib/cli/output/text.ts";
import { visible } from "../../../src/lib/cli/visible.ts";
import { InputError, UsageError } from "../../../src/lib/errors.ts";

const plain = new Chalk({ level: 0 });
const colour = new Chalk({ level: 1 });

test("a path in the home folder begins with ~, any other stays as it is", () => {
  expect(tilde("/home/maria", "/home/maria")).toBe("~");
  expect(tilde("/home/maria/churn", "/home/maria")).toBe("~/churn");
  expect(tilde("/home/marianne/churn", "/home/maria")).toBe("/home/marianne/churn");
  expect(tilde("/srv/churn", "/home/maria")).toBe("/srv/churn");
  for (const home of [undefined, "", "/"]) expect(tilde("/srv/churn", home)).toBe("/srv/churn");
});

test("control characters are shown as such, all other letters as they are", () => {
  expect(visible("a\u001b[31mb\r\n\u0085c")).toBe("a�[31mb���c");
  expect(visible("Zürich – 東京 👋")).toBe("Zürich – 東京 👋");
});

describe("an error", () => {
  test("has what happened and what to do next, further lines under the first", () => {
    const error = new UsageError(["no churn.yaml here", "nor above"], ["churn init", "or -C DIR"]);
    expect(errorLines(plain, error)).toEqual([
      "error  no churn.yaml here",
      "       nor above",
      "next   churn init",
      "       or -C DIR",
    ]);
    expect(errorLines(colour, error).filter((_, index) => index % 2 === 0)).toEqual([
      `${colour.red("error")}  no churn.yaml here`,
      `${colour.yellow("next")}   churn init`,
    ]);
  });

  test("of one sentence is one line, whatever the names in it hold", () => {
    const forged = "x\nchurn promote --version 666";
    expect(errorLines(plain, new InputError(`no column ${forged}`, [`there are ${forged}`, "churn init"]))).toEqual([
      "error  no column x�churn promote --version 666",
      "next   there are x�churn promote --version 666",
      "       churn init",
    ]);
    expect(errorLines(plain, presentable(new Error(forged)))[0]).toBe("error  x�churn promote --version 666");
  });

  test("without a hint is one line, unless it is a defect in churn", () => {
    expect(errorLines(plain, { message: "the disk is full", hint: undefined, exitCode: 5 })).toEqual([
      "error  the disk is full",
    ]);
    expect(errorLines(plain, { message: "x is not a function", hint: undefined, exitCode: 1 })).toEqual([
      "error  x is not a function",
      "next   this is a defect in churn: please report it with this message and the run's log",
    ]);
  });

  test("can't move the cursor", () => {
    expect(errorLines(plain, { message: "a\u001b[2J", hint: "b\r", exitCode: 2 })).toEqual([
      "error  a�[2J",
      "next   b�",
    ]);
  });
});

describe("what the border shows", () => {
  test("of churn's own error is all that it says", () => {
    const error = new InputError("raw is missing", "churn extract", { details: ["a table"] });
    expect(presentable(error)).toMatchObject({
      message: "raw is missing",
      hint: "churn extract",
      exitCode: 4,
      details: ["a table"],
    });
  });

  test("of what the machine refuses is a sentence, not a defect", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", path: "/srv/a" });
    expect(presentable(full)).toMatchObject({
      message: "/srv/a: the disk is full",
      hint: "free some space, then run it again",
      exitCode: 5,
    });
  });

  test("of anything else is its message, as a defect", () => {
    expect(presentable(new TypeError("x is not a function"))).toEqual({
      message: "x is not a function",
      hint: undefined,
      exitCode: 1,
      details: [],
    });
    expect(presentable("thrown text")).toEqual({ message: "thrown text", hint: undefined, exitCode: 1, details: [] });
  });
});
