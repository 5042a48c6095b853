import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, inject, onTestFinished, test } from "vitest";
import * as z from "zod";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { churn } from "../support/program.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { startMlflow } from "./support/mlflow-server.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { onceThere } from "./support/once-there.ts";
import { pythonPrograms } from "./support/python.ts";
import { readByPython } from "./support/reads-workspace.ts";

const listing = z.object({
  versions: z.array(z.looseObject({ version: z.int(), stage: z.string(), aliases: z.array(z.string()) })),
});

const models = {
  [firstNight]: ["models:/churn-model/1", "models:/churn-model/Production", "models:/churn-model@champion"],
  [secondNight]: ["runs:/RUN/model", "models:/churn-model@challenger"],
};

test("mlflow migrate-filestore moves the folder to a server, where everything goes on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn migrated é-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const workspace = join(folder, "workspace");
  await cp(inject("twoNights"), workspace, { recursive: true });
  // The copy is another place: from a night on MLflow's clients find its models there.
  await succeeds(workspace, ["run-all", "--date", secondNight, "--again"]);

  const before = await seen(workspace, { MLFLOW_ALLOW_FILE_STORE: "true" });
  const database = `sqlite:///${join(folder, "server", "mlflow.db")}`;
  await mkdir(join(folder, "server"));
  const { bin, PATH } = await pythonPrograms("mlflow");
  const words = ["migrate-filestore", "--source", "mlruns", "--target", database, "--no-progress"];
  await execa(join(bin, "mlflow"), words, { cwd: workspace, env: { PATH, MLFLOW_DISABLE_TELEMETRY: "true" } });

  await using server = await startMlflow("mlflow", { folder: join(folder, "server") });
  const env = { MLFLOW_TRACKING_URI: server.url };
  expect(await seen(workspace, env)).toEqual(before);

  const versions = await listed(workspace, {});
  const refused = await onceThere(() => churn(workspace, ["run-all", "--date", secondNight, "--again"], env));
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(server.url) });
  expect(refused.stderr).toContain("mlruns");
  expect(refused.stderr).toContain("churn init --adopt");
  await succeeds(workspace, ["init", "--adopt"], env);
  expect(await listed(workspace, env)).toEqual(versions);

  await succeeds(workspace, ["run-all", "--date", secondNight, "--again"], env);
  const { production } = await readArtifact(workspace, comparison, secondNight);
  expect(production).toMatchObject({ version: 1, metrics: { f1: expect.any(Number) } });
  const after = await listed(workspace, env);
  expect(after.slice(-versions.length)).toEqual(versions);
  expect(after.find(({ stage }) => stage === "Production")).toMatchObject({ version: 1, aliases: ["champion"] });
});

/** What Python's client reads, without the file that MLflow leaves beside a model that it loaded from a registry. */
async function seen(workspace: string, env: Readonly<Record<string, string>>) {
  const found = await readByPython("mlflow", workspace, models, env);
  for (const { artifacts } of Object.values(found.runs)) delete artifacts["model/registered_model_meta"];
  return found;
}

async function succeeds(workspace: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ended = await onceThere(() => churn(workspace, words, env));
  if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${ended.exitCode}\n${ended.stderr}`);
  return ended;
}

/** The registry's versions as churn lists them. */
async function listed(workspace: string, env: Readonly<Record<string, string>>) {
  const { stdout } = await succeeds(workspace, ["models", "--all", "--json"], env);
  return listing.parse(JSON.parse(stdout)).versions;
}
