import { expect, test } from "vitest";
import { nullIds } from "../../../src/lib/quality/gates/null-ids.ts";
import { judgeTable } from "../../support/gates.ts";

const table = `SELECT CASE WHEN i >= 2 THEN i END AS "my ""id""", i % 2 = 0 AS churned FROM range(2000) AS r(i)`;
const verdictAt = (limit: number) =>
  judgeTable(table, (customers) => nullIds.checks({ null_ids: { limit, severity: "fail" } }, customers), {
    id: 'my "id"',
  });

test("so many rows without an id as the limit hold, one more fails", async () => {
  const verdict = { severity: "fail", observed: 2, detail: null, shown: "2" };
  expect(await verdictAt(2)).toEqual({ ...verdict, verdict: "passed", limit: "at most 2" });
  expect(await verdictAt(1)).toEqual({ ...verdict, verdict: "failed", limit: "at most 1" });
});

test("an empty table has none", async () => {
  const empty = "SELECT 1 AS id, true AS churned WHERE false";
  const checks = nullIds.checks;
  expect(await judgeTable(empty, (of) => checks({ null_ids: { limit: 0, severity: "fail" } }, of))).toMatchObject({
    verdict: "passed",
    observed: 0,
  });
});
