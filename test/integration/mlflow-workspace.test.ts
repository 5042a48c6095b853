import { expect, inject, test } from "vitest";
import { evaluation } from "../../src/lib/artifacts/artifacts.ts";
import { churn } from "../support/program.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { mlflowLines } from "./support/mlflow-server.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { readmeSection } from "./support/readme.ts";
import { readByPython } from "./support/reads-workspace.ts";

const workspace = inject("twoNights");

test.each(mlflowLines)("%s lists a workspace's runs and versions, and scores as churn did", async (line) => {
  const [, address = ""] =
    /mlflow\.pyfunc\.load_model\("([^"]+)"\)/.exec(await readmeSection("Reading the files")) ?? [];
  expect(address).toBe("models:/churn-model/Production");
  const { runs, versions, differences } = await readByPython(
    line,
    workspace,
    { [firstNight]: [address, "models:/churn-model/1", "models:/churn-model@champion"] },
    // 3.13 and later ask for it; the folder itself is found because it is called mlruns
    { MLFLOW_ALLOW_FILE_STORE: "true" },
  );

  const [first, second] = [runs[firstNight], runs[secondNight]];
  expect(Object.keys(runs).sort()).toEqual([firstNight, secondNight]);
  expect(second).toMatchObject({
    name: `churn ${secondNight}`,
    status: "FINISHED",
    finished: true,
    artifacts: { "model/MLmodel": expect.any(Number), "model/model.json": expect.any(Number) },
    params: {
      max_depth: "5",
      learning_rate: "0.1",
      seed: "42",
      rounds: "100",
      n_features: "10",
      n_train_samples: "5608",
    },
  });
  for (const night of [firstNight, secondNight]) {
    const { metrics } = await readArtifact(workspace, evaluation, night);
    expect(runs[night]?.metrics).toEqual(metrics);
  }

  expect(versions["1"]).toMatchObject({
    run_id: first?.run_id,
    stage: "Production",
    status: "READY",
    aliases: ["champion"],
  });
  expect(versions["1"]?.tags).toMatchObject({ "churn.night": firstNight, "churn.threshold": "0.5" });
  expect(versions["2"]).toMatchObject({ run_id: second?.run_id, stage: "Staging", aliases: ["challenger"] });
  expect(Object.keys(differences)).toHaveLength(3);
  for (const difference of Object.values(differences)) expect(difference).toBeLessThanOrEqual(1e-6);

  // MLflow leaves a file in the folder of a model that it loads; churn is not put out by it.
  const models = await churn(workspace, ["models", "--json"]);
  expect(models.exitCode).toBe(0);
  expect(JSON.parse(models.stdout)).toMatchObject({
    versions: expect.arrayContaining([expect.objectContaining({ version: 1, stage: "Production" })]),
  });
});
