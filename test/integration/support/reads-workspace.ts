import * as z from "zod";
import type { MlflowLine } from "./mlflow-server.ts";
import { runPython } from "./python.ts";

const texts = z.record(z.string(), z.string());
const schema = z.object({
  experiment: z.object({ name: z.string(), lifecycle_stage: z.string() }),
  runs: z.record(
    z.string(),
    z.object({
      run_id: z.string(),
      name: z.string(),
      status: z.string(),
      params: texts,
      metrics: z.record(z.string(), z.number()),
      tags: texts,
      inputs: z.array(
        z.object({
          name: z.string(),
          digest: z.string(),
          source_type: z.string(),
          source: z.string(),
          schema: z.string().nullable(),
          profile: z.string().nullable(),
          tags: texts,
        }),
      ),
      finished: z.boolean(),
      artifacts: z.record(z.string(), z.number().nullable()),
      artifact_uri: z.string(),
    }),
  ),
  run_count: z.number(),
  versions: z.record(
    z.string(),
    z.object({
      run_id: z.string(),
      stage: z.string(),
      status: z.string(),
      aliases: z.array(z.string()),
      tags: texts,
      description: z.string(),
      source: z.string(),
    }),
  ),
  differences: z.record(z.string(), z.number()),
});

/**
 * What Python's client reads of a workspace's runs and versions.
 *
 * @param models  addresses of models by the night that made them, each loaded by both of its flavors
 * @param env     where tracking is, and as whom
 */
export async function readByPython(
  line: MlflowLine,
  workspace: string,
  models: Readonly<Record<string, readonly string[]>>,
  env: Readonly<Record<string, string>>,
): Promise<z.infer<typeof schema>> {
  return runPython(line, "mlflow_reads_workspace.py", {
    args: [JSON.stringify(models)],
    schema,
    cwd: workspace,
    env: { MLFLOW_DISABLE_TELEMETRY: "true", ...env },
  });
}
