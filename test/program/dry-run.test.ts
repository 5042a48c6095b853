import { expect } from "vitest";
import { churn, digests, lastDay } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";

const night = ["run-all", "--date", lastDay] as const;
const test = workspaceAfter(night);

test("a dry run on a decided night says that it is decided, when and how, and changes nothing", async ({
  workspace,
}) => {
  const before = await digests(workspace);
  const { exitCode, stdout } = await churn(workspace, [...night, "--dry-run"]);
  expect(exitCode).toBe(0);
  const [head, ...stages] = stdout.split("\n");
  expect(head).toMatch(/^night of 2026-11-22 was decided at \d\d:\d\d:\d\d: churn-model version 1 in Staging$/);
  expect(stages).toEqual([
    "  extract     decided",
    "  validate    decided",
    "  transform   decided",
    "  features    decided",
    "  train       decided",
    "  evaluate    decided",
    "  compare     decided",
    "  register    decided",
    "  notify      up to date",
  ]);
  expect(JSON.parse((await churn(workspace, [...night, "--dry-run", "--json"])).stdout)).toMatchObject({
    night: lastDay,
    decided: true,
    stages: expect.arrayContaining([{ stage: "train", runs: false, reason: null }]),
  });
  expect(await digests(workspace)).toEqual(before);
});

test("a dry run of a night to be decided anew says what that one would run", async ({ workspace }) => {
  const { stdout } = await churn(workspace, [...night, "--again", "--from", "evaluate", "--dry-run"]);
  expect(stdout.split("\n")).toEqual([
    "night of 2026-11-22.2, earlier stages from 2026-11-22",
    "  extract     taken as it is",
    "  validate    taken as it is",
    "  transform   taken as it is",
    "  features    taken as it is",
    "  train       taken as it is",
    "  evaluate    would run   forced",
    "  compare     would run   after evaluate",
    "  register    would run   after evaluate",
    "  notify      would run   after evaluate",
  ]);
  expect(JSON.parse((await churn(workspace, [...night, "--again", "--dry-run", "--json"])).stdout)).toMatchObject({
    night: `${lastDay}.2`,
    decided: false,
  });
});
