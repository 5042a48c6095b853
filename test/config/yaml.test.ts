import { describe, expect, test } from "vitest";
import { flagSettings } from "../../src/lib/config/settings.ts";
import { parseYaml, YamlProblem } from "../../src/lib/config/yaml.ts";

function problem(text: string): YamlProblem {
  try {
    parseYaml(text);
  } catch (error) {
    if (error instanceof YamlProblem) return error;
    throw error;
  }
  throw new Error(`no problem in ${text.slice(0, 60)}`);
}

const TOO_DEEP = "this is nested more than 100 levels deep";

describe("what is nested", () => {
  const nested = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}`;

  test("a hundred levels are taken, one more is refused where it stands", () => {
    // The map around it is the first level.
    expect(JSON.stringify(parseYaml(nested(99)).value)).toBe(`{"a":${"[".repeat(99)}${"]".repeat(99)}}`);
    expect(problem(nested(100))).toMatchObject({ message: TOO_DEEP, line: 1, column: 4 + 99 });
  });

  test.for([
    ["lists", `a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`],
    ["lists that nobody closes", `a: ${"[".repeat(10_000)}`],
    ["maps", `a: ${"{a: ".repeat(10_000)}1${"}".repeat(10_000)}`],
    ["lists of lines", `a:\n  ${"- ".repeat(10_000)}1`],
    ["maps by indentation", Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
    ["keys that are maps", "? ".repeat(10_000)],
  ] as const)("ten thousand levels of %s are a sentence", ([, text]) => {
    expect(problem(text).message).toBe(TOO_DEEP);
  });
});

test("__proto__ is no name; what every object of JavaScript has is one", () => {
  expect(problem("a:\n  b: { __proto__: 1 }")).toMatchObject({
    message: "__proto__ can't be a name here",
    line: 2,
    column: 8,
  });
  const { value } = parseYaml("constructor: 1\ntoString: { hasOwnProperty: 2 }");
  expect(Object.entries(Object(value))).toEqual([
    ["constructor", 1],
    ["toString", { hasOwnProperty: 2 }],
  ]);
});

test("--set refuses the same", () => {
  const complaint = (override: string) => {
    try {
      return flagSettings([override]);
    } catch (error) {
      return error;
    }
  };
  expect(complaint("train.params.__proto__=1")).toMatchObject({
    exitCode: 2,
    message: "--set train.params.__proto__: __proto__ can't be a name here",
  });
  expect(complaint(`${"a.".repeat(10_000)}a=1`)).toMatchObject({
    exitCode: 2,
    message: `--set ${"a.".repeat(20)}…: this is nested more than 100 levels deep`,
  });
  expect(complaint('train.params={"__proto__": 1}')).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("__proto__ can't be a name here"),
  });
  expect(complaint(`features=${"[".repeat(10_000)}`)).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(TOO_DEEP),
  });
});
