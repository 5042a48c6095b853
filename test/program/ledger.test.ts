import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { LedgerEvent } from "../../src/lib/ledger/events.ts";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { nightsOf } from "../../src/lib/ledger/nights-of.ts";
import { readLedger } from "../../src/lib/ledger/read.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { pipeline } from "../../src/pipeline.ts";
import { churn, dayBefore, lastDay, test } from "../support/churn.ts";
import { complaint, succeeds } from "../support/mistake.ts";

const told = (root: string): readonly LedgerEvent[] => readLedgerFile(root)?.events ?? [];

async function nightsAt(root: string) {
  const store = openFolderStore(root);
  const archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact: String };
  return nightsOf((await readLedger({ ...archive, root })).events);
}

describe("the ledger", () => {
  test("tells of each start what became of it, and nothing twice", async ({ workspace }) => {
    // A gate stops it; a person runs two stages by hand; cron's next run goes on; then nothing is left to do.
    const stopped = await churn(workspace, ["run-all", "--date", dayBefore, "--set", "gates.row_count=99999"]);
    expect(complaint(stopped).exitCode).toBe(3);
    await succeeds(workspace, ["extract", "--date", dayBefore]);
    await succeeds(workspace, ["validate", "--date", dayBefore]);
    await succeeds(workspace, ["validate", "--date", dayBefore]);
    await succeeds(workspace, ["run-all", "--date", dayBefore]);
    await succeeds(workspace, ["run-all", "--date", dayBefore]);
    const mistaken = await churn(workspace, ["run-all", "--date", dayBefore, "--force"]);
    expect(complaint(mistaken).exitCode).toBe(2);
    await succeeds(workspace, ["promote", "--version", "1", "--yes", "--reason", "the first"]);

    const events = told(workspace);
    const runs = [...new Set(events.flatMap(({ event, run }) => (event === "run_started" ? [run] : [])))];
    const storyOf = (run: string | null | undefined) =>
      events
        .filter((event) => event.run === run)
        .map((event) => [event.event, "stage" in event ? event.stage : undefined].filter((word) => word).join(" "));
    expect(runs).toHaveLength(5);
    expect(storyOf(runs[0])).toEqual([
      "run_started",
      "stage_started extract",
      "stage_ended extract",
      "stage_started validate",
      "stage_ended validate",
      "sent",
      "sent",
      "run_ended validate",
    ]);
    expect(storyOf(runs[2])).toEqual([
      "run_started",
      "stage_started validate",
      "stage_ended validate",
      "run_ended validate",
    ]);
    expect(storyOf(runs[3]), "it was up to date").toEqual(["run_started", "run_ended"]);
    const last = storyOf(runs[4]);
    expect(last.slice(0, 2)).toEqual(["run_started", "stage_started transform"]);
    expect(last.filter((one) => one === "registered Staging")).toHaveLength(1);
    expect(last.slice(-5)).toEqual(["cleared", "sent", "sent", "stage_ended notify", "run_ended notify"]);
    const rest = events.filter(({ run }) => !runs.includes(run));
    expect(rest).toMatchObject([
      { event: "nothing_to_do", night: dayBefore, run: null },
      {
        event: "run_refused",
        night: dayBefore,
        exit_code: 2,
        command: ["churn", "run-all", "--date", dayBefore, "--force"],
      },
      { event: "promoted", version: 1, replaced: [], by: userInfo().username, host: hostname(), reason: "the first" },
      { event: "sent", message: "promoted", channel: "terminal" },
      { event: "sent", message: "promoted", channel: "file" },
    ]);

    const [night] = await nightsAt(workspace);
    expect(night).toMatchObject({
      night: dayBefore,
      outcome: "first_model",
      version: 1,
      attempts: 5,
      runs: [
        { outcome: "failed", stage: "validate", exit_code: 3 },
        { outcome: "succeeded" },
        { outcome: "succeeded" },
        { outcome: "nothing_to_do" },
        { outcome: "succeeded", exit_code: 0 },
        { outcome: "refused", exit_code: 2 },
      ],
    });
    // Without it the records tell the same night.
    await rm(join(workspace, LEDGER_FILE));
    const [recorded] = await nightsAt(workspace);
    const { decided_at, f1, auc_roc, comparison, version } = night ?? {};
    expect({ ...recorded, decided_at }).toMatchObject({
      night: dayBefore,
      f1,
      auc_roc,
      comparison,
      version,
      decided_at,
    });
  });

  test("is behind no link, and a night goes on without it", async ({ workspace }) => {
    execFileSync("ln", ["-s", "elsewhere.jsonl", join(workspace, LEDGER_FILE)]);
    const { stderr } = await succeeds(workspace, ["run-all", "--date", lastDay]);
    const warning = `warning  lines of ${LEDGER_FILE} are missing: ${join(workspace, LEDGER_FILE)} is a link, and churn writes to no file behind one`;
    expect(stderr.split("\n").filter((line) => line.startsWith("warning"))).toEqual([warning]);
    await expect(readFile(join(workspace, "elsewhere.jsonl"))).rejects.toThrow("ENOENT");
  });
});
