import { expect } from "vitest";
import { lastDay } from "../support/churn.ts";
import { succeeds, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

test("one of a thing is singular on every line", async ({ workspace }) => {
  const set = ["--set", "train.rounds=1", "--set", "features=[tenure_months]"];
  const lines = async (stage: string) => (await succeeds(workspace, [stage, "--date", lastDay, ...set])).stdout;
  for (const stage of ["extract", "validate", "transform"]) await lines(stage);
  expect(await lines("features")).toMatch(/ 1 feature$/);
  expect(await lines("train")).toMatch(/ 1 tree \(exact\), /);

  const one = `SELECT * FROM customers WHERE snapshot_date = {date} LIMIT 1`;
  const source = ["--set", `source={url: 'duckdb:customers.duckdb', query: '${one}'}`];
  expect((await succeeds(workspace, ["extract", "--date", lastDay, ...source])).stdout).toMatch(/ 1 customer from /);
});
