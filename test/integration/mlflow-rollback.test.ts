import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import * as z from "zod";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { complaint } from "../support/mistake.ts";
import { churn } from "../support/program.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { secondNight } from "./support/nights.ts";
import { runPython } from "./support/python.ts";

const versions = z.record(
  z.string(),
  z.object({
    stage: z.string(),
    aliases: z.array(z.string()),
    tags: z.record(z.string(), z.string()),
    description: z.string(),
  }),
);

/** The sample's two nights in a folder of its own: version 1 in production, version 2 the candidate or none. */
async function workspaceOfTwoNights(): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), "churn rollback é-"));
  onTestFinished(() => rm(workspace, { recursive: true }));
  await cp(inject("twoNights"), workspace, { recursive: true });
  return workspace;
}

async function moved(workspace: string, ...steps: readonly string[]) {
  return await runPython("mlflow", "mlflow_moves_versions.py", {
    args: ["churn-model", ...steps],
    schema: versions,
    cwd: workspace,
    env: { MLFLOW_ALLOW_FILE_STORE: "true", MLFLOW_DISABLE_TELEMETRY: "true" },
  });
}

test("after a rollback MLflow shows stage, alias, tags and description of both versions", async () => {
  const workspace = await workspaceOfTwoNights();
  const again = ["run-all", "--date", secondNight, "--again", "--set", "split.salt=other"];
  for (const words of [again, ["promote", "--version", "2", "--yes", "--reason", "newer"]])
    expect(await churn(workspace, words)).toMatchObject({ exitCode: 0 });
  expect(await moved(workspace)).toMatchObject({
    1: { stage: "Archived", aliases: [] },
    2: { stage: "Production", aliases: ["champion"], tags: { "churn.promotion_reason": "newer" } },
  });
  const words = ["rollback", "--yes", "--reason", "it calls everybody: 3× the budget"];
  expect(await churn(workspace, words, { SUDO_USER: "maria" })).toMatchObject({ exitCode: 0 });
  const found = await moved(workspace);
  expect(found).toMatchObject({
    1: { stage: "Production", aliases: ["champion"] },
    2: { stage: "Archived", aliases: [] },
  });
  expect(found[2]?.tags).toMatchObject({
    "churn.rejected": "it calls everybody: 3× the budget",
    "churn.rejected_by": expect.stringMatching(/^maria \(as .*\)$/),
    "churn.rejected_at": expect.stringMatching(/Z$/),
  });
  expect(found[2]?.description).toMatch(
    /^Night of .*\n\nPromoted on .*: newer\n\nRolled back on .* by maria \(as .*\): it calls everybody: 3× the budget$/s,
  );
});

test("a champion that MLflow's client has set by alias alone is what compare judges", async () => {
  const workspace = await workspaceOfTwoNights();
  expect(await moved(workspace, "stage=1:None", "alias=1:champion")).toMatchObject({
    1: { stage: "None", aliases: ["champion"] },
  });
  expect(await churn(workspace, ["run-all", "--date", secondNight, "--again"])).toMatchObject({ exitCode: 0 });
  const { production } = await readArtifact(workspace, comparison, `${secondNight}.2`);
  expect(production).toMatchObject({ version: 1, problem: null });
});

test("where MLflow's client has moved the alias and left the stage, a night ends with 2 and names both", async () => {
  const workspace = await workspaceOfTwoNights();
  const again = ["run-all", "--date", secondNight, "--again", "--set", "split.salt=other"];
  expect(await churn(workspace, again)).toMatchObject({ exitCode: 0 });
  await moved(workspace, "alias=2:champion");
  const ended = await churn(workspace, ["run-all", "--date", secondNight, "--again"]);
  expect(ended.exitCode).toBe(2);
  expect(complaint(ended).error).toBe(
    "two versions of churn-model are in production: version 1 by its stage Production, version 2 by its alias champion",
  );
});
