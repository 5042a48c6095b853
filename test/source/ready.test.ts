import { expect, test } from "vitest";
import { notThere, requireReady } from "../../src/lib/source/ready.ts";

const today = { date: "2026-11-23", today: "2026-11-23" };
const past = { date: "2026-11-22", today: "2026-11-23" };

test.each([[true], ["t"], ["true"], ["TRUE "], [1], ["1"], [0.5], [7n]])("%o is yes", (answer) => {
  expect(() => requireReady([[answer]], "shop", today)).not.toThrow();
});

test.each([[false], ["f"], ["false"], [0], ["0"], [-1], [null], [undefined]])(
  "%o is no: today it may come",
  (answer) => {
    expect(() => requireReady([[answer]], "shop", today)).toThrow(
      expect.objectContaining({
        exitCode: 75,
        message: "the customers of today, 2026-11-23, aren't complete in shop: source.ready says no",
      }),
    );
  },
);

test("no row is no as well; of a past date no is a person's to look at", () => {
  expect(() => requireReady([], "shop", today)).toThrow(expect.objectContaining({ exitCode: 75 }));
  expect(() => requireReady([[false]], "shop", past)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "the customers of 2026-11-22 aren't complete in shop: source.ready says no",
    }),
  );
});

test.each([
  ["a word", [["yes"]], "neither true nor false nor a number"],
  ["empty text", [[""]], "neither true nor false nor a number"],
  ["two values", [[true, true]], "2 columns"],
  ["two rows", [[true], [true]], "more than one row"],
])("%s is no answer", (_, rows, says) => {
  expect(() => requireReady(rows, "shop", today)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining(says) }),
  );
});

test("what isn't there may come today, and should be there for a past date", () => {
  expect(notThere("no file", today, "look there")).toMatchObject({
    exitCode: 75,
    hint: "once it is there:\nchurn run-all --date 2026-11-23",
  });
  expect(notThere("no file", past, "look there")).toMatchObject({ exitCode: 2, hint: "look there" });
});
