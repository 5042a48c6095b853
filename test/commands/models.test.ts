import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { models } from "../../src/commands/models.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { test, threeNights } from "../support/registry-workspace.ts";
import { registerVersion } from "../support/tracking-folder.ts";

test("versions stand under one another, newest first, with the next step", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const { terminal, printed } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { all: false });
  const runs = (await tracking.modelVersions("churn-model")).map(({ runId }) => runId?.slice(0, 7));
  expect(printed).toEqual([
    "churn-model",
    "  version  stage       date             F1    AUC   rows  run",
    `        3  Staging     2026-11-23.2  0.571  0.841  5,618  ${runs[0]}`,
    "           alias challenger",
    `        2  Production  2026-11-16    0.552  0.841  5,590  ${runs[1]}`,
    "           promoted 2026-11-18 by maria, alias champion",
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
    reason: null,
    production_until: null,
    rejected: null,
  });
  expect(found).toMatchObject({ via: "both", hold: null });
});

test("after many nights --all and --json have the older versions too", async ({ workspace, tracking }) => {
  for (let version = 1; version <= 22; version += 1) await registerVersion(tracking, String(version));
  const printed = async (all: boolean, json = false) => {
    const { terminal, printed: lines } = quietTerminal();
    await models.run(contextIn(workspace, terminal, { json }), { all });
    return lines;
  };
  expect(await printed(false)).toHaveLength(23);
  expect((await printed(false)).at(-1)).toMatch(/^ +and 2 older ones: churn models --all$/);
  expect(await printed(true)).toHaveLength(24);
  expect(JSON.parse((await printed(false, true))[0] ?? "").versions).toHaveLength(22);
});

test("a version whose entry is damaged is told of, and the others are shown", async ({ workspace, tracking, root }) => {
  await threeNights(tracking);
  await writeFile(join(root, "models/churn-model/version-1/meta.yaml"), "");
  const { terminal, printed, said } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { all: false });
  expect(said).toEqual([`warning  ${root}/models/churn-model/version-1/meta.yaml is damaged: it is empty`]);
  expect(printed.filter((line) => /Staging|Production|Archived/.test(line))).toHaveLength(2);
});

test("an empty registry says so, names the next command and makes nothing", async ({ workspace, root }) => {
  const { terminal, printed } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { all: false });
  expect(printed).toEqual(["churn-model has no versions yet in mlruns", "next   churn run-all"]);
  await expect(access(root)).rejects.toThrow("ENOENT");
});

test("the command that opens MLflow's pages names the folder and the switch that MLflow asks for", async ({
  workspace,
  root,
}) => {
  const { terminal, printed } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { view: "ui", all: false });
  const command = `MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri ${root}`;
  expect(printed).toEqual([command]);
  const json = quietTerminal();
  await models.run(contextIn(workspace, json.terminal, { json: true }), { view: "ui", all: false });
  expect(JSON.parse(json.printed[0] ?? "")).toEqual({ url: null, command });
});

test("a rejected version and the hold are told, to programs too", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  const at = "2026-11-24T08:00:00.000Z";
  const rejected = { "churn.rejected": "it calls everybody", "churn.rejected_by": "maria", "churn.rejected_at": at };
  await tracking.setModelVersionTags("churn-model", 1, rejected);
  const context = { now: new Date("2026-11-25T08:00:00Z") };
  const { terminal, printed } = quietTerminal();
  await models.run({ ...contextIn(workspace, terminal), ...context }, { all: false });
  expect(printed).toContain("           rejected 2026-11-24 by maria: it calls everybody");
  expect(printed).toContainEqual(expect.stringMatching(/^On hold: version 1 was rolled back on 2026-11-24 by maria/));
  const json = quietTerminal();
  await models.run({ ...contextIn(workspace, json.terminal, { json: true }), ...context }, { all: false });
  const found = JSON.parse(json.printed[0] ?? "");
  expect(found.hold).toEqual({ version: 1, until: "2026-12-01T08:00:00.000Z" });
  expect(found.versions[2].rejected).toEqual({ by: "maria", at, reason: "it calls everybody" });
});

test("stage and alias that name two versions are told, with what settles it", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  await tracking.transitionStage("churn-model", 2, "Archived");
  await tracking.transitionStage("churn-model", 3, "Production");
  const { terminal, printed, said } = quietTerminal();
  await models.run(contextIn(workspace, terminal), { all: false });
  expect(said).toEqual([
    "warning  two versions of churn-model are in production: version 3 by its stage Production, version 2 by its alias champion",
    "warning  to have version 3, also where its promotion was cut short: churn promote --version 3",
    "warning  to have version 2: churn promote --version 2",
  ]);
  expect(printed.join("\n")).not.toContain("Promote it");
});
