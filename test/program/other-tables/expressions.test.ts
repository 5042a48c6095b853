import { join } from "node:path";
import { expect } from "vitest";
import { dayBefore, digests, lastDay } from "../../support/churn.ts";
import { complaint, replaceIn, succeeds, workspaceAfter } from "../../support/mistake.ts";
import { churn } from "../../support/program.ts";

const test = workspaceAfter(["run-all", "--date", dayBefore]);

const HINT = "one expression over the columns of one row, such as total_charges / (tenure_months + 1)";
const REFUSED: readonly [expression: string, reason: string][] = [
  ["current_date", "current_date is not deterministic"],
  ["random()", "random() is not deterministic"],
  ["sum(tenure_months) OVER ()", "a window looks at other rows"],
  ["avg(total_charges)", "avg() is an aggregate, it looks at other rows"],
  ["(SELECT 1)", "a sub-query looks at other rows"],
  ["read_text('/etc/hostname')", "read_text() reads a table or a file"],
  ["CASE WHEN Churned THEN 1 END", "Churned is what is predicted, a model that is told it learns nothing else"],
  ["1; DROP TABLE customers", "a semicolon begins another statement"],
];

for (const [expression, reason] of REFUSED) {
  const derive = ["--set", `transform.derive.avg_monthly=${JSON.stringify(expression)}`];

  test(`run-all refuses ${expression} before a stage has read anything`, async ({ workspace }) => {
    const kept = /^(logs|notifications)\/|^ledger\.jsonl$|^\.churn\//;
    const before = await digests(workspace, kept);
    const ended = await churn(workspace, ["run-all", "--date", lastDay, ...derive]);
    expect(complaint(ended)).toEqual({
      exitCode: 2,
      error: `transform.derive.avg_monthly: ${reason}`,
      next: [HINT, `churn run-all --date ${lastDay}`],
    });
    expect(ended.stderr).not.toMatch(/extract|validate/);
    expect(await digests(workspace, kept)).toEqual(before);
  });
}

test("the stages before transform, a dry run and preview refuse a bad expression too", async ({ workspace }) => {
  await replaceIn(join(workspace, "churn.yaml"), /total_charges: "0"/, "total_charges: random()");
  const before = await digests(join(workspace, "records"));
  for (const words of [["extract", "--date", lastDay], ["run-all", "--date", lastDay, "--dry-run"], ["preview"]]) {
    expect(complaint(await churn(workspace, words))).toEqual({
      exitCode: 2,
      error: "transform.fill.total_charges: random() is not deterministic",
      next: [HINT],
    });
  }
  expect(await digests(join(workspace, "records"))).toEqual(before);

  const decided = await succeeds(workspace, ["run-all", "--date", dayBefore]);
  expect(decided.stdout).toContain("Nothing to do");
});
