import { openFolder } from "../../../src/lib/tracking/folder/folder.ts";
import { modelFolder, withRunId } from "../../../src/lib/tracking/model-folder.ts";
import { tags } from "../../../src/lib/tracking/tags.ts";

/** Logs runs into a tracking folder, one after the other, each with a model that is registered: ROOT WRITER RUNS. */
async function logRuns([root = "", writer = "", runs = ""]: readonly string[]): Promise<void> {
  const tracking = openFolder(root);
  for (let number = 1; number <= Number(runs); number += 1) {
    const key = `${writer} ${number}`;
    const startTime = Date.now();
    const { runId } = await tracking.createRun({
      experiment: "shared",
      runName: key,
      startTime,
      tags: { [tags.runKey]: key },
    });
    await tracking.logBatch(runId, { params: { writer, number: String(number) } });
    const files = modelFolder({
      modelJson: JSON.stringify({ version: [1, 7, 6], key }),
      preprocessing: "{}\n",
      features: ["tenure_months"],
      createdAt: new Date(startTime),
      modelUuid: "0123456789abcdef0123456789abcdef",
      metadata: {},
    });
    const { modelUri: source } = await tracking.logModel(runId, withRunId(files, runId));
    await tracking.createModelVersion({ name: "shared", runId, source, description: key, tags: { key } });
  }
}

void logRuns(process.argv.slice(2));
