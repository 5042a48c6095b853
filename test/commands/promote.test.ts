import { mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { promote } from "../../src/commands/promote.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { acquireLock } from "../../src/lib/workspace/lock.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { test, threeNights } from "../support/registry-workspace.ts";

/** The flags at their defaults. */
const asked = { force: false, despite_hold: false };

async function production(tracking: Tracking): Promise<number[]> {
  const versions = await tracking.modelVersions("churn-model");
  return versions.filter(({ stage }) => stage === "Production").map(({ version }) => version);
}

test("a person is asked, and a yes puts the version into Production under their name", async ({
  workspace,
  tracking,
}) => {
  await threeNights(tracking);
  const { terminal, printed, questions } = quietTerminal(["y"]);
  await promote.run(contextIn(workspace, terminal), { ...asked, version: 3, yes: false });
  expect(questions).toEqual([
    "Promote churn-model version 3 from Staging to Production, version 2 to Archived? [y/N] ",
  ]);
  expect(printed).toEqual(["churn-model version 3 is in Production, version 2 is Archived"]);
  const [third] = await tracking.modelVersions("churn-model");
  expect(third?.tag("churn.promoted_by")).toBe(userInfo().username);
});

test("any other answer changes nothing", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const { terminal, printed, said } = quietTerminal(["  "]);
  await promote.run(contextIn(workspace, terminal), { ...asked, version: 3, yes: false });
  expect([printed, said]).toEqual([[], ["nothing was changed"]]);
  expect(await production(tracking)).toEqual([2]);
});

test("without a terminal it wants --yes, and gives the command to paste", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const { terminal } = quietTerminal();
  await expect(promote.run(contextIn(workspace, terminal), { ...asked, version: 3, yes: false })).rejects.toMatchObject(
    {
      exitCode: 2,
      message: "promote asks before it changes Production, and there is no terminal to ask on",
      hint: "churn promote --version 3 --yes",
    },
  );
});

test("programs get what happened as JSON; an earlier Production version comes back", async ({
  workspace,
  tracking,
}) => {
  await threeNights(tracking);
  const { terminal, printed, questions } = quietTerminal();
  await promote.run(contextIn(workspace, terminal, { json: true }), { ...asked, version: 1, yes: true });
  expect(questions).toEqual([]);
  expect(JSON.parse(printed[0] ?? "")).toEqual({
    model: "churn-model",
    version: 1,
    stage: "Production",
    alias: "champion",
    kind: "roll back",
    replaced: [2],
    promoted_by: userInfo().username,
    promoted_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
    reason: null,
  });
  expect(await production(tracking)).toEqual([1]);
});

test("it waits for nobody: while a run holds the lock it ends with 75", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const lock = await acquireLock(join(workspace, ".churn", "lock"), workspace, "run-all of 2026-11-23");
  try {
    const { terminal } = quietTerminal();
    await expect(
      promote.run(contextIn(workspace, terminal), { ...asked, version: 3, yes: true }),
    ).rejects.toMatchObject({
      exitCode: 75,
    });
  } finally {
    lock.release();
  }
  expect(await production(tracking)).toEqual([2]);
});

test("a registry that changed while the question stood is looked at anew", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const { terminal } = quietTerminal();
  const meanwhile = {
    ...terminal,
    ask: async () => {
      await tracking.transitionStage("churn-model", 2, "Archived");
      return "yes";
    },
  };
  await expect(
    promote.run(contextIn(workspace, meanwhile), { ...asked, version: 3, yes: false }),
  ).rejects.toMatchObject({
    exitCode: 75,
    message: "the versions in Production have changed since the question was asked",
  });
  expect(await production(tracking)).toEqual([]);
});

test("another registry than the nights' is refused before it is asked for anything", async ({
  workspace,
  tracking,
}) => {
  await threeNights(tracking);
  await mkdir(join(workspace, ".churn"), { recursive: true });
  const chosen = { schema_version: 1, address: "https://mlflow.example.com", night: null };
  await writeFile(join(workspace, ".churn", "registry.json"), JSON.stringify(chosen));
  const { terminal, questions } = quietTerminal(["y"]);
  await expect(promote.run(contextIn(workspace, terminal), { ...asked, version: 3, yes: true })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/mlruns \(default\), but churn init --adopt chose https:\/\/mlflow\.example\.com$/),
  });
  expect(questions).toEqual([]);
  expect(await production(tracking)).toEqual([2]);
});
