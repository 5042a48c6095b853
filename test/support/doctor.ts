import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import type { Check, Finding } from "../../src/lib/doctor/check.ts";
import { lookAtAll } from "../../src/lib/doctor/look.ts";
import { openPlace } from "../../src/lib/doctor/place.ts";
import { hearServerClocks } from "../../src/lib/http/server-clocks.ts";
import { type LedgerEvent, lineOf, type StartedBy } from "../../src/lib/ledger/events.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceFormat } from "../../src/lib/store/id.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { pipeline } from "../../src/pipeline.ts";
import { least } from "./config-workspace.ts";
import { writeDuckdb } from "./data-night.ts";
import { wholeNight } from "./old-nights.ts";
import { WORKSPACE } from "./records.ts";
import { modelName } from "./tracking-folder.ts";

/** When doctor is asked in tests, where it isn't said. */
export const NOW = new Date("2026-11-23T05:00:00Z");

/** What schedules would start. */
export const PROGRAM = fileURLToPath(new URL("../../package.json", import.meta.url));

interface Asked {
  readonly env?: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
  readonly now?: Date;
  readonly seconds?: number;
}

/** A workspace of the least churn.yaml, in UTC, with two customers of 2026-11-23. */
export async function writeWorkspace(folder: string, yaml = "timezone: UTC\n"): Promise<void> {
  await writeFile(join(folder, "churn.yaml"), `${least}${yaml}`);
  await writeDuckdb(
    join(folder, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS customer_id, i = 0 AS churned, DATE '2026-11-23' AS day FROM range(2) AS r(i)`,
  );
}

/** What one check finds in a folder, and nothing else of it is looked at. */
export async function foundBy(check: Check, folder: string, asked: Asked = {}): Promise<readonly Finding[]> {
  const { env = {}, set = [], now = NOW, seconds = 10 } = asked;
  using clocks = hearServerClocks();
  await using place = await openPlace({
    cwd: folder,
    goTo: () => {},
    env,
    program: PROGRAM,
    overrides: set,
    now,
    stages: pipeline,
    clocks: clocks.heard,
    onEnvironment: (environment) => environment,
  });
  const [looked] = await lookAtAll([check], place, seconds, { onChange: () => {}, onFound: () => {} });
  return looked?.findings ?? [];
}

/** Workspace and store in one folder, in which the night of 2026-11-22 is decided and its version is the candidate. */
export async function writeNight(folder: string): Promise<{ readonly archive: Archive; readonly tracking: Tracking }> {
  const store = openFolderStore(folder);
  await store.write("workspace.json", jsonText(workspaceFormat.write({ id: WORKSPACE })));
  const archive: Archive = { store, workspaceId: WORKSPACE, stages: pipeline, redact: String };
  const tracking = openFolder(join(folder, "mlruns"));
  const { version } = await wholeNight(archive, tracking, "2026-11-22");
  await tracking.transitionStage(modelName, version, "Staging");
  return { archive, tracking };
}

interface StartOfRun {
  readonly by: StartedBy;
  readonly user?: string;
  readonly host?: string;
  readonly time?: Date;
  readonly words?: readonly string[];
}

/** The last starts of runs, as the ledger of a workspace has them. */
export async function writeStart(folder: string, ...starts: readonly StartOfRun[]) {
  const told = starts.map(({ words = [], by, user = "maria", host = "etl-2", time = NOW }): LedgerEvent => {
    const command = ["churn", "run-all", ...words];
    const place = { time: time.toISOString(), run: "20261123T050000Z-abcdef", night: "2026-11-23" };
    return { event: "run_started", ...place, started_by: by, command, user, host, process: 12 };
  });
  await writeFile(join(folder, "ledger.jsonl"), told.map((event) => `${lineOf(event)}\n`).join(""));
}
