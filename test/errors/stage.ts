import { QualityGateError } from "../../src/lib/errors.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { defineStage } from "../../src/lib/stage/define.ts";
import { findFile } from "../../src/lib/stage/find-file.ts";
import { openInputs } from "../../src/lib/stage/handles.ts";
import { findArtifact, verify } from "../../src/lib/stage/inputs.ts";
import { resolveNight } from "../../src/lib/stage/nights.ts";
import { readSuccess, recordKey } from "../../src/lib/stage/record.ts";
import { readRemoved, writeRemoved } from "../../src/lib/stage/removed.ts";
import { runStage } from "../../src/lib/stage/run.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { idleStage, succeeded, successOf, WORKSPACE, writeSuccess } from "../support/records.ts";
import { config, counted, extract, extracted, table, train, trained } from "../support/small-pipeline.ts";
import type { Row } from "./row.ts";

const DATE = "2026-11-23";
const NOW = new Date("2026-11-23T05:00:00Z");

/** With a ledger of a store in the folder, and stages of which two have files. */
function withLedger(act: (archive: Archive, root: string) => unknown) {
  return async (root: string) => {
    const stages = ["extract", "validate", "train", "register", "notify"].map(
      (name) => [extract, train].find((stage) => stage.name === name) ?? idleStage(name),
    );
    await act({ store: openFolderStore(root), workspaceId: WORKSPACE, stages, redact: String }, root);
  };
}

/** Runs train as a stage by hand. */
async function runTrain(archive: Archive, root: string, force = false, stage = train): Promise<void> {
  await runStage(stage, {
    archive,
    services: openServices({ config, root, store: archive.store, environment: readEnvironment({}, root) }, () => {}),
    config,
    night: nightOf(DATE, 1),
    person: "maria",
    runId: "20261123T050000Z-0002",
    today: DATE,
    command: ["churn", stage.name],
    flags: stage === train ? { accept_all: false } : {},
    force,
    reporter: { log: () => {}, progress: () => {}, notice: () => {} },
  });
}

/** validate, where a gate fails. */
const failing = defineStage({
  ...idleStage("validate"),
  run: () => Promise.reject(new QualityGateError("1 of 13 quality gates failed on raw/2026-11-23/customers.parquet")),
});

const TABLE = `raw/${DATE}/table.parquet`;

/** Of a night's table, as `churn gc` leaves it. */
async function removeTable(archive: Archive): Promise<void> {
  const { outputs } = await extracted(archive, DATE);
  const sha256 = outputs.table?.kind === "file" ? outputs.table.sha256 : "";
  const removed = { key: TABLE, size_bytes: 6, sha256, removed_at: "2026-12-24T05:00:00.000Z", limit: "--keep 30d" };
  await writeRemoved(archive, DATE, { finished: [], files: [removed] });
  await archive.store.remove(TABLE);
}

export const stage: readonly Row[] = [
  // Files that people ask for, or stages, and that aren't there
  {
    cause: "a key of which there is no file",
    by: withLedger(async (archive) => {
      await extracted(archive, DATE);
      await findFile(archive, `raw/${DATE}/tabel.parquet`);
    }),
    code: 4,
    says: "there is no raw/2026-11-23/tabel.parquet in the store",
    next: "did you mean raw/2026-11-23/table.parquet?",
  },
  {
    cause: "a folder's key",
    by: withLedger(async (archive) => {
      await extracted(archive, DATE);
      await findFile(archive, `raw/${DATE}`);
    }),
    code: 2,
    says: "raw/2026-11-23 is a folder",
    next: "its files: raw/2026-11-23/counted.json, raw/2026-11-23/table.parquet",
  },
  {
    cause: "a key whose file churn gc has removed",
    by: withLedger(async (archive) => {
      await removeTable(archive);
      await findFile(archive, TABLE);
    }),
    code: 4,
    says: "raw/2026-11-23/table.parquet was removed by churn gc on 2026-12-24",
    next: "restore it from a backup, or decide that night anew: churn run-all --date 2026-11-23 --again",
  },
  {
    cause: "an input that churn gc has removed",
    by: withLedger(async (archive, root) => {
      await removeTable(archive);
      await runTrain(archive, root);
    }),
    code: 4,
    says: "raw/2026-11-23/table.parquet was removed by churn gc on 2026-12-24",
    next: "churn run-all --date 2026-11-23 makes it anew",
  },
  {
    cause: "a list of removed files that is damaged",
    by: withLedger(async (archive) => {
      await archive.store.write(`records/${DATE}/removed.json`, "{");
      await readRemoved(archive, DATE);
    }),
    code: 4,
    says: "records/2026-11-23/removed.json is damaged: it is not whole JSON",
    next: "restore it from a backup: it alone says which of that night's files churn gc removed",
  },
  {
    cause: "a list of removed files that another workspace wrote",
    by: withLedger(async (archive) => {
      await writeRemoved({ ...archive, workspaceId: "other" }, DATE, { finished: [], files: [] });
      await readRemoved(archive, DATE);
    }),
    code: 4,
    says: `records/2026-11-23/removed.json is damaged: its workspace is other and not ${WORKSPACE}`,
    next: "restore it from a backup: it alone says which of that night's files churn gc removed",
  },
  // Nights
  {
    cause: "a date that is still to come",
    by: withLedger((archive) => resolveNight(archive, "2026-11-24", "UTC", NOW)),
    code: 2,
    says: "2026-11-24 is in the future: today is 2026-11-23 in UTC",
    next: "--date takes today, yesterday or an earlier date",
  },
  {
    cause: "a night that was never opened",
    by: withLedger((archive) => resolveNight(archive, `${DATE}.2`, "UTC", NOW)),
    code: 2,
    says: "there is no night 2026-11-23.2: the newest of 2026-11-23 is 2026-11-23",
    next: "churn run-all --date 2026-11-23 --again decides anew once that one is decided",
  },
  {
    cause: "a decided night that is forced",
    by: withLedger(async (archive, root) => {
      await extracted(archive, DATE);
      await trained(archive, DATE);
      await succeeded(archive, DATE, "register");
      await runTrain(archive, root, true);
    }),
    code: 2,
    says: "the night of 2026-11-23 is decided: its files don't change any more",
    next: "churn run-all --date 2026-11-23 --again decides anew",
  },
  {
    cause: "a night that its gates have stopped",
    by: withLedger(async (archive, root) => {
      await extracted(archive, DATE);
      await runTrain(archive, root, false, failing).catch(() => {});
      await runTrain(archive, root);
    }),
    code: 3,
    says: "validate stopped the night of 2026-11-23: 1 of 13 quality gates failed on raw/2026-11-23/customers.parquet",
    next: "look at the source, then read it again:\nchurn run-all --date 2026-11-23",
  },

  // Inputs
  {
    cause: "a stage that hasn't succeeded yet",
    by: withLedger((archive) => findArtifact(archive, table, DATE)),
    code: 4,
    says: "raw/2026-11-23/table.parquet is missing: extract has not succeeded for 2026-11-23",
    next: "churn extract --date 2026-11-23",
  },
  {
    cause: "a record that names no such file",
    by: withLedger(async (archive) => {
      await writeSuccess(archive, successOf(DATE, "extract", { result: { source: "x", seconds: 1 } }));
      await findArtifact(archive, table, DATE);
    }),
    code: 4,
    says: "records/2026-11-23/extract.json names no table",
    next: "churn extract --date 2026-11-23 --force",
  },
  {
    cause: "a decided night's record that is gone",
    by: withLedger(async (archive) => {
      await succeeded(archive, DATE, "register");
      await findArtifact(archive, table, DATE);
    }),
    code: 4,
    says: "records/2026-11-23/extract.json is missing",
    next: "restore it from a backup, or decide that night anew: churn run-all --date 2026-11-23 --again",
  },
  {
    cause: "a file that was changed",
    by: withLedger(async (archive) => {
      const { outputs } = await extracted(archive, DATE);
      await archive.store.write(`raw/${DATE}/counted.json`, "{}");
      if (outputs.counted !== undefined) await verify(archive, counted, outputs.counted, DATE);
    }),
    code: 4,
    says: "raw/2026-11-23/counted.json was changed since extract wrote it",
    next: "churn extract --date 2026-11-23 --force",
  },
  {
    cause: "a decided night's file that was removed",
    by: withLedger(async (archive) => {
      const { outputs } = await extracted(archive, DATE);
      await succeeded(archive, DATE, "register");
      await archive.store.remove(`raw/${DATE}/counted.json`);
      if (outputs.counted !== undefined) await verify(archive, counted, outputs.counted, DATE);
    }),
    code: 4,
    says: "raw/2026-11-23/counted.json was removed since extract wrote it",
    next: "restore it from a backup, or decide that night anew: churn run-all --date 2026-11-23 --again",
  },
  {
    cause: "a file that goes while a stage works",
    by: withLedger(async (archive) => {
      const { outputs } = await extracted(archive, DATE);
      const inputs = await openInputs(archive, { counted }, outputs, DATE);
      await archive.store.remove(`raw/${DATE}/counted.json`);
      if (inputs.counted !== undefined && "read" in inputs.counted) await inputs.counted.read("");
    }),
    code: 4,
    says: "raw/2026-11-23/counted.json is missing",
    next: "restore it from a backup, or run the stage again that wrote it (--force)",
  },

  // Records
  {
    cause: "a record that was cut",
    by: withLedger(async (archive) => {
      await archive.store.write(recordKey(DATE, "train"), '{ "stage": "train"');
      await readSuccess(archive, DATE, "train");
    }),
    code: 4,
    says: "records/2026-11-23/train.json is damaged: it is not whole JSON",
    next: "churn train --date 2026-11-23 --force",
  },
  {
    cause: "a record of another workspace",
    by: withLedger(async (archive) => {
      await writeSuccess(archive, successOf(DATE, "train", { workspace: "11111111-1111-4111-8111-111111111111" }));
      await readSuccess(archive, DATE, "train");
    }),
    code: 2,
    says: "records/2026-11-23/train.json belongs to workspace …, but this store's workspace.json says …",
    next: "were folders of two workspaces mixed? give each its own store",
  },
  {
    cause: "another registry than the last decided night's",
    by: "test/stage/known-registry.test.ts",
    code: 2,
    says: "the registry is to be https://mlflow.example.com (MLFLOW_TRACKING_URI), but the night of 2026-11-23 was decided with …",
    next: "mend tracking.uri, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt",
  },
];
