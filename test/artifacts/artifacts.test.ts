import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { compare } from "../../src/commands/compare.ts";
import { json } from "../../src/lib/artifacts/artifact.ts";
import { comparison, evaluation, preprocessing } from "../../src/lib/artifacts/artifacts.ts";
import { defineFormat, type Format, upgrade } from "../../src/lib/artifacts/format.ts";
import { judgeProduction } from "../../src/lib/compare/production.ts";
import { openTestCustomers } from "../../src/lib/compare/test-customers.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { parseBooster } from "../../src/lib/model/booster.ts";
import { ownScoring } from "../../src/lib/model/scorer.ts";
import type { Stage } from "../../src/lib/stage/define.ts";
import { runStage } from "../../src/lib/stage/run.ts";
import { ensureWorkspaceId } from "../../src/lib/store/id.ts";
import { takeOver } from "../../src/lib/supervise/open-night.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { openWorkspace } from "../../src/lib/workspace/workspace.ts";
import { pipeline } from "../../src/pipeline.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { releasedWorkspace } from "../support/released.ts";

/** The format that a next churn may have: the present one's versions and one more. */
function next<Old extends z.ZodObject, New extends z.ZodObject>(
  { version, schema, upgrades }: Format<Old>,
  grown: New,
  convert: (old: z.output<Old>) => z.input<New>,
): Format<New> {
  const known = { ...upgrades, [version]: upgrade(schema, grown, convert) };
  return defineFormat({ version: version + 1, schema: grown, upgrades: known });
}

const metrics = z.looseObject({ f1: z.number(), brier: z.number().nullable() });
const withBrier = <Metrics extends object>(old: Metrics) => ({ ...old, brier: null });

/** A metric more. */
const nextEvaluation = next(evaluation.format, evaluation.format.schema.extend({ metrics }), (old) => ({
  ...old,
  metrics: withBrier(old.metrics),
}));
const { new: newcomer, production } = comparison.format.schema.shape;
const nextComparison = next(
  comparison.format,
  comparison.format.schema.extend({
    new: newcomer.extend({ metrics }),
    production: production.unwrap().extend({ metrics: metrics.nullable() }).nullable(),
  }),
  (old) => ({
    ...old,
    new: { ...old.new, metrics: withBrier(old.new.metrics) },
    production: old.production && {
      ...old.production,
      metrics: old.production.metrics && withBrier(old.production.metrics),
    },
  }),
);
/** A key more. */
const nextPreprocessing = next(
  preprocessing.format,
  preprocessing.format.schema.extend({ missing: z.enum(["refused", "kept"]) }),
  (old) => ({ ...old, missing: "refused" as const }),
);

const NIGHT = "2026-11-21";

test("a night of 1.0.0 is compared by a churn whose evaluation has a metric more and whose preprocessing a key", async () => {
  await using released = await releasedWorkspace("1.0.0");
  const { root } = released;
  const opened = await openWorkspace(contextIn(root, quietTerminal().terminal));
  const { config, store } = opened;
  await using services = openServices(opened, () => {});
  const present: Stage = compare;
  const nextCompare: Stage = {
    ...present,
    needs: {
      ...compare.needs,
      evaluation: json(evaluation.key, nextEvaluation),
      preprocessing: json(preprocessing.key, nextPreprocessing),
    },
    previous: { ...compare.previous, comparison: json(comparison.key, nextComparison) },
  };
  const stages = pipeline.map((stage) => (stage.name === "compare" ? nextCompare : stage));
  const archive = { store, workspaceId: await ensureWorkspaceId(store), stages, redact: String };
  const again = nightOf(NIGHT, 2);
  await takeOver(archive, nightOf(NIGHT, 1), again, "compare");
  const { record } = await runStage(nextCompare, {
    archive,
    services,
    config,
    night: again,
    today: "2026-11-23",
    person: "maria",
    runId: "20261123T050000Z-0001",
    command: ["churn", "compare"],
    flags: {},
    force: false,
    reporter: { log: () => {}, progress: () => {}, notice: () => {} },
  });
  expect(record.inputs).toHaveProperty(["previous.comparison", "key"], "models/2026-11-20/comparison.json");

  const { outcome, reason, rows, improvement, ...before } = await readArtifact(root, comparison, NIGHT);
  expect(outcome).toBe("better");
  expect(await readArtifact(root, comparison, again.name)).toMatchObject({
    outcome,
    reason,
    rows,
    improvement,
    new: { model_digest: before.new.model_digest, metrics: { f1: before.new.metrics.f1 } },
    production: { version: 1, problem: null, metrics: { f1: before.production?.metrics?.f1 } },
  });
});

test("a model of 1.0.0 scores today's customers as it did, by a preprocessing with a key more", async () => {
  await using released = await releasedWorkspace("1.0.0");
  const { root } = released;
  const champion = join(root, "models", "2026-11-20", "model");
  const text = await readFile(join(champion, "preprocessing.json"), "utf8");
  const recipe = nextPreprocessing.read(JSON.parse(text), "preprocessing.json of version 1");
  expect(recipe.missing).toBe("refused");

  const { production, new: challenger } = await readArtifact(root, comparison, NIGHT);
  const today = await readArtifact(root, preprocessing, NIGHT);
  await using db = await openDatabase();
  const predictions = join(root, "models", NIGHT, "predictions.parquet");
  const booster = parseBooster(await readFile(join(champion, "model.json"), "utf8"), "model.json of version 1");
  const judged = await judgeProduction(
    db,
    {
      version: 1,
      model: { booster, recipe },
      digest: null,
      threshold: 0.5,
      recordedF1: null,
      problem: undefined,
      remedy: undefined,
      mended: undefined,
    },
    {
      customers: join(root, "raw", NIGHT, "customers.parquet"),
      recipe: today,
      testCustomers: await openTestCustomers(db, predictions, today),
      digest: challenger.model_digest,
      features: { path: "/nowhere", id: "customer_id", names: [] },
      trained: undefined,
      trustsSplit: false,
      limitSeconds: 60,
      scoring: ownScoring,
    },
  );
  expect(judged.verdict).toEqual({
    version: 1,
    kind: "scored",
    f1: production?.metrics?.f1,
    identical: false,
    sawTest: undefined,
  });
});
