import * as z from "zod";
import type { FolderArtifact, Input } from "../lib/artifacts/artifact.ts";
import {
  comparison,
  featureList,
  model,
  predictions,
  registration,
  testMatrix,
  trackingRun,
} from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { requireStillNewest } from "../lib/compare/older-night.ts";
import { requireSameScores } from "../lib/compare/read-back.ts";
import type { ComparisonReport } from "../lib/compare/report.ts";
import { databaseAhead } from "../lib/duckdb/open.ts";
import { defineStage } from "../lib/stage/define.ts";
import { candidateTags, registerCandidate, requireComparedProduction, twinOf } from "../lib/tracking/candidate.ts";
import { withRunId } from "../lib/tracking/model-folder.ts";
import { allInProduction } from "../lib/tracking/production.ts";
import { requireSameFiles } from "../lib/tracking/registered-content.ts";
import type { ModelVersion } from "../lib/tracking/tracking.ts";
import { byStage, type Via, wayOf } from "../lib/tracking/via.ts";
import { flockAhead } from "../lib/workspace/native.ts";

/** Makes the better model a candidate: a new version in Staging, read back and scored before it counts. */
export const register = defineStage({
  name: "register",
  summary: "a new version in Staging, if the model is better",
  needs: { model, comparison, predictions, testMatrix, featureList, trackingRun },
  produces: { registration },
  reads: ["register", "tracking"],
  uses: ["tracking", "scoring"],
  flags: z.strictObject({}),
  result: recordPart({
    registered: z.boolean(),
    name: z.string(),
    version: z.int().positive().nullable(),
    stage: z.string().nullable(),
    reason: z.string(),
  }),
  // An attempt that died after archiving leaves no other trace of what was a candidate before.
  checkpoint: recordPart({ archived: z.array(z.int().positive()) }),
  later: true,

  warmUp: () => Promise.all([databaseAhead(), flockAhead()]),

  async run({ inputs, outputs, config, later, services, night, date, workspaceId, digest, checkpoint, log, warn }) {
    const tracking = await services.tracking();
    const { model: name, via } = config.register;
    const judged = await inputs.comparison.read();
    requireStillNewest(judged, later, date);
    const versions = await tracking.modelVersions(name);
    // What was in production in the past is that for ever.
    if (judged.older === null) requireComparedProduction(versions, judged, { model: name, date, via });

    // MLflow serves it from there, also where tonight's model doesn't follow it.
    for (const { version } of allInProduction(versions, via)) await tracking.renewAddress(name, version);

    const run = inputs.trackingRun.read();
    let archived: readonly number[] = [];
    const registerVersion = async () => {
      archived = checkpoint.last?.digest === digest ? checkpoint.last.value.archived : [];
      const { features } = await inputs.featureList.read();
      const logged = withRunId(await readAll(inputs.model), run.mlflow_run_id);
      const scored = { testMatrix: inputs.testMatrix.path, features, predictions: inputs.predictions.path, date };
      return registerCandidate(
        tracking,
        {
          name,
          runId: run.mlflow_run_id,
          source: run.model_uri,
          description: `Night of ${night}. ${judged.reason}`,
          tags: candidateTags({ workspaceId, night, judged: judged.new, rows: run.rows }, logged),
          archiving: async (older) => {
            archived = [...new Set([...older, ...archived])];
            await checkpoint.save({ archived: [...archived] });
          },
          check: async (candidate) => {
            const where = `version ${candidate.version} of ${name}`;
            const files = await tracking.downloadModel(candidate);
            requireSameFiles(files, logged, where, date);
            await requireSameScores(files, where, scored, services.scoring(warn));
            log("version read back", { version: candidate.version });
          },
        },
        { versions, via },
      );
    };

    const result = nothingToRegister(judged, versions, { runId: run.mlflow_run_id, via }) ?? {
      registered: true,
      ...(await registerVersion()),
      reason: judged.reason,
    };
    await tracking.setStatus(run.mlflow_run_id, "FINISHED", Date.now());
    await outputs.registration.write({
      name,
      outcome: judged.outcome,
      archived: [...archived],
      ...result,
    });
    return { name, ...result };
  },

  describe: ({ registered, name, version, stage, reason }) =>
    registered
      ? `${name} version ${version} ${stage === null ? "is the challenger" : `in ${stage}`}`
      : `not registered: ${reason}`,
});

async function readAll({ files, read }: Input<FolderArtifact>): Promise<Map<string, Uint8Array>> {
  const content = new Map<string, Uint8Array>();
  for (const file of files) content.set(file, await read(file));
  return content;
}

/** Why no version is made: the model is not better, or a version holds it already; undefined when one is due. */
function nothingToRegister(
  judged: ComparisonReport,
  versions: readonly ModelVersion[],
  { runId, via }: { readonly runId: string; readonly via: Via },
) {
  if (!judged.should_deploy) return { registered: false, version: null, stage: null, reason: judged.reason };
  const twin = twinOf(versions, { digest: judged.new.model_digest, runId, via });
  if (twin === undefined) return undefined;
  const { version } = twin;
  const stage = byStage(wayOf(via, versions)) ? twin.stage : null;
  const where = stage ?? twin.aliases.join(", ");
  const named = `Version ${version}${where === "" ? "" : ` (${where})`}`;
  return { registered: false, version, stage, reason: `${named} holds this very model already` };
}
