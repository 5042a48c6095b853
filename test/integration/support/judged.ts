import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { comparison } from "../../../src/lib/artifacts/artifacts.ts";
import { churn } from "../../support/churn.ts";
import { readArtifact } from "../../support/read-artifact.ts";
import type { MlflowLine } from "./mlflow-server.ts";
import { firstNight } from "./nights.ts";
import { onceThere } from "./once-there.ts";
import { runPython } from "./python.ts";

const champion = z.object({ version: z.int(), source: z.string(), f1: z.number() });

/** Another split gives another model to compare with; the test customers are those of the matrix that Python scored. */
const variants = [
  ["classifier", "ubj", "ALIAS"],
  ["booster", "json", "STAGE"],
  ["booster", "ubj", "CHURN"],
] as const;

/**
 * Holds churn to what Python says of its own models: each in turn is logged by MLflow's client, put into production and judged by
 * compare.
 *
 * @param env  where tracking is, and as whom
 */
export async function judged(line: MlflowLine, workspace: string, env: Readonly<Record<string, string>>) {
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
