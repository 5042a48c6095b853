import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { CONTEXT_TAG, storedDataset } from "../dataset.ts";
import type { DatasetInput } from "../tracking.ts";
import { writeMeta } from "./meta-yaml.ts";
import { createFolder } from "./whole-file.ts";

/**
 * Notes a dataset with its experiment and an input with the run. Their names follow from what they are, as MLflow's do: the
 * same again is there already.
 */
export async function writeInput(runFolder: string, runId: string, dataset: DatasetInput): Promise<void> {
  const experiment = dirname(runFolder);
  const stored = storedDataset(dataset);
  const datasetId = md5(stored.name, stored.digest);
  const inputId = md5(datasetId, runId);
  await createFolder(join(experiment, "datasets", datasetId), [["meta.yaml", writeMeta({ ...stored })]], experiment);
  const input = writeMeta({
    source_type: "DATASET",
    source_id: datasetId,
    destination_type: "RUN",
    destination_id: datasetId,
  });
  // The one map of the layout that is no flat one.
  const tags = `tags:\n  ${CONTEXT_TAG}: "${dataset.context}"\n`;
  await createFolder(join(runFolder, "inputs", inputId), [["meta.yaml", `${input}${tags}`]], runFolder);
}

function md5(...texts: readonly string[]): string {
  const hash = createHash("md5");
  for (const text of texts) hash.update(text);
  return hash.digest("hex");
}
