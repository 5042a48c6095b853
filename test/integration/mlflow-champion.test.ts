import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { churn } from "../support/churn.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { type MlflowLine, mlflowLines, startMlflow } from "./support/mlflow-server.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { onceThere } from "./support/once-there.ts";
import { runPython } from "./support/python.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-champion-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const champion = z.object({ version: z.int(), source: z.string(), f1: z.number() });

/** Another split gives another model to compare with; the test customers are those of the matrix that Python scored. */
const variants = [
  ["classifier", "ubj", "ALIAS"],
  ["booster", "json", "STAGE"],
  ["booster", "ubj", "CHURN"],
] as const;

async function judged(line: MlflowLine, workspace: string, env: Readonly<Record<string, string>>) {
  const name = `${line}-model`;
  const own = ["--set", `register.model=${name}`];
  const features = join(workspace, "features", firstNight);
  const prepared = ["run-all", "--date", firstNight, "--to", "evaluate", ...own];
  expect(await onceThere(() => churn(workspace, prepared, env))).toMatchObject({ exitCode: 0 });
  for (const [kind, format, by] of variants) {
    // Each in turn is the one in production: by its alias alone, by its stage alone, or by churn promote, from no stage.
    const model = `${name}-${kind}-${format}`;
    const { version, f1 } = await runPython(line, "mlflow_logs_champion.py", {
      args: [features, model, kind, format, by],
      schema: champion,
      env: { ...env, MLFLOW_DISABLE_TELEMETRY: "true", MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: "true" },
      cwd: workspace,
    });
    const registered = ["--set", `register.model=${model}`];
    if (by === "CHURN") {
      const promote = ["promote", "--version", String(version), "--yes", ...registered];
      expect(await churn(workspace, promote, env)).toMatchObject({ exitCode: 0 });
    }
    const compare = ["compare", "--date", firstNight, "--force", ...registered];
    expect(await churn(workspace, compare, env)).toMatchObject({ exitCode: 0 });
    const { outcome, production } = await readArtifact(workspace, comparison, firstNight);
    expect(outcome).toBe("champion_saw_test");
    expect(production).toMatchObject({ version, threshold: 0.5 });
    expect(production?.metrics?.f1, `${kind} as ${format}`).toBeCloseTo(f1, 12);
  }
}

describe("a model that Python trained, logged and promoted is scored as Python scores it", () => {
  test.each(mlflowLines)("at a server of %s", async (line) => {
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
