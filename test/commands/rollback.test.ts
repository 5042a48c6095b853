import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { promote } from "../../src/commands/promote.ts";
import { rollback as rollbackOf } from "../../src/commands/rollback.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { userName } from "../../src/lib/workspace/user.ts";
import { pipeline } from "../../src/pipeline.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { test } from "../support/registry-workspace.ts";
import { promotedModel } from "../support/scorable-versions.ts";

const rollback = rollbackOf(pipeline);

async function twoModels(tracking: Tracking, second?: string): Promise<void> {
  await promotedModel(tracking, "2026-11-16", new Date("2026-11-16T08:00:00Z"), second);
  await promotedModel(tracking, "2026-11-23", new Date("2026-11-23T08:00:00Z"));
}

async function inProduction(tracking: Tracking): Promise<number[]> {
  return (await tracking.modelVersions("churn-model"))
    .filter(({ stage, aliases }) => stage === "Production" && aliases.includes("champion"))
    .map(({ version }) => version);
}

test("a person is asked, and a yes puts the former version back, with the reason in tags and descriptions", async ({
  workspace,
  root,
  tracking,
}) => {
  await twoModels(tracking);
  const { terminal, printed, said, questions } = quietTerminal(["y"]);
  const context = { ...contextIn(workspace, terminal), env: { SUDO_USER: "maria" } };
  await rollback.run(context, { reason: "it calls everybody", yes: false });
  expect(questions).toEqual(["Put churn-model version 1 back into production, and reject version 2? [y/N] "]);
  expect(said).toEqual([
    "version 1 loads, and scores a customer of whom nothing is known, since no night's customers are stored",
  ]);
  expect(printed).toEqual(["churn-model version 1 is back in production, version 2 is rejected"]);
  expect(await inProduction(tracking)).toEqual([1]);
  const who = `maria (as ${userName()})`;
  const [second, first] = await tracking.modelVersions("churn-model");
  expect(["churn.rejected", "churn.rejected_by"].map((tag) => second?.tag(tag))).toEqual(["it calls everybody", who]);
  expect(first?.tag("churn.promotion_reason")).toBe("in place of version 2, rolled back: it calls everybody");
  const today = new Date().toISOString().slice(0, 10);
  const meta = async (version: number) =>
    await readFile(join(root, "models", "churn-model", `version-${version}`, "meta.yaml"), "utf8");
  expect(await meta(2)).toContain(`Rolled back on ${today} by ${who}: it calls everybody`);
  expect(await meta(1)).toContain(
    `Promoted on ${today} by ${who}: in place of version 2, rolled back: it calls everybody`,
  );
});

test("programs get what happened as JSON; no answer changes nothing", async ({ workspace, tracking }) => {
  await twoModels(tracking);
  const silent = quietTerminal([""]);
  await rollback.run(contextIn(workspace, silent.terminal), { yes: false });
  expect(silent.said.at(-1)).toBe("nothing was changed");
  expect(await inProduction(tracking)).toEqual([2]);
  const { terminal, printed } = quietTerminal();
  await rollback.run(contextIn(workspace, terminal, { json: true }), { to: 1, yes: true });
  expect(JSON.parse(printed[0] ?? "")).toEqual({
    model: "churn-model",
    version: 1,
    stage: "Production",
    alias: "champion",
    rejected: [2],
    promoted_by: userName(),
    promoted_at: expect.stringMatching(/Z$/),
    reason: null,
  });
});

test("a model that can't score is not put back", async ({ workspace, tracking }) => {
  await twoModels(tracking, '{"version":[1,7,6]}');
  const { terminal } = quietTerminal();
  await expect(rollback.run(contextIn(workspace, terminal), { yes: true })).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringMatching(/^churn-model version 1 is not fit for production: .*model\.json/),
    hint: "another version: churn rollback --to N; or this one all the same: churn promote --version 1",
  });
  expect(await inProduction(tracking)).toEqual([2]);
});

test("in the days after, promote asks once more, and off a terminal it wants --despite-hold", async ({
  workspace,
  tracking,
}) => {
  await twoModels(tracking);
  await rollback.run(contextIn(workspace, quietTerminal().terminal), { reason: "too eager", yes: true });
  const third = await newCandidate(tracking);
  const flags = { version: third, force: false, despite_hold: false };
  const piped = promote.run(contextIn(workspace, quietTerminal().terminal), { ...flags, yes: true });
  await expect(piped).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(
      /^production is on hold: version 2 was rolled back on \d{4}-\d\d-\d\d by .* \(too eager\), and register\.hold lasts until /,
    ),
    hint: `look at why first; then churn promote --version ${third} --yes --despite-hold`,
  });
  const no = quietTerminal(["y", "n"]);
  await promote.run(contextIn(workspace, no.terminal), { ...flags, yes: false });
  expect(no.questions[1]).toMatch(/^Version 2 was rolled back on .*\. Promote all the same\? \[y\/N\] $/);
  expect(no.said).toEqual(["nothing was changed"]);
  expect(await inProduction(tracking)).toEqual([1]);
  const unheld = { ...contextIn(workspace, quietTerminal().terminal), overrides: ["register.hold=0"] };
  await promote.run(unheld, { ...flags, yes: true });
  expect(await inProduction(tracking)).toEqual([third]);
  const rejected = promote.run(contextIn(workspace, quietTerminal().terminal), { ...flags, version: 2, yes: true });
  await expect(rejected).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("was rejected by") });
  const forced = { version: 2, yes: true, force: true, despite_hold: true };
  await promote.run(contextIn(workspace, quietTerminal().terminal), forced);
  expect(await inProduction(tracking)).toEqual([2]);
});

/** A candidate in Staging. */
async function newCandidate(tracking: Tracking): Promise<number> {
  const [newest] = await tracking.modelVersions("churn-model");
  const { runId } = await tracking.createRun({ experiment: "churn", runName: "x", startTime: 0, tags: {} });
  const { modelUri } = await tracking.logModel(
    runId,
    await tracking.downloadModel(newest ?? expect.fail("no version")),
  );
  const made = await tracking.createModelVersion({
    name: "churn-model",
    runId,
    source: modelUri,
    description: "",
    tags: {},
  });
  await tracking.transitionStage("churn-model", made.version, "Staging");
  return made.version;
}

test("versions that changed while the model was looked at are looked at anew", async ({ workspace, tracking }) => {
  await twoModels(tracking);
  const { terminal } = quietTerminal();
  const meanwhile = {
    ...terminal,
    ask: async () => {
      await tracking.setAlias("churn-model", "champion", 1);
      return "yes";
    },
  };
  await expect(rollback.run(contextIn(workspace, meanwhile), { to: 1, yes: false })).rejects.toMatchObject({
    exitCode: 75,
    message: "the versions in production have changed while the model was looked at",
    hint: "churn rollback --to 1",
  });
});

test("another registry than the nights' is refused before it is asked for anything", async ({
  workspace,
  tracking,
}) => {
  await twoModels(tracking);
  await mkdir(join(workspace, ".churn"), { recursive: true });
  const chosen = { schema_version: 1, address: "https://mlflow.example.com", night: null };
  await writeFile(join(workspace, ".churn", "registry.json"), JSON.stringify(chosen));
  const { terminal, said } = quietTerminal(["y"]);
  await expect(rollback.run(contextIn(workspace, terminal), { yes: true })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/mlruns \(default\), but churn init --adopt chose https:\/\/mlflow\.example\.com$/),
  });
  expect(said).toEqual([]);
  expect(await inProduction(tracking)).toEqual([2]);
});
