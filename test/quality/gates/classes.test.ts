import { describe, expect, test } from "vitest";
import { classes } from "../../../src/lib/quality/gates/classes.ts";
import { judgeTable } from "../../support/gates.ts";

/** The gate's verdict on a label made by SQL over i. */
function verdictOn(label: string, positive: boolean | string = true, limit = 2) {
  return judgeTable(
    `SELECT i AS id, ${label} AS churned FROM range(1000) AS r(i)`,
    (customers) => classes.checks({ classes: { limit, severity: "fail" } }, customers),
    { target: { column: "churned", positive } },
  );
}

test("two classes hold where the limit is two", async () => {
  expect(await verdictOn("i % 4 = 0")).toEqual({
    severity: "fail",
    verdict: "passed",
    observed: 2,
    limit: "exactly 2",
    detail: null,
    shown: "2",
  });
});

test("nulls and blanks at a label's end make no class of their own", async () => {
  expect(await verdictOn("['yes', 'yes  ', 'no', NULL][i % 4 + 1]", "yes")).toMatchObject({
    verdict: "passed",
    observed: 2,
  });
});

describe("it fails", () => {
  test.each([
    ["one class", "true", true, 1, 'there is "true"'],
    ["three classes", "['a', 'b', 'c'][i % 3 + 1]", "a", 3, 'there are "a", "b", "c"'],
    ["many classes", "'c' || i % 7", "c0", 7, 'there are "c0", "c1", "c2", "c3", "c4" and 2 more'],
    [
      "a label of another spelling",
      "['Yes', 'No'][i % 2 + 1]",
      "yes",
      2,
      'dataset.target.positive is none of "No", "Yes"',
    ],
    ["no label at all", "NULL::VARCHAR", "a", 0, "every label is null"],
  ])("on %s", async (_, label, positive, observed, detail) => {
    expect(await verdictOn(label, positive)).toEqual({
      severity: "fail",
      verdict: "failed",
      observed,
      limit: "exactly 2",
      detail,
      shown: String(observed),
    });
  });
});

test("three classes hold where three are asked, two then fail", async () => {
  expect(await verdictOn("['a', 'b', 'c'][i % 3 + 1]", "a", 3)).toMatchObject({
    verdict: "passed",
    limit: "exactly 3",
  });
  expect(await verdictOn("['a', 'b'][i % 2 + 1]", "a", 3)).toMatchObject({
    verdict: "failed",
    detail: 'there are "a", "b"',
  });
});

test("a column of any name is measured", async () => {
  const check = await judgeTable(
    `SELECT i AS id, i % 2 AS "left ""us""" FROM range(10) AS r(i)`,
    (customers) => classes.checks({ classes: { limit: 2, severity: "fail" } }, customers),
    { target: { column: 'left "us"', positive: 1 } },
  );
  expect(check).toMatchObject({ verdict: "passed", observed: 2 });
});
