import { describe, expect, test } from "vitest";
import { type Behaviour, type OddServer, oddServer, type SeenRequest } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const found = { body: { experiment: { experiment_id: "7", lifecycle_stage: "active" } } };
/** What MLflow answers to a tag without a name, where the user may set one. */
const missing = { status: 400, body: { error_code: "INVALID_PARAMETER_VALUE", message: "Missing value for 'key'" } };
const forbidden = { status: 403, body: "Permission denied" };

function server(answers: Readonly<Record<string, Behaviour>>): Promise<OddServer> {
  return oddServer(({ target }) => {
    const known = Object.entries(answers).find(([path]) => target.includes(path));
    return known?.[1] ?? { status: 404, body: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "none" } };
  });
}

const asked = (seen: readonly SeenRequest[]) =>
  seen.map(({ method, target, body }) => [method, target.split("?")[0], body]);

describe("whether a user may write", () => {
  test("is asked by a change that names nothing", async () => {
    await using mlflow = await server({ "get-by-name": found, "set-experiment-tag": missing, "set-tag": missing });
    await using tracking = trackingAt(mlflow.url);
    await tracking.requireRights({ experiment: "churn" });
    await tracking.requireRights({ model: "churn-model" });
    expect(asked(mlflow.seen)).toEqual([
      ["GET", "/api/2.0/mlflow/experiments/get-by-name", ""],
      ["POST", "/api/2.0/mlflow/experiments/set-experiment-tag", '{"experiment_id":"7"}'],
      ["POST", "/api/2.0/mlflow/registered-models/set-tag", '{"name":"churn-model"}'],
    ]);
  });

  test("is refused to who may read alone, of each by its name", async () => {
    await using mlflow = await server({ "get-by-name": found, "set-experiment-tag": forbidden, "set-tag": forbidden });
    await using tracking = trackingAt(mlflow.url);
    const next = "its administrator gives the right to it: EDIT";
    await expect(tracking.requireRights({ experiment: "churn" })).rejects.toMatchObject({
      exitCode: 2,
      message: `MLflow at ${mlflow.url} lets this user read the experiment churn, and write nothing there (403)`,
      hint: next,
    });
    await expect(tracking.requireRights({ model: "churn-model" })).rejects.toMatchObject({
      exitCode: 2,
      message: `MLflow at ${mlflow.url} lets this user read the model churn-model, and write nothing there (403)`,
      hint: next,
    });
  });

  test("isn't known of an experiment that a night will make, nor of a server without such a call", async () => {
    await using without = await server({});
    await using tracking = trackingAt(without.url);
    await tracking.requireRights({ experiment: "churn" });
    expect(asked(without.seen)).toHaveLength(1);
    await tracking.requireRights({ model: "churn-model" });
  });

  test("an experiment that was deleted, and a server that fails, are told", async () => {
    const deleted = { body: { experiment: { experiment_id: "7", lifecycle_stage: "deleted" } } };
    await using mlflow = await server({ "get-by-name": deleted, "set-tag": { status: 500, body: "no" } });
    await using tracking = trackingAt(mlflow.url);
    await expect(tracking.requireRights({ experiment: "churn" })).rejects.toMatchObject({
      exitCode: 2,
      message: `experiment "churn" of MLflow at ${mlflow.url} was deleted`,
    });
    await expect(tracking.requireRights({ model: "churn-model" })).rejects.toMatchObject({ exitCode: 5 });
  });
});
