import { openSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requireComparedProduction } from "../../src/lib/tracking/candidate.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { withFolderLock } from "../../src/lib/tracking/folder/lock.ts";
import { readModelFiles } from "../../src/lib/tracking/folder/model-reader.ts";
import {
  checkAlias,
  checkExperimentName,
  checkKey,
  checkModelName,
  checkParam,
  checkRunId,
} from "../../src/lib/tracking/limits.ts";
import { addLoggedModel } from "../../src/lib/tracking/logged-models.ts";
import { refuseForgottenVersions, refuseLostRegistry } from "../../src/lib/tracking/lost-registry.ts";
import { modelDigest } from "../../src/lib/tracking/model-files.ts";
import { withRunId } from "../../src/lib/tracking/model-folder.ts";
import { requireAddresses } from "../../src/lib/tracking/open.ts";
import { productionVersion } from "../../src/lib/tracking/production.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import { requireRegisteredContent, requireSameFiles } from "../../src/lib/tracking/registered-content.ts";
import { planRollback } from "../../src/lib/tracking/rollback.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelStage, Tracking } from "../../src/lib/tracking/tracking.ts";
import { tryFlock } from "../../src/lib/workspace/native.ts";
import { earlier } from "../support/earlier-night.ts";
import { event } from "../support/ledger-events.ts";
import { modelName, newRun, registerVersion, registry, smallModel } from "../support/tracking-folder.ts";
import type { Row } from "./row.ts";
import { trackingServer } from "./tracking-server.ts";

const DATE = "2026-11-23";

/** With a tracking folder. */
function inFolder(act: (tracking: Tracking, root: string) => unknown) {
  return async (folder: string) => {
    const root = join(folder, "mlruns");
    await act(openFolder(root), root);
  };
}

/** With a version in a stage. */
function withVersion(stage: ModelStage, act: (tracking: Tracking, root: string) => unknown) {
  return inFolder(async (tracking, root) => {
    const { version } = await registerVersion(tracking, "a");
    if (stage !== "None") await tracking.transitionStage(modelName, version, stage);
    await act(tracking, root);
  });
}

const promotion = (tracking: Tracking, version = 1) => planPromotion(tracking, registry, version);
const versionMeta = (root: string) => join(root, "models", modelName, "version-1/meta.yaml");
export const tracking: readonly Row[] = [
  // Names and values
  {
    cause: "a param's key that is too long",
    by: () => checkKey("param", "x".repeat(251)),
    code: 2,
    says: 'param key "……" has 251 characters, MLflow takes at most 250',
    next: "another name in churn.yaml",
  },
  {
    cause: "a key with a sign that MLflow refuses",
    by: () => checkKey("metric", "gain%"),
    code: 2,
    says: 'metric key "gain%": MLflow allows letters, digits, spaces and _ - . : /',
    next: "another name in churn.yaml",
  },
  {
    cause: "a key that leads out of its folder",
    by: () => checkKey("tag", "../x"),
    code: 2,
    says: 'tag key "../x": the parts between / must not be empty, "." or ".."',
    next: "another name in churn.yaml",
  },
  {
    cause: "a key that is too long for a file",
    by: () => checkKey("param", "é".repeat(200)),
    code: 2,
    says: 'param key "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…" is longer than a file name may be (255 bytes)',
    next: "another name in churn.yaml",
  },
  {
    cause: "a param's value that is too long",
    by: () => checkParam("features", "x".repeat(6001)),
    code: 2,
    says: "param features has 6,001 characters, MLflow takes at most 6,000",
    next: "a shorter one: look at churn.yaml",
  },
  {
    cause: "a run's id that is none",
    by: () => checkRunId("../x"),
    code: 4,
    says: '"../x" is no MLflow run id (letters, digits, _ and -)',
    next: "MLflow's page shows it",
  },
  {
    cause: "an experiment without a name",
    by: () => checkExperimentName(" "),
    code: 2,
    says: "the experiment's name is empty",
    next: "set tracking.experiment in churn.yaml",
  },
  {
    cause: "an experiment with an apostrophe",
    by: () => checkExperimentName("churn's"),
    code: 2,
    says: "experiment \"churn's\": MLflow can't look up a name with a '",
    next: "set tracking.experiment in churn.yaml to another name",
  },
  {
    cause: "a model's name with a slash",
    by: () => checkModelName("a/b"),
    code: 2,
    says: '"a/b" can\'t name a registered model: it must not be empty or hold / : % \\',
    next: "set register.model in churn.yaml",
  },
  {
    cause: "a model's name that is too long",
    by: () => checkModelName("x".repeat(256)),
    code: 2,
    says: "the registered model's name is longer than 255 bytes",
    next: "set register.model in churn.yaml",
  },
  {
    cause: "an alias that MLflow keeps for itself",
    by: () => checkAlias("latest"),
    code: 2,
    says: '"latest" can\'t be an alias: letters, digits, _ and - are allowed, latest and v1 are reserved',
    next: "another name in churn.yaml",
  },

  // Runs
  {
    cause: "a run that isn't there",
    by: inFolder((tracking) => tracking.logModel("a".repeat(32), smallModel())),
    code: 4,
    says: "MLflow run aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is not in FOLDER/mlruns",
    next: "churn train --force makes a new one",
  },
  {
    cause: "a param that is there with another value",
    by: inFolder(async (tracking) => {
      const { runId } = await tracking.createRun(newRun());
      await tracking.logBatch(runId, { params: { rounds: "1" } });
      await tracking.logBatch(runId, { params: { rounds: "2" } });
    }),
    code: 2,
    says: 'param rounds of MLflow run FOLDER/mlruns/… is "1" already, not "2"',
    next: "MLflow keeps a param for good: other params belong to another run",
  },
  {
    cause: "a damaged metric",
    by: inFolder(async (tracking, root) => {
      const { runId, experimentId } = await tracking.createRun(newRun());
      await writeFile(join(root, experimentId, runId, "metrics/f1"), "half");
      await tracking.logBatch(runId, { metrics: [{ key: "f1", value: 0.5, timestamp: 1, step: 0 }] });
    }),
    code: 5,
    says: 'FOLDER/mlruns/…/metrics/f1 is damaged: "half" is no time, value and step',
    next: "restore this file from a backup, or remove it",
  },
  {
    cause: "a metric whose key begins another one",
    by: inFolder(async (tracking) => {
      const { runId } = await tracking.createRun(newRun());
      const metric = (key: string) => ({ metrics: [{ key, value: 1, timestamp: 1, step: 0 }] });
      await tracking.logBatch(runId, metric("val/auc"));
      await tracking.logBatch(runId, metric("val"));
    }),
    code: 5,
    says: "FOLDER/mlruns/…/metrics/val can't be written: a file and a folder of MLflow's layout have the same name",
    next: "is there a key that is the beginning of another one (val and val/…)?",
  },
  {
    cause: "a run whose meta.yaml is gone",
    by: inFolder(async (tracking, root) => {
      const run = newRun();
      const { runId, experimentId } = await tracking.createRun(run);
      await rm(join(root, experimentId, runId, "meta.yaml"));
      await tracking.createRun(run);
    }),
    code: 4,
    says: "FOLDER/mlruns/…/meta.yaml is missing",
    next: "restore it from a backup, or churn train --force logs the model again",
  },
  {
    cause: "a run whose meta.yaml is empty",
    by: inFolder(async (tracking, root) => {
      const { runId, experimentId } = await tracking.createRun(newRun());
      await writeFile(join(root, experimentId, runId, "meta.yaml"), "");
      await tracking.getRun(runId);
    }),
    code: 5,
    says: "FOLDER/mlruns/…/meta.yaml is damaged: it is empty",
    next: "restore this file from a backup, or move its folder away",
  },
  {
    cause: "an experiment that was deleted in MLflow",
    by: inFolder(async (tracking, root) => {
      const { experimentId } = await tracking.createRun(newRun());
      const meta = join(root, experimentId, "meta.yaml");
      await writeFile(
        meta,
        (await readFile(meta, "utf8"))
          .replace('"active"', '"deleted"')
          .replace("lifecycle_stage: active", "lifecycle_stage: deleted"),
      );
      await mkdir(join(root, ".trash"), { recursive: true });
      await rename(join(root, experimentId), join(root, ".trash", experimentId));
      await tracking.createRun(newRun());
    }),
    code: 2,
    says: "experiment churn in FOLDER/mlruns was deleted",
    next: "restore it in MLflow, or set tracking.experiment in churn.yaml to another name",
  },
  {
    cause: "a file in the place of the tracking folder",
    by: inFolder(async (tracking, root) => {
      await writeFile(root, "");
      await tracking.modelVersions(modelName);
    }),
    code: 5,
    says: "FOLDER/mlruns/models/churn-model/aliases is a file, where MLflow's layout has a folder",
    next: "move it away, then run it again",
  },
  {
    cause: "a tracking folder that is locked for long",
    by: inFolder(async (_, root) => {
      await mkdir(root);
      const file = join(root, ".churn.lock");
      await writeFile(file, "process 1, since 2026-11-23T05:00:00.000Z\n");
      await tryFlock(openSync(file, "r+"), file);
      await withFolderLock(root, async () => {}, 20);
    }),
    code: 5,
    says: "FOLDER/mlruns/.churn.lock has been locked for 0.02 s, by process 1, since 2026-11-23T05:00:00.000Z",
    next: "run it again when that process has ended",
  },

  // Model folders
  {
    cause: "a model folder without MLmodel",
    by: () => addLoggedModel(undefined, "a", "model", new Map()),
    code: 4,
    says: "the model folder has no file MLmodel",
    next: "churn train --force",
  },
  {
    cause: "a model folder whose MLmodel is damaged",
    by: () => addLoggedModel(undefined, "a", "model", new Map([["MLmodel", Buffer.from("[")]])),
    code: 4,
    says: "the model folder's MLmodel is damaged",
    next: "churn train --force",
  },
  {
    cause: "a model folder without model.json",
    by: () => modelDigest(new Map()),
    code: 4,
    says: "the model folder has no file model.json",
    next: "churn train --force",
  },
  {
    cause: "a model folder without MLmodel, for its run's id",
    by: () => withRunId(new Map(), "a"),
    code: 4,
    says: "the model folder has no file MLmodel",
    next: "churn train --force",
  },

  // Versions
  {
    cause: "a version that isn't there",
    by: inFolder((tracking) => tracking.transitionStage(modelName, 7, "Staging")),
    code: 4,
    says: "churn-model has no version 7 in FOLDER/mlruns",
    next: "churn models shows those that exist",
  },
  {
    cause: "a version of a run without a model",
    by: inFolder(async (tracking) => {
      const { runId, artifactUri } = await tracking.createRun(newRun());
      await tracking.createModelVersion({
        name: modelName,
        runId,
        source: `${artifactUri}/model`,
        description: "",
        tags: {},
      });
    }),
    code: 4,
    says: "file://FOLDER/mlruns/…/artifacts/model holds no model in FOLDER/mlruns",
    next: "churn train --force logs it again",
  },
  {
    cause: "a version that another program makes at the same time",
    by: inFolder(async (tracking, root) => {
      await mkdir(join(root, "models", modelName), { recursive: true });
      await writeFile(join(root, "models", modelName, "version-1"), "");
      await registerVersion(tracking, "a");
    }),
    code: 5,
    says: "another program made version 1 of churn-model in FOLDER/mlruns just now",
    next: "run it again",
  },
  {
    cause: "a version whose files are gone",
    by: withVersion("Staging", async (tracking, root) => {
      const [version] = await tracking.modelVersions(modelName);
      if (version === undefined) return;
      const run = await tracking.getRun(version.runId ?? "");
      await rm(join(root, run?.experimentId ?? "", version.runId ?? "", "artifacts"), { recursive: true });
      await tracking.downloadModel(version);
    }),
    code: 5,
    says: "the files of churn-model version 1 are not in FOLDER/mlruns: no model at file://FOLDER/mlruns/…/artifacts/model",
    next: "restore them from a backup, or promote another version: churn models",
  },
  {
    cause: "a version whose meta.yaml is gone",
    by: withVersion("Production", async (tracking, root) => {
      await rm(versionMeta(root));
      await tracking.modelVersions(modelName);
    }),
    code: 5,
    says: "FOLDER/mlruns/models/churn-model/version-1/meta.yaml is missing",
    next: "restore this file from a backup, or move its folder away",
  },
  {
    cause: "a version whose meta.yaml is damaged",
    by: withVersion("Production", async (tracking, root) => {
      await writeFile(versionMeta(root), "version: one\n");
      await tracking.modelVersions(modelName);
    }),
    code: 5,
    says: "FOLDER/mlruns/models/churn-model/version-1/meta.yaml is damaged: name: missing",
    next: "restore this file from a backup, or move its folder away",
  },

  // Promotion
  {
    cause: "a promotion without any version",
    by: inFolder((tracking) => promotion(tracking)),
    code: 2,
    says: "churn-model has no versions in FOLDER/mlruns",
    next: "churn run-all makes one and registers it",
  },
  {
    cause: "a promotion of a version that isn't there",
    by: withVersion("Staging", (tracking) => promotion(tracking, 2)),
    code: 2,
    says: "churn-model has no version 2; it has 1",
    next: "churn models",
  },
  {
    cause: "a promotion of what is in Production",
    by: withVersion("Production", async (tracking) => {
      await tracking.setAlias(modelName, "champion", 1);
      await promotion(tracking);
    }),
    code: 2,
    says: "churn-model version 1 is in Production already",
    next: "churn models",
  },
  {
    cause: "a promotion of a version in no stage",
    by: inFolder(async (tracking) => {
      await registerVersion(tracking, "a", { [tags.modelDigest]: "d" });
      await promotion(tracking);
    }),
    code: 2,
    says: "churn-model version 1 is in no stage yet: register puts a version into Staging",
    next: "what can be promoted: no version at the moment (one in Staging or Archived)",
  },
  {
    cause: "two promotions at once",
    by: withVersion("Staging", async (tracking) => {
      await registerVersion(tracking, "b");
      const plan = await promotion(tracking);
      await tracking.transitionStage(modelName, 2, "Production");
      await promote(tracking, plan, { by: "maria", at: new Date(0) });
    }),
    code: 5,
    says: "somebody else promoted at the same time: version 2 of churn-model is in Production now, not version 1",
    next: "churn models shows the stages",
  },

  // What is in production, and back
  {
    cause: "a registry whose stage and alias name two",
    by: withVersion("Production", async (tracking) => {
      await registerVersion(tracking, "b");
      await tracking.setAlias(modelName, "champion", 2);
      productionVersion(await tracking.modelVersions(modelName), "both");
    }),
    code: 2,
    says: "two versions of churn-model are in production: version 1 by its stage Production, version 2 by its alias champion",
    next: "to have version 1, also where its promotion was cut short: churn promote --version 1\nto have version 2: churn promote --version 2",
  },
  {
    cause: "a promotion of a rejected version",
    by: withVersion("Archived", async (tracking) => {
      await tracking.setModelVersionTags(modelName, 1, { [tags.rejected]: "too eager", [tags.rejectedBy]: "maria" });
      await promotion(tracking);
    }),
    code: 2,
    says: "churn-model version 1 was rejected by maria: too eager",
    next: "to promote it all the same: churn promote --version 1 --force",
  },
  {
    cause: "a rollback with nothing in production",
    by: withVersion("Staging", (tracking) => planRollback(tracking, registry, undefined)),
    code: 2,
    says: "no version of churn-model is in production, so there is nothing to roll back",
    next: "churn models shows what can be promoted",
  },
  {
    cause: "a rollback with nothing that was in production before",
    by: withVersion("Production", (tracking) => planRollback(tracking, registry, undefined)),
    code: 2,
    says: "no version of churn-model is known that was in production before version 1 and was not rejected",
    next: "churn rollback --to N takes any version: churn models shows them",
  },

  // The registry between nights
  {
    cause: "a registry that lost its newest version",
    by: withVersion("Production", async (tracking) =>
      refuseLostRegistry(tracking, await tracking.modelVersions(modelName), earlier(2, 3), {
        model: modelName,
        date: DATE,
        via: "both",
      }),
    ),
    code: 2,
    says: "the registry at FOLDER/mlruns has no version 3 of churn-model, which an earlier night saw there",
    next: "is tracking.uri right? If the registry was emptied on purpose: churn run-all --date 2026-11-23 --accept-empty-registry",
  },
  {
    cause: "a registry that lost what only the ledger knows",
    by: withVersion("Staging", async (tracking) =>
      refuseForgottenVersions(
        tracking,
        await tracking.modelVersions(modelName),
        async () => [event("promoted", { version: 3 })],
        { model: modelName, date: DATE, via: "both", now: new Date("2026-11-24T12:00:00Z") },
      ),
    ),
    code: 2,
    says: "the registry at FOLDER/mlruns has no version 3 of churn-model, of which the ledger tells",
    next: "is tracking.uri right? If the registry was emptied on purpose: churn run-all --date 2026-11-23 --accept-empty-registry",
  },
  {
    cause: "a registry that lost its Production",
    by: withVersion("Staging", async (tracking) =>
      refuseLostRegistry(tracking, await tracking.modelVersions(modelName), earlier(1, 1), {
        model: modelName,
        date: DATE,
        via: "both",
      }),
    ),
    code: 2,
    says: "the registry at FOLDER/mlruns has no Production version of churn-model, but version 1 was there on an earlier night",
    next: "is tracking.uri right? If the registry was emptied on purpose: churn run-all --date 2026-11-23 --accept-empty-registry",
  },
  {
    cause: "another Production than compare judged",
    by: withVersion("Production", async (tracking) =>
      requireComparedProduction(await tracking.modelVersions(modelName), earlier(null, 1).comparison, {
        model: modelName,
        date: DATE,
        via: "both",
      }),
    ),
    code: 4,
    says: "Production of churn-model is version 1 now, but compare judged none",
    next: "churn compare --date 2026-11-23",
  },
  {
    cause: "a model folder of thousands of files",
    by: (root) => readModelFiles(root, new Array<string>(1001).fill("model.json")),
    code: 5,
    says: "FOLDER has 1001 files, and at most 1000 are read of a model folder",
    next: "what else lies in it belongs elsewhere",
  },
  {
    cause: "a registered file that is another one",
    by: () =>
      requireSameFiles(new Map([["model.json", Buffer.alloc(0)]]), smallModel(), "version 4 of churn-model", DATE),
    code: 5,
    says: "version 4 of churn-model was registered, but read back it has no MLmodel",
    next: "is the artifact store sound? churn run-all --date 2026-11-23 --from train logs it again",
  },
  {
    cause: "a version whose files were changed",
    by: inFolder(async (tracking) => {
      const version = await registerVersion(tracking, "a", { [tags.modelDigest]: "another" });
      await requireRegisteredContent(tracking, version);
    }),
    code: 4,
    says: "churn-model version 1 is not what was registered: its files were changed since version 1 was registered",
    next: "restore the files in …/artifacts/model from a backup; or promote another version: churn models",
  },
  {
    cause: "a registry elsewhere beside a folder",
    by: (root) => requireAddresses({ uri: "mlruns", registry_uri: "https://registry.example.com" }, root),
    code: 2,
    says: "tracking.registry_uri names another place than tracking.uri, and one of them is a folder: only servers can be two",
    next: "unset tracking.registry_uri, or MLFLOW_REGISTRY_URI where that names it",
  },
  ...trackingServer,
  {
    cause: "a model folder without MLmodel",
    by: "test/compare/foreign.test.ts",
    code: 4,
    says: "version 1 has no MLmodel",
    next: undefined,
  },
  {
    cause: "an MLmodel that is none",
    by: "test/compare/foreign.test.ts",
    code: 4,
    says: "MLmodel of version 1 can't be read",
    next: undefined,
  },
  {
    cause: "an MLmodel of a mebibyte",
    by: "test/compare/foreign.test.ts",
    code: 4,
    says: "MLmodel of version 1 has more than 65536 bytes",
    next: undefined,
  },
  {
    cause: "a model of another flavour",
    by: "test/compare/foreign.test.ts",
    code: 4,
    says: "version 1 is no model of XGBoost's: its flavours are sklearn",
    next: undefined,
  },
];
