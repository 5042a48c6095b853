import * as z from "zod";

/** What a server without credentials has of one night, asked by Node's own fetch and not by churn's client. */

const keyed = z.array(z.object({ key: z.string(), value: z.string().default("") })).default([]);
const runs = z.object({
  runs: z
    .array(
      z.object({
        info: z.object({ run_id: z.string(), status: z.string(), artifact_uri: z.string() }),
        data: z.object({
          params: keyed,
          metrics: z.array(z.object({ key: z.string(), value: z.number() })).default([]),
          tags: keyed,
        }),
      }),
    )
    .default([]),
});
const experiment = z.object({ experiment: z.object({ experiment_id: z.string() }) });
const versions = z.object({
  model_versions: z
    .array(z.object({ version: z.string(), current_stage: z.string(), run_id: z.string(), source: z.string() }))
    .default([]),
});
const model = z.object({
  registered_model: z.object({
    aliases: z.array(z.object({ alias: z.string(), version: z.string() })).default([]),
  }),
});
const files = z.object({
  files: z.array(z.object({ path: z.string(), file_size: z.coerce.number().default(0) })).default([]),
});

/** All runs of an experiment, deleted ones too. */
export async function runsOf(server: string, name: string) {
  const found = await get(server, "experiments/get-by-name", { experiment_name: name }, experiment);
  const answer = await fetch(`${server}/api/2.0/mlflow/runs/search`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      experiment_ids: [found.experiment.experiment_id],
      run_view_type: "ALL",
      max_results: 1000,
    }),
  });
  return runs.parse(await answer.json()).runs.map(({ info, data }) => ({
    ...info,
    params: Object.fromEntries(data.params.map(({ key, value }) => [key, value])),
    metrics: Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])),
    tags: Object.fromEntries(data.tags.map(({ key, value }) => [key, value])),
  }));
}

/** All versions of a registered model, oldest first. */
export async function versionsOf(server: string, name: string) {
  const found = await get(
    server,
    "model-versions/search",
    { filter: `name='${name}'`, order_by: "version_number ASC", max_results: "1000" },
    versions,
  );
  return found.model_versions;
}

/** A registered model's aliases, each with the version that it names. */
export async function aliasesOf(server: string, name: string): Promise<Record<string, string>> {
  const { registered_model } = await get(server, "registered-models/get", { name }, model);
  return Object.fromEntries(registered_model.aliases.map(({ alias, version }) => [alias, version]));
}

/** Bytes of the files in a folder of a run's artifacts, by their paths. */
export async function artifactsOf(server: string, runId: string, path: string): Promise<Record<string, number>> {
  const found = await get(server, "artifacts/list", { run_id: runId, path }, files);
  return Object.fromEntries(found.files.map(({ path: name, file_size }) => [name, file_size]));
}

async function get<Schema extends z.ZodType>(
  server: string,
  call: string,
  values: Readonly<Record<string, string>>,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const answer = await fetch(`${server}/api/2.0/mlflow/${call}?${new URLSearchParams(values)}`);
  return schema.parse(await answer.json());
}
