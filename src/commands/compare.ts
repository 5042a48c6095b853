import * as z from "zod";
import {
  comparison,
  customers,
  evaluation,
  model,
  predictions,
  preprocessing,
  registration,
} from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { metric, signedPercent } from "../lib/cli/numbers.ts";
import { otherSplit } from "../lib/compare/champion.ts";
import { judgeProduction, openProduction } from "../lib/compare/production.ts";
import { outcome, rule } from "../lib/compare/report.ts";
import { decide } from "../lib/compare/rule.ts";
import { openTestCustomers } from "../lib/compare/test-customers.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { evaluate } from "../lib/model/evaluation.ts";
import { defineStage } from "../lib/stage/define.ts";
import { refuseLostRegistry } from "../lib/tracking/lost-registry.ts";
import { MODEL_JSON, modelDigest, PREPROCESSING_JSON } from "../lib/tracking/model-files.ts";
import { productionVersion } from "../lib/tracking/production.ts";
import { tags } from "../lib/tracking/tags.ts";

/**
 * Holds the new model against the one in production: the same customers of the same day, each model with its own
 * preprocessing and its own threshold. What production scored on its own night is shown and never decides.
 */
export const compare = defineStage({
  name: "compare",
  summary: "the new model against production, on the same customers",
  needs: { customers, preprocessing, model, evaluation, predictions },
  produces: { comparison },
  previous: { comparison, registration },
  reads: ["compare", "register", "tracking"],
  uses: ["tracking"],
  flags: z.strictObject({
    accept_empty_registry: z.boolean().default(false).describe("go on although the registry lost Production"),
  }),
  result: recordPart({
    should_deploy: z.boolean(),
    outcome,
    reason: z.string(),
    f1: z.number(),
    prod_f1: z.number().nullable(),
    recorded_prod_f1: z.number().nullable(),
    improvement: z.number().nullable(),
    rules: z.array(rule),
    rows: z.int().positive(),
    production_version: z.int().positive().nullable(),
    production_tag: z.string().nullable().describe("the version's model digest, as its tag says"),
  }),

  warmUp: databaseAhead,

  async outside({ config, services }, result) {
    const tracking = await services.tracking();
    const production = productionVersion(await tracking.modelVersions(config.register.model));
    const version = production?.version ?? null;
    if (version !== result.production_version)
      return `Production is ${version === null ? "empty" : `version ${version}`} now`;
    return (production?.tags[tags.modelDigest] ?? null) === result.production_tag
      ? undefined
      : "the version in Production was changed";
  },

  async run({ inputs, outputs, config, flags, previous, services, date, warn }) {
    const tracking = await services.tracking();
    const versions = await tracking.modelVersions(config.register.model);
    if (!flags.accept_empty_registry) {
      const earlier = previous && {
        comparison: await previous.comparison.read(),
        registration: await previous.registration.read(),
      };
      refuseLostRegistry(tracking, versions, earlier, { model: config.register.model, date });
    }

    const { threshold } = await inputs.evaluation.read();
    const recipe = await inputs.preprocessing.read();
    const digest = modelDigest(
      new Map([
        [MODEL_JSON, await inputs.model.read(MODEL_JSON)],
        [PREPROCESSING_JSON, await inputs.model.read(PREPROCESSING_JSON)],
      ]),
    );

    await using db = await openDatabase();
    const production = productionVersion(versions);
    const opened = production && (await openProduction(tracking, production, threshold));
    const sameSplit = opened?.model && otherSplit(opened.model.recipe.split, recipe.split) === undefined;
    const testCustomers = await openTestCustomers(
      db,
      inputs.predictions.path,
      recipe,
      sameSplit ? opened?.model?.recipe.split : undefined,
    );
    const { metrics, warnings } = evaluate(testCustomers.yTrue, testCustomers.probability, threshold);
    for (const warning of warnings) warn(warning);
    const champion =
      opened &&
      (await judgeProduction(db, opened, { customers: inputs.customers.path, recipe, testCustomers, digest }));

    const rows = testCustomers.yTrue.length;
    const decision = decide(metrics.f1, champion?.verdict, config.compare.min_improvement, rows);
    const report = champion?.report ?? null;
    await outputs.comparison.write({
      ...decision,
      rows,
      new: { model_digest: digest, threshold, metrics },
      production: report,
    });
    return {
      ...decision,
      f1: metrics.f1,
      prod_f1: report?.metrics?.f1 ?? null,
      recorded_prod_f1: report?.recorded_f1 ?? null,
      rows,
      production_version: production?.version ?? null,
      production_tag: production?.tags[tags.modelDigest] ?? null,
    };
  },

  describe: (result) => {
    const words = result.outcome.replaceAll("_", " ");
    if (result.prod_f1 === null) return `${words}: F1 ${metric(result.f1)}`;
    const gain = result.improvement === null ? "" : ` (${signedPercent(result.improvement)})`;
    return `${words}: F1 ${metric(result.f1)} against ${metric(result.prod_f1)}${gain}`;
  },
});
