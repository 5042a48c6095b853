import * as z from "zod";
import { evaluation, featureList, model, predictions, testMatrix, trackingRun } from "../lib/artifacts/artifacts.ts";
import { recordPart, upgrade } from "../lib/artifacts/format.ts";
import { fitting, quoted } from "../lib/cli/output/unused.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { parquetFile } from "../lib/duckdb/parquet.ts";
import { labelOf } from "../lib/matrix/matrix.ts";
import { writePredictions } from "../lib/matrix/predictions.ts";
import { sampleOf } from "../lib/matrix/sample.ts";
import { scoreRelation } from "../lib/matrix/score.ts";
import { parseBoosterOfTrees, requireFeatures } from "../lib/model/booster.ts";
import { classificationMetrics, evaluate as judge, metricsOf1 } from "../lib/model/evaluation.ts";
import { explainModel, planExplanation } from "../lib/model/explain/explain.ts";
import { aucRoc } from "../lib/model/metrics/auc-roc.ts";
import { f1 } from "../lib/model/metrics/f1.ts";
import { metricText } from "../lib/model/metrics/metric.ts";
import { defineStage } from "../lib/stage/define.ts";
import { MODEL_JSON } from "../lib/tracking/model-files.ts";
import { tags } from "../lib/tracking/tags.ts";
import { flockAhead } from "../lib/workspace/native.ts";

/** Of a line below the stage's, which is indented. */
const LINE_WIDTH = 74;
/** Features that are named to people. */
const NAMED = 3;

const result = z.strictObject({
  metrics: classificationMetrics,
  threshold: z.number(),
  rows: z.int().positive(),
  class_balance: z.number().describe("share of churners among the test customers"),
  driven_by: z.array(z.string()).describe("the features that move its predictions most, the strongest first"),
  warnings: z.array(z.string()),
});

/** Before models were explained. */
const result2 = result.omit({ driven_by: true });

/** Judges the new model on the test customers, whom it never saw, and adds the figures to its MLflow run. */
export const evaluate = defineStage({
  name: "evaluate",
  summary: "metrics of the new model on the test customers",
  needs: { model, testMatrix, featureList, trackingRun },
  produces: { evaluation, predictions },
  reads: ["evaluate", "tracking"],
  // Who explains the model is written down.
  alsoReads: ({ train: { engine, library } }) => ({ train: { engine, ...(library !== undefined && { library }) } }),
  uses: ["tracking", "scoring"],
  flags: z.strictObject({}),
  result: recordPart(result.shape, {
    1: upgrade(result2.extend({ metrics: metricsOf1 }), result2, (old) => old),
    2: upgrade(result2, result, (old) => ({ ...old, driven_by: [] })),
  }),

  versions: ({ services }) => services.scoring().versions(),
  warmUp: ({ services }) => Promise.all([databaseAhead(), flockAhead(), services.scoring().versions()]),

  async run({ inputs, outputs, config, services, warn }) {
    const { features, id, label } = await inputs.featureList.read();
    const trained = parseBoosterOfTrees(
      (await inputs.model.read(MODEL_JSON)).toString("utf8"),
      `${inputs.model.key}/${MODEL_JSON}`,
    );
    await using db = await openDatabase();
    const relation = parquetFile(inputs.testMatrix.path);
    const yTrue = await labelOf(db, relation, label);
    const plan = planExplanation(trained);
    requireFeatures(trained.booster, features);
    const failures: string[] = [];
    const hear = (sentence: string) => void failures.push(sentence);
    await using scorer = await services.scoring(hear).open(plan, { rows: yTrue.length, explaining: plan.steps });
    const probability = await scoreRelation(db, relation, scorer, { rows: yTrue.length });
    const { threshold } = config.evaluate;
    const { metrics, confusion, predicted, warnings: undefinedMetrics } = judge(yTrue, probability, threshold);
    const { importance, shap, explained_by, problem } = await explainModel(
      plan,
      (most) => sampleOf(db, relation, { id, features, rows: most }),
      { explainer: scorer.explainer, hear },
    );
    const warnings = [
      ...undefinedMetrics,
      ...failures,
      ...(problem === undefined ? [] : [`what drives the model can't be said: ${problem}`]),
    ];
    for (const warning of warnings) warn(warning);

    const rows = yTrue.length;
    const positives = yTrue.reduce((sum, one) => sum + one, 0);
    await outputs.predictions.write((path) =>
      writePredictions(db, { relation, id, label, probability, predicted, path }),
    );
    const written = await outputs.evaluation.write({
      threshold,
      rows,
      positives,
      metrics,
      confusion_matrix: confusion,
      importance,
      shap,
      explained_by,
      warnings,
    });

    const tracking = await services.tracking();
    const { mlflow_run_id } = inputs.trackingRun.read();
    const timestamp = Date.now();
    // What an interrupted attempt has logged already would be a second point of the same curve.
    const logged = (await tracking.getRun(mlflow_run_id))?.metrics ?? {};
    const defined = Object.entries(metrics).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] !== logged[entry[0]],
    );
    await tracking.logBatch(mlflow_run_id, {
      metrics: defined.map(([key, value]) => ({ key, value, timestamp, step: 0 })),
      // A tag and no param: another threshold may come for the same run, and MLflow's params never change.
      tags: { [tags.threshold]: String(threshold) },
    });
    await tracking.logArtifacts(mlflow_run_id, new Map([["evaluation.json", Buffer.from(written)]]));
    const moving = shap?.features.filter(({ mean_abs }) => mean_abs > 0) ?? [];
    const driven_by = moving.slice(0, NAMED).map(({ feature }) => feature);
    return { metrics, threshold, rows, class_balance: positives / rows, driven_by, warnings };
  },

  describe: ({ metrics }) => [f1, aucRoc].map((one) => metricText(one, metrics)).join(", "),
  notes: ({ driven_by }) => (driven_by.length === 0 ? [] : [fitting("driven by: ", driven_by.map(quoted), LINE_WIDTH)]),
});
