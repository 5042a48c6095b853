import * as z from "zod";
import {
  comparison,
  customers,
  evaluation,
  featureList,
  model,
  predictions,
  preprocessing,
  registration,
  testMatrix,
  trackingRun,
} from "../lib/artifacts/artifacts.ts";
import { recordPart, upgrade } from "../lib/artifacts/format.ts";
import { apart, besideLimit, metric, signedPercent } from "../lib/cli/numbers.ts";
import { otherSplit } from "../lib/compare/champion.ts";
import { lastPromotion, movedOutside, movedSentence } from "../lib/compare/moved.ts";
import { lookBack, newerThan } from "../lib/compare/older-night.ts";
import { judgeProduction, lostProduction, openProduction } from "../lib/compare/production.ts";
import {
  isWithoutContest,
  minImprovement,
  olderNight,
  outcome,
  outcomeOf1,
  outcomeOf3,
  productionMoved,
  rule,
} from "../lib/compare/report.ts";
import { decide } from "../lib/compare/rule.ts";
import { scoringLimitSeconds } from "../lib/compare/scoring-limit.ts";
import { openTestCustomers } from "../lib/compare/test-customers.ts";
import { trainCustomersOf } from "../lib/compare/trained-on.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { unlessRefused } from "../lib/ledger/refusals.ts";
import { evaluate } from "../lib/model/evaluation.ts";
import { defineStage } from "../lib/stage/define.ts";
import { refuseForgottenVersions, refuseLostRegistry } from "../lib/tracking/lost-registry.ts";
import { MODEL_JSON, modelDigest, PREPROCESSING_JSON } from "../lib/tracking/model-files.ts";
import { productionVersion } from "../lib/tracking/production.ts";
import { tags } from "../lib/tracking/tags.ts";

const resultOf1 = {
  should_deploy: z.boolean(),
  outcome: outcomeOf1,
  reason: z.string(),
  f1: z.number(),
  prod_f1: z.number().nullable(),
  recorded_prod_f1: z.number().nullable(),
  improvement: z.number().nullable(),
  rules: z.array(rule),
  rows: z.int().positive(),
  production_version: z.int().positive().nullable(),
  production_tag: z.string().nullable().describe("the version's model digest, as its tag says"),
};
const resultOf2 = { ...resultOf1, outcome: outcomeOf3, min_improvement: minImprovement };
const resultOf3 = { ...resultOf2, outcome };
const resultOf4 = { ...resultOf3, production_moved: productionMoved };
const result = { ...resultOf4, older: olderNight };

/**
 * Holds the new model against the one in production: the same customers of the same day, each model with its own
 * preprocessing and its own threshold. What production scored on its own night is shown and never decides. A night that is
 * older than the newest decided one is held against what was in production at the end of its date.
 */
export const compare = defineStage({
  name: "compare",
  summary: "the new model against production, on the same customers",
  needs: { customers, preprocessing, testMatrix, featureList, model, evaluation, predictions, trackingRun },
  produces: { comparison },
  previous: { comparison, registration },
  reads: ["compare", "register", "run", "tracking", "timezone"],
  uses: ["tracking", "store", "scoring"],
  flags: z.strictObject({
    accept_empty_registry: z.boolean().default(false).describe("go on although the registry lost Production"),
    allow_register: z.boolean().default(false).describe("let an older night register its model as well"),
  }),
  result: recordPart(result, {
    1: upgrade(z.strictObject(resultOf1), z.strictObject(resultOf2), (old) => ({ ...old, min_improvement: null })),
    2: upgrade(z.strictObject(resultOf2), z.strictObject(resultOf3), (old) => old),
    3: upgrade(z.strictObject(resultOf3), z.strictObject(resultOf4), (old) => ({ ...old, production_moved: null })),
    4: upgrade(z.strictObject(resultOf4), z.strictObject(result), (old) => ({ ...old, older: null })),
  }),
  later: true,

  warmUp: databaseAhead,

  async outside({ config, services }, result) {
    const tracking = await services.tracking();
    const { model, via } = config.register;
    const versions = await tracking.modelVersions(model);
    const current = productionVersion(versions, via);
    const version = current?.version ?? null;
    if (version !== (result.older === null ? result.production_version : result.older.current_version))
      return `Production is ${version === null ? "empty" : `version ${version}`} now`;
    const judged = result.older === null ? current : versions.find((one) => one.version === result.production_version);
    if ((judged?.tag(tags.modelDigest) ?? null) === result.production_tag) return undefined;
    return result.older === null
      ? "the version in Production was changed"
      : "the version that was in production was changed";
  },

  async run({ inputs, outputs, config, flags, previous, later, history, services, date, today, workspaceId, warn }) {
    const tracking = await services.tracking();
    const { model, via } = config.register;
    const versions = await tracking.modelVersions(model, ({ message }) => warn(message));
    const earlier = previous && {
      comparison: await previous.comparison.read(),
      registration: await previous.registration.read(),
    };
    if (!flags.accept_empty_registry) {
      const place = { model, date, via, now: new Date() };
      await refuseLostRegistry(tracking, versions, earlier, place);
      const told = () => unlessRefused(history, warn);
      await refuseForgottenVersions(tracking, versions, async () => (await told())?.events ?? [], place);
    }

    const { threshold } = await inputs.evaluation.read();
    const recipe = await inputs.preprocessing.read();
    const list = await inputs.featureList.read();
    const digest = modelDigest(
      new Map([
        [MODEL_JSON, await inputs.model.read(MODEL_JSON)],
        [PREPROCESSING_JSON, await inputs.model.read(PREPROCESSING_JSON)],
      ]),
    );

    await using db = await openDatabase();
    const current = productionVersion(versions, via);
    const newer = newerThan(date, later, current, today);
    const registry = { model, versions, current: current?.version ?? null, now: new Date() };
    const back = { ...registry, date, timezone: config.timezone };
    const then = newer === undefined ? undefined : { newer, ...(await lookBack(history, back, warn)) };
    const number = then === undefined ? registry.current : then.version;
    const production = versions.find(({ version }) => version === number);
    const sameModel = earlier?.registration.name === model ? earlier.comparison : undefined;
    // What was moved before a night of the past is no news.
    const moved = then === undefined ? movedOutside(production, sameModel) : null;
    if (moved !== null) warn(movedSentence(moved));
    const lost = number === null ? undefined : lostProduction(number);
    const opened = production === undefined ? lost : await openProduction(tracking, production, threshold);
    const split = opened?.model?.recipe?.split;
    const sameSplit = split && otherSplit(split, recipe.split) === undefined ? split : undefined;
    const testCustomers = await openTestCustomers(db, inputs.predictions.path, recipe, sameSplit);
    const { metrics, confusion, warnings } = evaluate(testCustomers.yTrue, testCustomers.probability, threshold);
    for (const warning of warnings) warn(warning);
    if (opened?.mended !== undefined) warn(`version ${opened.version} in Production: ${opened.mended}`);
    const champion =
      opened &&
      (await judgeProduction(db, opened, {
        customers: inputs.customers.path,
        recipe,
        testCustomers,
        digest,
        features: { path: inputs.testMatrix.path, id: list.id, names: list.features },
        trained: production && (await trainCustomersOf({ store: services.store(), workspaceId }, production)),
        trustsSplit: config.compare.trust_split,
        limitSeconds: scoringLimitSeconds(config),
        scoring: services.scoring(),
      }));

    const rows = testCustomers.yTrue.length;
    const predicted = confusion.true_positives + confusion.false_positives;
    const newcomer = { f1: metrics.f1, auc: metrics.auc_roc ?? null, rows, predicted };
    const older = then && {
      date,
      newer: then.newer,
      at: then.at,
      known_by: then.known_by,
      current_version: registry.current,
      may_register: flags.allow_register,
    };
    const decision = decide(newcomer, champion?.verdict, config.compare, older);
    const report = champion?.report ?? null;
    const written = await outputs.comparison.write({
      ...decision,
      rows,
      new: { model_digest: digest, threshold, metrics },
      production: report,
      production_moved: moved,
      last_promotion: lastPromotion(versions, then?.at),
    });
    const { mlflow_run_id } = inputs.trackingRun.read();
    // A registry that was emptied on purpose has no run to tell.
    if ((await tracking.getRun(mlflow_run_id)) !== undefined)
      await tracking.logArtifacts(mlflow_run_id, new Map([["comparison.json", Buffer.from(written)]]));
    return {
      ...decision,
      f1: metrics.f1,
      prod_f1: report?.metrics?.f1 ?? null,
      recorded_prod_f1: report?.recorded_f1 ?? null,
      rows,
      production_version: number,
      production_tag: production?.tag(tags.modelDigest) ?? null,
      production_moved: moved,
    };
  },

  describe: ({ outcome: how, older, reason, f1, prod_f1, recorded_prod_f1, improvement, min_improvement }) => {
    const ruled = older?.outcome ?? how;
    const words = [...new Set([how, ruled])].map((word) => word.replaceAll("_", " ")).join(", ");
    if (how === "first_model_too_weak") return reason;
    if (isWithoutContest(ruled)) {
      const before = recorded_prod_f1 === null ? "" : `; it recorded F1 ${metric(recorded_prod_f1)} on its own night`;
      return `${words}: F1 ${metric(f1)} without a contest${before}`;
    }
    if (prod_f1 === null) return `${words}: F1 ${metric(f1)}`;
    const [now, before] = apart(f1, prod_f1, metric);
    const gain = improvement === null ? "" : ` (${besideLimit(improvement, min_improvement ?? 0, signedPercent)[0]})`;
    return `${words}: F1 ${now} against ${before}${gain}`;
  },
});
