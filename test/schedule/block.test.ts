import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockIn, blockText, linesBefore, strayLines, withBlock, withoutBlock } from "../../src/lib/schedule/block.ts";

const root = "/srv/churn";
const lines = ["0 6 * * * churn -C /srv/churn run-all --quiet", "0 9 * * * churn -C /srv/churn watchdog"];
/** A table as `crontab -l` gives it: any bytes, each line with its end. */
const foreign = fc
  .array(
    fc.oneof(fc.constantFrom("MAILTO=\xe9", "", " 0 5 * * * x", "# >>> conda", "\r"), fc.string({ unit: "binary" })),
  )
  .map((all) => all.map((line) => `${Buffer.from(line, "utf8").toString("latin1").replaceAll("\n", "")}\n`).join(""));
const roots = fc.constantFrom("/srv/churn", "/srv/churn2", "/srv/a b 100%", "/srv/é");

test("it stands between two marks that name the workspace", () => {
  expect(withBlock("", root, lines)).toBe(blockText(root, lines));
  expect(blockText(root, lines)).toBe(
    `# >>> churn schedule of /srv/churn\n${lines.join("\n")}\n# <<< churn schedule of /srv/churn\n`,
  );
  expect(blockIn(withBlock("MAILTO=maria\n", root, lines), root)).toEqual(lines);
  expect(blockIn("MAILTO=maria\n", root)).toBeUndefined();
});

test("put in twice it is the same bytes, and taken out all others are as before", () => {
  fc.assert(
    fc.property(foreign, roots, (table, folder) => {
      const once = withBlock(table, folder, lines);
      expect(once.startsWith(table)).toBe(true);
      expect(withBlock(once, folder, lines)).toBe(once);
      expect(withoutBlock(once, folder)).toBe(table);
      expect(withoutBlock(table, folder)).toBe(table);
    }),
  );
});

test("workspaces of one user don't get into each other's way, nor what stands between them", () => {
  fc.assert(
    fc.property(foreign, foreign, (before, between) => {
      const [one, other] = ["/srv/churn", "/srv/é"];
      const table = withBlock(withBlock(before, one, lines) + between, other, ["1 1 * * * é"]);
      expect(blockIn(table, other)).toEqual(["1 1 * * * é"]);
      const changed = withBlock(table, one, ["2 2 * * * new"]);
      expect(blockIn(changed, one)).toEqual(["2 2 * * * new"]);
      expect(withoutBlock(withoutBlock(changed, one), other)).toBe(before + between);
      expect(withoutBlock(withoutBlock(changed, other), one)).toBe(before + between);
    }),
  );
});

test("a new one takes the place of the former, and of one that was copied", () => {
  const table = `a\n${blockText(root, ["old"])}b\n${blockText(root, ["old"])}c\n`;
  expect(withBlock(table, root, lines)).toBe(`a\n${blockText(root, lines)}b\nc\n`);
  expect(withoutBlock(table, root)).toBe("a\nb\nc\n");
});

test("a last line without its end gets one, since what comes behind would be part of it", () => {
  expect(withBlock("0 5 * * * x", root, lines)).toBe(`0 5 * * * x\n${blockText(root, lines)}`);
});

describe("damaged marks", () => {
  const [begin = "", end = ""] = blockText(root, []).trimEnd().split("\n");
  const other = blockText("/srv/other", []);
  test.each([
    ["the first alone", `${begin}\n0 5 * * * x\n`],
    ["the last alone", `0 5 * * * x\n${end}\n`],
    ["twice the first", `${begin}\n${begin}\n${end}\n`],
    ["another workspace's within", `${begin}\n${other}${end}\n`],
  ])("%s: nothing is taken for churn's own", (_, table) => {
    for (const act of [
      () => blockIn(table, root),
      () => withBlock(table, root, lines),
      () => withoutBlock(table, root),
    ])
      expect(act).toThrow("the crontab has one of the two marks of /srv/churn alone");
    // Those of others are theirs.
    expect(blockIn(table, "/srv/third")).toBeUndefined();
  });
});

test("what stands before it is what its lines go by", () => {
  const table = `MAILTO=maria\n${blockText(root, lines)}MAILTO=\n`;
  expect(linesBefore(table, root)).toEqual(["MAILTO=maria"]);
  expect(linesBefore(table, "/srv/other")).toContain("MAILTO=");
});

test("a line that a person wrote for the same nights is found; one of another workspace, or another program's, isn't", () => {
  const own = ["0 6 * * * cd /srv/churn && churn run-all", "0 7 * * * churn -C '/srv/churn' run-all --quiet"];
  const others = [
    "# 0 6 * * * churn -C /srv/churn run-all",
    "0 6 * * * churn -C /srv/churn2 run-all",
    "0 6 * * * backup /srv/churn",
    "0 6 * * * churn -C /srv/churn.old run-all",
  ];
  const table = withBlock(`${[...own, ...others].join("\n")}\n`, root, lines);
  expect(strayLines(table, root)).toEqual(own);
  expect(
    strayLines("0 6 * * * churn -C '/srv/100\\% é' run-all\n".replace("é", "\xc3\xa9"), "/srv/100% é"),
  ).toHaveLength(1);
});
