import { homedir } from "node:os";
import fc from "fast-check";
import { expect, test } from "vitest";
import { beginsUnknown, expandHome, homeFolder } from "../../src/lib/files/home.ts";

const maria = () => "/home/maria";

test.each([
  ["~", "/home/maria"],
  ["~/", "/home/maria/"],
  ["~/data/a.csv", "/home/maria/data/a.csv"],
  ["$HOME", "/home/maria"],
  ["$HOME/mlruns", "/home/maria/mlruns"],
  [`\${HOME}/mlruns`, "/home/maria/mlruns"],
])("%s means the home folder", (path, meant) => {
  expect(expandHome(path, maria)).toBe(meant);
  expect(beginsUnknown(path)).toBe(false);
});

test("a home at the root, or with a slash at its end, gives no second slash", () => {
  expect(expandHome("~/a", () => "/")).toBe("/a");
  expect(expandHome("~", () => "/")).toBe("/");
  expect(expandHome("~/a", () => "/home/maria/")).toBe("/home/maria/a");
});

test.each(["~otto/a", "~+", "$DATA/a", "$HOMES/a", `\${DATA}/a`, `\${HOME:-/x}/a`, "$", "$(pwd)"])(
  "%s begins with what churn doesn't know",
  (path) => {
    expect(beginsUnknown(path)).toBe(true);
    expect(expandHome(path, maria)).toBe(path);
  },
);

test("any other path is what it says, and nobody is asked for a home", () => {
  const path = fc.string().filter((text) => !/^[~$]/.test(text));
  fc.assert(
    fc.property(path, (text) => {
      const nobody = () => {
        throw new Error("asked");
      };
      expect(beginsUnknown(text)).toBe(false);
      expect(expandHome(text, nobody)).toBe(text);
    }),
    { examples: [["./~/a"], ["a~/b"], ["/srv/$HOME"], [""]] },
  );
});

test("the home folder is HOME, or the system's where that is none", () => {
  expect(homeFolder("/home/maria")).toBe("/home/maria");
  const { HOME } = process.env;
  try {
    delete process.env.HOME;
    for (const variable of [undefined, "", "maria"]) expect(homeFolder(variable)).toBe(homedir());
  } finally {
    if (HOME !== undefined) process.env.HOME = HOME;
  }
});
