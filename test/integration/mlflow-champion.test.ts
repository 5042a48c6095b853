import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { churn } from "../support/churn.ts";
import { sweep } from "../support/sweep.ts";
import { judged } from "./support/judged.ts";
import { mlflowLines, startMlflow } from "./support/mlflow-server.ts";
import { secondNight } from "./support/nights.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-champion-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a model that Python trained, logged and promoted is scored as Python scores it", () => {
  test.each(sweep(mlflowLines, 1))("at a server of %s", async (line) => {
    await using server = await startMlflow(line, { folder: join(folder, line) });
    const workspace = join(folder, `${line}-workspace`);
    expect(await churn(folder, ["-C", workspace, "init", "--sample", "--date", secondNight])).toMatchObject({
      exitCode: 0,
    });
    await judged(line, workspace, { MLFLOW_TRACKING_URI: server.url });
  });

  test("in a workspace's own folder", async () => {
    const workspace = join(folder, "own-workspace");
    expect(await churn(folder, ["-C", workspace, "init", "--sample", "--date", secondNight])).toMatchObject({
      exitCode: 0,
    });
    await judged("mlflow", workspace, {
      MLFLOW_ALLOW_FILE_STORE: "true",
      MLFLOW_TRACKING_URI: join(workspace, "mlruns"),
    });
  });
});
