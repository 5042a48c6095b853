import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test as base, describe, expect } from "vitest";
import type { Features } from "../../src/lib/compare/foreign.ts";
import { judgeProduction, type OpenedProduction, openProduction } from "../../src/lib/compare/production.ts";
import { openTestCustomers } from "../../src/lib/compare/test-customers.ts";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { CredentialsError, UnreachableError } from "../../src/lib/errors.ts";
import { parseBooster, requireTime } from "../../src/lib/model/booster.ts";
import { ownScoring, type Scoring } from "../../src/lib/model/scorer.ts";
import type { Preprocessing } from "../../src/lib/prepare/preprocessing.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { modelDigest } from "../../src/lib/tracking/model-files.ts";
import { modelFolder, withRunId } from "../../src/lib/tracking/model-folder.ts";
import { productionVersion } from "../../src/lib/tracking/production.ts";
import { readBucketFiles } from "../../src/lib/tracking/rest/s3-artifacts.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { type Contest, test as contestTest, EIGHT, recipe, recipeJson, said, stump } from "../support/contest.ts";
import { refusals, type S3Fault, startFaultyS3 } from "../support/faulty-s3.ts";
import { releasedWorkspace } from "../support/released.ts";
import { s3Settings } from "../support/s3-settings.ts";
import { modelName, newRun, test as trackingTest } from "../support/tracking-folder.ts";

/** A model folder as train writes it. */
function folderOf(modelJson: string, preprocessing: string): Map<string, Uint8Array> {
  return modelFolder({
    modelJson,
    preprocessing,
    features: ["years"],
    createdAt: new Date("2026-11-23T05:00:01.234Z"),
    modelUuid: "0123456789abcdef0123456789abcdef",
    metadata: { night: "2026-11-23" },
  });
}

/** Registers a model with such tags and puts it into Production. */
async function inProduction(
  tracking: Tracking,
  files: ReadonlyMap<string, Uint8Array>,
  versionTags: Readonly<Record<string, string>> = {},
) {
  const { runId, experimentId } = await tracking.createRun(newRun());
  const { modelUri } = await tracking.logModel(runId, withRunId(files, runId));
  const description = "night of 2026-11-23";
  const { version } = await tracking.createModelVersion({
    name: modelName,
    runId,
    source: modelUri,
    description,
    tags: versionTags,
  });
  await tracking.transitionStage(modelName, version, "Production");
  const production = productionVersion(await tracking.modelVersions(modelName), "both");
  if (production === undefined) throw new Error("nothing is in Production");
  return { production, folder: join(experimentId, runId, "artifacts", "model") };
}

const files = folderOf(stump("years", 3), recipeJson(recipe()));

/** How a bucket refuses, and what is said of it. */
const BUCKET_FAULTS: readonly [what: string, fault: S3Fault, says: string][] = [
  ["a denial", refusals.denied, "denies s3:ListBucket on s3://nights/1/model"],
  ["no such bucket", refusals.noBucket, "has no bucket nights"],
  ["another region (301)", refusals.moved, "the bucket nights is in the region eu-central-1"],
  ["another region (400)", refusals.wrongRegion, "the bucket nights is in the region eu-central-1"],
  ["a clock that differs", refusals.skewed, "this machine's clock differs"],
  ["a proxy's page", { html: 200 }, "is no S3"],
  ["a refusal of another name", { status: 400, code: "InvalidArgument" }, "refuses s3:ListBucket"],
];

/** Models of churn's own have their own way to their columns. */
const noFeatures: Features = { path: "/nowhere", id: "id", names: [] };

const sound = { problem: undefined, remedy: undefined, mended: undefined };

describe("the version in Production is opened", () => {
  trackingTest("with its own threshold and what it scored, as its tags say", async ({ tracking }) => {
    const digest = modelDigest(files);
    const { production } = await inProduction(tracking, files, {
      [tags.threshold]: "0.3",
      [tags.f1]: "0.5625",
      [tags.modelDigest]: digest,
    });
    const { model, ...opened } = await openProduction(tracking, production, 0.5);
    expect(opened).toEqual({ ...sound, version: 1, threshold: 0.3, recordedF1: 0.5625, digest });
    expect(model).toEqual({ recipe: recipe(), booster: parseBooster(stump("years", 3), "model.json") });
  });

  trackingTest("of somebody who left no tags with tonight's threshold and no F1", async ({ tracking }) => {
    const { production } = await inProduction(tracking, files);
    expect(await openProduction(tracking, production, 0.7)).toMatchObject({
      threshold: 0.7,
      recordedF1: null,
      digest: modelDigest(files),
      problem: undefined,
    });
  });

  trackingTest("likewise where a tag is no number", async ({ tracking }) => {
    const { production } = await inProduction(tracking, files, { [tags.threshold]: "high", [tags.f1]: "Infinity" });
    expect(await openProduction(tracking, production, 0.7)).toMatchObject({ threshold: 0.7, recordedF1: null });
  });
});

trackingTest(
  "a server that fails at its files, or lets nobody in, is no outcome: it tells nothing of them",
  async ({ tracking }) => {
    const { production } = await inProduction(tracking, files);
    for (const gone of [new UnreachableError("MLflow fails"), new CredentialsError("the credentials have expired")]) {
      const away = { ...tracking, downloadModel: () => Promise.reject(gone) };
      await expect(openProduction(away, production, 0.5)).rejects.toBe(gone);
    }
  },
);

trackingTest.for(BUCKET_FAULTS)(
  "nor is a bucket with its files that answers with %s",
  async ([, fault, said], { tracking }) => {
    await using server = await startFaultyS3();
    const { production } = await inProduction(tracking, files);
    server.put(fault, { times: Number.POSITIVE_INFINITY });
    const bucket = openBucket("nights", s3Settings(server.env, { deadline: "0s" }));
    const away = {
      ...tracking,
      downloadModel: () => readBucketFiles({ bucket, prefix: "1/model", address: "s3://nights/1/model" }),
    };
    await expect(openProduction(away, production, 0.5)).rejects.toThrow(said);
  },
);

trackingTest("nor is a server that can't say which threshold the version's run has", async ({ tracking }) => {
  const { production } = await inProduction(tracking, files, {
    [tags.threshold]: "damaged",
    [tags.modelDigest]: modelDigest(files),
    [tags.contentDigest]: "d".repeat(64),
    [tags.night]: "2026-11-23",
  });
  const gone = new UnreachableError("MLflow fails");
  const away = { ...tracking, getRun: () => Promise.reject(gone) };
  await expect(openProduction(away, production, 0.5)).rejects.toBe(gone);
});

describe("one that can't be read is an outcome and no error", () => {
  const known = { ...sound, version: 1, threshold: 0.3, recordedF1: 0.5625, model: undefined };
  const own = { [tags.threshold]: "0.3", [tags.f1]: "0.5625" };

  trackingTest("its files are not the ones that were registered", async ({ tracking }) => {
    const { production } = await inProduction(tracking, files, { ...own, [tags.modelDigest]: "d".repeat(64) });
    expect(await openProduction(tracking, production, 0.5)).toEqual({
      ...known,
      digest: modelDigest(files),
      problem: "its files were changed since version 1 was registered",
      remedy: `restore the files in ${production.source} from a backup`,
    });
  });

  trackingTest("one of its tags is no file that could be read", async ({ tracking, root }) => {
    const sayings = { ...own, [tags.modelDigest]: modelDigest(files) };
    const { production } = await inProduction(tracking, files, sayings);
    for (const [tag, value] of Object.entries(sayings)) {
      const place = join(root, "models", modelName, "version-1", "tags", tag);
      await rm(place);
      execFileSync("mkfifo", [place]);
      expect(await openProduction(tracking, production, 0.5)).toMatchObject({
        model: undefined,
        problem: expect.stringContaining(tag),
      });
      await rm(place);
      await writeFile(place, value);
    }
  });

  trackingTest("its files are gone", async ({ tracking, root }) => {
    const { production, folder } = await inProduction(tracking, files, own);
    await rm(join(root, folder), { recursive: true });
    expect(await openProduction(tracking, production, 0.5)).toEqual({
      ...known,
      digest: null,
      problem: `the files of churn-model version 1 are not in ${root}: no model at ${production.source}`,
    });
  });

  trackingTest("its trees are no longer those that its MLmodel names", async ({ tracking, root }) => {
    const { production, folder } = await inProduction(tracking, files, own);
    for (const file of ["preprocessing.json", "model.json"]) await rm(join(root, folder, file));
    expect(await openProduction(tracking, production, 0.5)).toEqual({
      ...known,
      digest: null,
      problem: "version 1 has no model.json, which its MLmodel names",
    });
  });

  trackingTest("but a defect stays one", async ({ tracking }) => {
    const { production } = await inProduction(tracking, files, own);
    const broken = { ...tracking, downloadModel: () => Promise.reject(new TypeError("a defect")) };
    await expect(openProduction(broken, production, 0.5)).rejects.toThrow(new TypeError("a defect"));
  });
});

describe("the version in Production is judged on tonight's test customers", () => {
  const PREDICTIONS = `SELECT id, CAST(churned AS UTINYINT) AS churned, CAST(p AS FLOAT) AS probability FROM (VALUES
    ('a', 1, 0.9), ('b', 1, 0.4), ('c', 0, 0.1), ('d', 0, 0.6), ('e', 1, 0.2)) AS t(id, churned, p)`;

  function opened(change: Partial<OpenedProduction> = {}, own: Preprocessing = recipe()): OpenedProduction {
    return {
      version: 3,
      // Probability 0.8 below three years: a, b, c, d; e has more.
      model: { recipe: own, booster: parseBooster(stump("years", 3), "model.json") },
      digest: "3".repeat(64),
      threshold: 0.5,
      recordedF1: 0.9,
      problem: undefined,
      remedy: undefined,
      mended: undefined,
      ...change,
    };
  }

  async function judge(
    { db, parquet }: Contest,
    production: OpenedProduction,
    {
      predictions = PREDICTIONS,
      customers = EIGHT,
      through = db,
      features = noFeatures,
      trained,
      trustsSplit = false,
      today = recipe(),
      scoring = ownScoring,
      limitSeconds = 60,
    }: Partial<Night> = {},
  ) {
    const testCustomers = await openTestCustomers(db, await parquet("predictions.parquet", predictions), recipe());
    return judgeProduction(through, production, {
      customers: await parquet("customers.parquet", customers),
      recipe: today,
      testCustomers,
      digest: "1".repeat(64),
      features,
      trained,
      trustsSplit,
      limitSeconds,
      scoring,
    });
  }
  interface Night {
    readonly features: Features;
    readonly trained: string;
    readonly trustsSplit: boolean;
    readonly today: Preprocessing;
    readonly predictions: string;
    readonly customers: string;
    readonly through: Database;
    readonly scoring: Scoring;
    readonly limitSeconds: number;
  }

  contestTest("by its own preprocessing", async ({ contest }) => {
    // a and b are hits, c and d false alarms, e is missed.
    const f1 = (2 * 2) / (2 * 2 + 2 + 1);
    const { verdict, report } = await judge(contest, opened());
    expect(verdict).toEqual({ version: 3, kind: "scored", f1, identical: false, sawTest: undefined });
    expect(report).toEqual({
      version: 3,
      model_digest: "3".repeat(64),
      threshold: 0.5,
      recorded_f1: 0.9,
      metrics: expect.objectContaining({ f1, accuracy: 0.4, precision: 0.5, recall: 2 / 3 }),
      problem: null,
    });
  });

  contestTest("at its own threshold", async ({ contest }) => {
    // Above 0.1 everyone is predicted to churn.
    const f1 = (2 * 3) / (2 * 3 + 2);
    expect(await judge(contest, opened({ threshold: 0.1 }))).toMatchObject({
      verdict: { kind: "scored", f1 },
      report: { threshold: 0.1, metrics: { f1 } },
    });
  });

  contestTest("and is the same model as the newcomer where its files are", async ({ contest }) => {
    expect(await judge(contest, opened({ digest: "1".repeat(64) }))).toMatchObject({ verdict: { identical: true } });
  });

  contestTest("or where it gives each customer the newcomer's probability", async ({ contest }) => {
    const [below, above] = said(stump("years", 3), 1, 4);
    const predictions = `SELECT * REPLACE (CASE id WHEN 'e' THEN ${above} ELSE ${below} END AS probability) FROM (${PREDICTIONS})`;
    expect(await judge(contest, opened({ digest: null }), { predictions })).toMatchObject({
      verdict: { identical: true },
    });
  });

  contestTest("unless it may have been trained on them: then it says how", async ({ contest }) => {
    const problem = 'its split has salt "x", today\'s has "churn"';
    const own = recipe({ split: { ...recipe().split, salt: "x" } });
    expect(await judge(contest, opened({}, own))).toMatchObject({
      verdict: { kind: "scored", f1: 4 / 7, sawTest: problem },
      report: { problem, metrics: { f1: 4 / 7 } },
    });
  });

  function unscorable(problem: string, change: Partial<Awaited<ReturnType<typeof judge>>["report"]> = {}) {
    return {
      verdict: { version: 3, kind: "unscorable", problem },
      report: {
        version: 3,
        model_digest: "3".repeat(64),
        threshold: 0.5,
        recorded_f1: 0.9,
        metrics: null,
        problem,
        ...change,
      },
    };
  }

  contestTest("and can't be where its files could not be read", async ({ contest }) => {
    const problem = "version 3 has no preprocessing.json: churn did not train it";
    const unread = { model: undefined, digest: null, problem };
    expect(await judge(contest, opened(unread))).toEqual(unscorable(problem, { model_digest: null }));
  });

  contestTest("nor where it predicts something else", async ({ contest }) => {
    const own = recipe({ dataset: { ...recipe().dataset, target: { column: "state", positive: "cancelled" } } });
    expect(await judge(contest, opened({}, own))).toEqual(
      unscorable('it predicts state = "cancelled", today\'s is churned = true'),
    );
  });

  contestTest("which another name or spelling of the label is not", async ({ contest }) => {
    const own = recipe({ dataset: { ...recipe().dataset, target: { column: "left", positive: 1 } } });
    expect(await judge(contest, opened({}, own))).toMatchObject({ verdict: { kind: "scored", f1: 4 / 7 } });
  });

  contestTest("nor where today's customers lack what it needs", async ({ contest }) => {
    const customers = `SELECT id, plan, churned FROM (${EIGHT})`;
    expect(await judge(contest, opened(), { customers })).toEqual(
      unscorable("preprocessing.json of version 3 needs the column tenure, which the customers don't have any more"),
    );
  });

  contestTest(
    "nor where a column of its is the target, text, or refused by DuckDB, whose words are cut before a value",
    async ({ contest }) => {
      const judgeFeature = async (feature: string, change: Partial<Preprocessing> = {}) => {
        await contest.db.run("DROP TABLE IF EXISTS test_customers");
        const model = { recipe: recipe(change), booster: parseBooster(stump(feature, 1), "model.json") };
        // Each of them gets a database of its own: scoring shuts it.
        await using db = await openDatabase();
        const { verdict } = await judge({ ...contest, db }, opened({ model }));
        return verdict.kind === "unscorable" ? verdict.problem : verdict.kind;
      };
      const leak = "preprocessing.json of version 3 makes a feature of churned, which is what is predicted";
      expect(await judgeFeature("churned")).toBe(leak);
      const derived = (expression: string) => ({ derive: [{ name: "made", expression, role: "numeric" as const }] });
      expect(await judgeFeature("made", derived("CASE WHEN churned THEN 1 ELSE 0 END"))).toBe(leak);
      expect(await judgeFeature("plan")).toBe("version 3 has the feature plan, which is VARCHAR and no number");
      expect(await judgeFeature("id")).toBe("version 3 has the feature id, which is VARCHAR and no number");
      expect(await judgeFeature("made", derived("sha256(plan)"))).toContain("which is VARCHAR and no number");
      const other = { column: "nosuch", categories: [{ value: "a", name: "nosuch_a" }], other: null };
      expect(await judgeFeature("nosuch_a", { one_hot: [other] })).toBe(
        "preprocessing.json of version 3 makes categories of a column nosuch, which it doesn't have",
      );
      const nul = { column: "plan", categories: [{ value: "a\0b", name: "plan_a" }], other: null };
      expect(await judgeFeature("plan_a", { one_hot: [nul] })).toBe(
        "preprocessing.json of version 3 has a U+0000 in it",
      );
      const refused = await judgeFeature("made", derived("CAST(plan AS INTEGER)"));
      expect(refused).toContain("fails on these customers");
      expect(refused).not.toContain("basic");
    },
  );

  describe("a model that was split by the same column", () => {
    const byColumn = recipe({ split: { ...recipe().split, method: "column", column: "part", test_value: "test" } });
    const saw = async (contest: Contest, night: Partial<Night>) => {
      const { verdict } = await judge(contest, opened({}, byColumn), { today: byColumn, ...night });
      return verdict.kind === "scored" ? verdict.sawTest : verdict.kind;
    };

    const trained = (contest: Contest, ids: string) =>
      contest.parquet("customers_train.parquet", `SELECT unnest([${ids}]) AS id`);

    contestTest("has seen none of them where nobody changed sides", async ({ contest }) => {
      expect(await saw(contest, { trained: await trained(contest, "'x', 'y', NULL") })).toBeUndefined();
    });

    contestTest("and those who did where some have, whoever vouches for the split", async ({ contest }) => {
      expect(await saw(contest, { trained: await trained(contest, "'x', 'b', 'e'"), trustsSplit: true })).toBe(
        "2 of 5 were on the train side of its own night (a customer's part has to stay the same)",
      );
    });

    contestTest("is vouched for where its night's files are gone", async ({ contest }) => {
      expect(await saw(contest, { trustsSplit: true })).toBeUndefined();
    });

    contestTest("or a person has to judge", async ({ contest }) => {
      expect(await saw(contest, {})).toBe(
        "the files of its night would tell which customers trained it, and this store doesn't have them (compare.trust_split)",
      );
    });
  });

  describe("a model of somebody else's is scored by tonight's features of the same names", () => {
    const model = { booster: parseBooster(stump("years", 3), "model.json"), recipe: undefined };
    const foreign = opened({ model, digest: null });
    const featuresOf = async ({ parquet }: Contest, names = ["other", "years"]): Promise<Features> => ({
      path: await parquet(
        "test.parquet",
        `SELECT id, CAST(tenure / 12 AS FLOAT) AS years, 1.0::FLOAT AS other FROM (${EIGHT}) WHERE id IS NOT NULL ORDER BY id DESC`,
      ),
      id: "id",
      names,
    });
    const own = opened({ model: { ...model, recipe: recipe() }, digest: null });
    const byColumn = recipe({
      split: { ...recipe().split, method: "column", column: "part", test_value: "test" },
    });

    contestTest("whose split nobody knows", async ({ contest }) => {
      const { verdict } = await judge(contest, foreign, { features: await featuresOf(contest) });
      expect(verdict).toMatchObject({
        kind: "scored",
        sawTest: "nobody but its maker knows which customers trained it (compare.trust_split)",
      });
    });

    contestTest(
      "or is vouched for; its figures are those that its own preprocessing would give",
      async ({ contest }) => {
        const features = await featuresOf(contest);
        const trusted = await judge(contest, foreign, { features, trustsSplit: true, today: byColumn });
        expect(trusted.verdict).toMatchObject({ kind: "scored", sawTest: undefined });
        await contest.db.run("DROP TABLE test_customers");
        expect(trusted.report.metrics).toEqual((await judge(contest, own)).report.metrics);
      },
    );

    contestTest("which nobody can vouch for where churn splits by its own hash", async ({ contest }) => {
      const { verdict } = await judge(contest, foreign, { features: await featuresOf(contest), trustsSplit: true });
      expect(verdict).toMatchObject({
        kind: "scored",
        sawTest:
          "nobody but its maker knows which customers trained it (compare.trust_split takes split: { method: column })",
      });
    });

    contestTest("and isn't where one of them is missing", async ({ contest }) => {
      const { verdict } = await judge(contest, foreign, { features: await featuresOf(contest, ["other"]) });
      expect(verdict).toMatchObject({
        kind: "unscorable",
        problem: "version 3 was trained on years, which tonight's features lack",
      });
    });
  });

  contestTest(
    "nor where that takes longer than it may, whether or not DuckDB can be interrupted",
    async ({ contest }) => {
      const slow = "list_sum(range(300000000)) + tenure";
      const derive = [{ name: "made", expression: slow, role: "numeric" as const }];
      const model = { recipe: recipe({ derive }), booster: parseBooster(stump("made", 1), "model.json") };
      const testCustomers = await openTestCustomers(
        contest.db,
        await contest.parquet("predictions.parquet", PREDICTIONS),
        recipe(),
      );
      const { verdict } = await judgeProduction(contest.db, opened({ model }), {
        customers: await contest.parquet("customers.parquet", EIGHT),
        recipe: recipe(),
        testCustomers,
        digest: "1".repeat(64),
        features: noFeatures,
        trained: undefined,
        trustsSplit: false,
        limitSeconds: 0.3,
        scoring: ownScoring,
      });
      expect(verdict).toMatchObject({
        kind: "unscorable",
        problem: "scoring version 3 takes longer than its limit of 0.3 s",
      });
    },
  );

  contestTest("nor where its trees take longer than it may", async ({ contest }) => {
    const slow: Scoring = {
      ...ownScoring,
      open: async (model, work) => ({
        ...(await ownScoring.open(model, work)),
        margins: (_values, _into, deadline) => afterDeadline(deadline),
      }),
    };
    const { verdict } = await judge(contest, opened(), { scoring: slow, limitSeconds: 0.2 });
    expect(verdict).toMatchObject({
      kind: "unscorable",
      problem: "scoring version 3 takes longer than its limit of 0.2 s",
    });
  });

  contestTest("but a defect stays one", async ({ contest }) => {
    const through = { ...contest.db, run: () => Promise.reject(new TypeError("a defect")) };
    await expect(judge(contest, opened(), { through })).rejects.toThrow(new TypeError("a defect"));
  });
});

/** What a scorer does that notices between two trees that the time is over. */
async function afterDeadline(deadline: number): Promise<void> {
  while (performance.now() <= deadline) await setTimeout(10);
  await setTimeout(50);
  requireTime(deadline);
}

interface Released {
  /** Reads the model in Production, as compare does. */
  open(): ReturnType<typeof openProduction>;
  /** Changes one of its files in the registry. */
  change(file: string, change: (text: string) => string): Promise<void>;
  /** Takes away what tells that a file was changed. */
  forgetDigest(): Promise<void>;
}

const test = base.extend<{ released: Released }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  released: async ({}, use) => {
    await using workspace = await releasedWorkspace("1.0.0");
    const root = join(workspace.root, "mlruns");
    const tracking = openFolder(root);
    const production = productionVersion(await tracking.modelVersions("churn-model"), "both");
    if (production?.runId == null) throw new Error("no model of a run is in Production");
    const { experimentId } = (await tracking.getRun(production.runId)) ?? {};
    const folder = join(root, experimentId ?? "", production.runId, "artifacts", "model");
    await use({
      open: () => openProduction(tracking, production, 0.5),
      forgetDigest: () => rm(join(root, "models/churn-model/version-1/tags", tags.modelDigest)),
      change: async (file, change) => {
        const path = join(folder, file);
        await writeFile(path, change(await readFile(path, "utf8")));
      },
    });
  },
});

const writtenBy = (churn: string) => (text: string) =>
  text.replace('"schema_version": 1,', `"schema_version": 99, "churn_version": "${churn}", "unheard_of": true,`);

test("a model that 1.0.0 registered is read, with what its version says of it", async ({ released }) => {
  expect(await released.open()).toMatchObject({
    version: 1,
    threshold: 0.5,
    recordedF1: 0.49382716049382713,
    problem: undefined,
    model: { recipe: { dataset: { id: "customer_id" }, split: { method: "customer", cuts: null } } },
  });
});

test("a model that a newer churn trained is no unscorable one: the night ends, and the sentence names both churns", async ({
  released,
}) => {
  await released.forgetDigest();
  await released.change("preprocessing.json", writtenBy("9.4.0"));
  await released.change("model.json", () => '{"a": "kind of model that is not known yet"}');
  await expect(released.open()).rejects.toMatchObject({
    exitCode: 2,
    message: `preprocessing.json of version 1 was written by churn 9.4.0, this is churn ${VERSIONS.churn}`,
    hint: "install the newer churn again",
  });
});

test("a model that 1.0.0 registered and somebody changed is damaged, and the store of its night can help", async ({
  released,
}) => {
  await released.change("preprocessing.json", (text) => text.replace('"salt": "churn"', '"salt": "other"'));
  expect(await released.open()).toMatchObject({
    model: undefined,
    problem: "its files were changed since version 1 was registered",
    remedy: expect.stringMatching(/^restore the files in .* from a backup, or all but MLmodel from models\/20/),
  });
});

test("a model whose preprocessing is damaged can't be scored, and the field is named", async ({ released }) => {
  await released.forgetDigest();
  await released.change("preprocessing.json", (text) => text.replace('"salt": "churn"', '"salt": 1'));
  expect(await released.open()).toMatchObject({
    model: undefined,
    problem: "preprocessing.json of version 1 is damaged: split.salt: Invalid input: expected string, received number",
  });
});
