import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect } from "vitest";
import { loadConfig } from "../../src/lib/config/load.ts";
import { cronPlan, scheduleWarnings, timerPlan, timerWarnings } from "../../src/lib/schedule/plan.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { clockTimezone, momentOf } from "../../src/lib/workspace/timezone.ts";
import { least } from "../support/config-workspace.ts";
import { test } from "../support/folder.ts";

const clock = clockTimezone() ?? "UTC";
const now = momentOf(clock, "2026-11-23", "12:00");

const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

interface Given {
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A workspace, and the process that plans for it. */
async function opened(root: string, { yaml = `timezone: ${clock}\n`, env = {} }: Given) {
  await writeFile(join(root, "churn.yaml"), yaml.includes("source:") ? yaml : `${least}${yaml}`);
  const loaded = await loadConfig({ root, env: readEnvironment(env, root).variables, overrides: [] });
  return {
    workspace: { root, config: loaded.config, loaded },
    from: { program: "/opt/churn/bin/churn", env, now },
  };
}

test("a line and a timer begin the same night, in their own words", async ({ folder }) => {
  const { workspace, from } = await opened(folder, { yaml: `timezone: ${clock}\nschedule: { at: "05:30" }\n` });
  const next = momentOf(clock, "2026-11-24", "05:30");
  const cron = cronPlan(from, workspace);
  expect(cron).toMatchObject({ at: "05:30", next });
  expect(cron.lines).toEqual([expect.stringMatching(/^30 5 \* \* \* .* run-all --wait-lock 30m --quiet$/)]);
  const timer = timerPlan(from, workspace);
  expect(timer.next).toEqual(next);
  expect(timer.units.timer.text).toContain(`OnCalendar=*-*-* 05:30:00 ${clock}\n`);
});

describe("a person is warned", () => {
  const warned = async (folder: string, given: Given) => {
    const { workspace, from } = await opened(folder, given);
    return scheduleWarnings(from, workspace);
  };

  test("of nothing where a scheduler would do what is done by hand", async ({ folder }) => {
    await writeFile(join(folder, ".env"), "CHURN_TRAIN_ROUNDS=5\n", { mode: 0o600 });
    expect(await warned(folder, {})).toEqual([]);
  });

  test("of a time zone that TZ alone says", async ({ folder }) => {
    const other = clock === "Asia/Tokyo" ? "Asia/Kolkata" : "Asia/Tokyo";
    process.env.TZ = other;
    expect(await warned(folder, { yaml: "", env: { TZ: other } })).toEqual([
      `timezone isn't in churn.yaml, and TZ, which no scheduler has, says ${other}: write it there`,
    ]);
    expect(await warned(folder, { env: { TZ: other } })).toEqual([]);
  });

  test("of variables that this shell alone has", async ({ folder }) => {
    expect(await warned(folder, { env: { CHURN_TRAIN_ROUNDS: "5", MLFLOW_TRACKING_URI: "runs" } })).toEqual([
      "no scheduler knows of what is said here alone: CHURN_TRAIN_ROUNDS and MLFLOW_TRACKING_URI; write it into churn.yaml or .env",
    ]);
  });

  test("of a time at which clocks change", async ({ folder }) => {
    expect(await warned(folder, { yaml: 'timezone: Europe/Berlin\nschedule: { at: "02:30" }\n' })).toEqual([
      expect.stringMatching(/^schedule\.at 02:30 is left out on 2027-03-28/),
    ]);
  });

  test.runIf(process.geteuid?.() === 0)("of a workspace that belongs to somebody else", async ({ folder }) => {
    await chown(folder, 65_534, 65_534);
    expect(await warned(folder, {})).toEqual([expect.stringContaining(`${folder} belongs to another user than `)]);
  });

  test("of what a closed off service needs: folders that are there, and nothing that a command may write elsewhere", async ({
    folder,
  }) => {
    const root = join(folder, "workspace");
    await mkdir(root);
    const command = "source: { command: [bq], format: csv }\ntracking: { uri: ../runs }\nstore: sub/store\n";
    const dataset = "dataset: { id: customer_id, target: { column: churned } }\n";
    const { workspace } = await opened(root, { yaml: `timezone: ${clock}\n${dataset}${command}` });
    const writes = "source.command may write to the workspace and /tmp alone; more is for ReadWritePaths= to say";
    expect(timerWarnings(workspace)).toEqual([
      `${folder}/runs has to be there before the service starts: mkdir -p makes it`,
      writes,
    ]);
    await mkdir(join(folder, "runs"));
    expect(timerWarnings(workspace)).toEqual([writes]);
  });
});
