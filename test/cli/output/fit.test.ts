import { Chalk } from "chalk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fitted } from "../../../src/lib/cli/output/fit.ts";

const { dim } = new Chalk({ level: 1 });
const long = `  ✔ register     0.1 s   not registered: ${"F1 0.549 is 0.6 % below version 3 ".repeat(4)}`.trimEnd();

test("a line of a screen is broken at blanks, and what hangs over stands below its text", () => {
  const lines = fitted(long, true, 25);
  expect(lines[0]).toBe("  ✔ register     0.1 s   not registered: F1 0.549 is 0.6 % below version 3 F1");
  expect(lines[1]).toBe(`${" ".repeat(25)}0.549 is 0.6 % below version 3 F1 0.549 is 0.6 % below`);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(long.trim());
});

test("elsewhere, or where it fits, it stays one line", () => {
  expect(fitted(long, false)).toEqual([long]);
  expect(fitted("short  enough", true)).toEqual(["short  enough"]);
});

test("colours take no room, and a path stays whole", () => {
  const coloured = `${dim("x".repeat(70))} ${dim("y".repeat(9))}`;
  expect(fitted(coloured, true)).toEqual([coloured]);
  const path = `/srv/${"churn/".repeat(20)}`;
  expect(fitted(`where  ${path} is it`, true, 7)).toEqual(["where", `       ${path}`, "       is it"]);
});

test("a command in a line of its own stays whole, to be pasted", () => {
  const command = "churn -C /srv/customers/churn-production backfill --since 2026-11-16 --until 2026-11-22";
  for (const line of [command, `       ${command}`, `Next: ${command}`]) expect(fitted(line, true)).toEqual([line]);
  expect(fitted(`it is said by ${command}`, true).length).toBeGreaterThan(1);
});

test("whatever is said, no line is wider than the screen but for a word that is, and nothing of it is lost", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,60}$/), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(words, fc.nat(20), (text, indent) => {
      const lines = fitted(text.join(" "), true, indent);
      expect(lines.every((line) => line.length <= 80)).toBe(true);
      expect(lines.map((line) => line.trim()).join(" ")).toBe(text.join(" "));
    }),
  );
});
