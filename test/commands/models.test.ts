import { access } from "node:fs/promises";
import { expect } from "vitest";
import { models } from "../../src/commands/models.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { test, threeNights } from "../support/registry-workspace.ts";

test("versions stand under one another, newest first, with the next step", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const { terminal, printed } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { all: false });
  const runs = (await tracking.modelVersions("churn-model")).map(({ runId }) => runId?.slice(0, 7));
  expect(printed).toEqual([
    "churn-model",
    "  version  stage       date             F1    AUC   rows  run",
    `        3  Staging     2026-11-23.2  0.571  0.841  5,618  ${runs[0]}`,
    `        2  Production  2026-11-16    0.552  0.841  5,590  ${runs[1]}`,
    "           promoted 2026-11-18 by maria",
    `        1  Archived    2026-11-09    0.560  0.841  5,571  ${runs[2]}`,
    "",
    "Promote it:  churn promote --version 3",
  ]);
  for (const line of printed) expect(line.length).toBeLessThanOrEqual(80);
});

test("a version that somebody else registered shows what is known of it", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const version = (await tracking.modelVersions("churn-model"))[0];
  const { runId } = await tracking.createRun({ experiment: "churn", runName: "x", startTime: 0, tags: {} });
  const files = await tracking.downloadModel(version ?? expect.fail("three versions"));
  const { modelUri } = await tracking.logModel(runId, files);
  const foreign = { name: "churn-model", runId, source: modelUri, description: "", tags: { "churn.f1": "good" } };
  await tracking.createModelVersion(foreign);
  const { terminal, printed } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { all: false });
  expect(printed[2]).toMatch(new RegExp(`^ {8}4  – {11}\\d{4}-\\d{2}-\\d{2} {8}– {6}– {6}–  ${runId.slice(0, 7)}$`));
});

test("programs get the same as JSON, in full precision", async ({ workspace, tracking, root }) => {
  await threeNights(tracking);
  const { terminal, printed } = quietTerminal();
  await models.run(contextIn(workspace, terminal, { json: true }), { all: false });
  const [text = ""] = printed;
  const found = JSON.parse(text);
  expect(found).toMatchObject({ model: "churn-model", registry: root });
  expect(found.versions[1]).toEqual({
    version: 2,
    stage: "Production",
    aliases: ["champion"],
    night: "2026-11-16",
    created_at: expect.stringMatching(/Z$/),
    f1: 0.55201,
    auc_roc: 0.8406,
    rows: 5590,
    mlflow_run_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    promoted_by: "maria",
    promoted_at: "2026-11-17T23:30:00.000Z",
  });
});

test("an empty registry says so, names the next command and makes nothing", async ({ workspace, root }) => {
  const { terminal, printed } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { all: false });
  expect(printed).toEqual(["churn-model has no versions yet in mlruns", "next   churn run-all"]);
  await expect(access(root)).rejects.toThrow("ENOENT");
});
