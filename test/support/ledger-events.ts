import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EventKind, type EventOf, type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";

export const RUN = "20261123T050000Z-7f3a";
export const NIGHT = "2026-11-23";

const common = { time: "2026-11-23T05:00:00.000Z", run: RUN, night: NIGHT };
const start = { started_by: "cron" as const, command: ["churn", "run-all", "--quiet"] };
const deed = { ...common, night: null, model: "churn-model", by: "maria", host: "vm-ml-1" };
const moved = { ...deed, promoted_at: "2026-11-23T05:00:00.000Z" };
const decision = {
  ...common,
  model: "churn-model",
  outcome: "better",
  reason: "F1 0.571 against 0.552 of version 3 (+3.4 %)",
  f1: 0.571,
  auc_roc: 0.841,
  rows: 1425,
  production: { version: 3, f1: 0.552 },
  production_moved: null,
  improvement: 0.034,
  is_older: false,
  stage: "Staging",
} as const;

/** One of each kind. */
export const events: { readonly [Kind in EventKind]: EventOf<Kind> } = {
  run_started: { event: "run_started", ...common, ...start, user: "churn", host: "vm-ml-1", process: 4711 },
  nothing_to_do: { event: "nothing_to_do", ...common, run: null, ...start },
  run_refused: {
    event: "run_refused",
    ...common,
    run: null,
    ...start,
    reason: "another run is at work",
    exit_code: 75,
  },
  run_waits: {
    event: "run_waits",
    ...common,
    stage: "train",
    reason: "MLflow is down",
    exit_code: 5,
    until: "2026-11-23T05:05:00.000Z",
  },
  run_ended: {
    event: "run_ended",
    ...common,
    outcome: "succeeded",
    stage: "notify",
    reason: null,
    exit_code: 0,
    took: 4.6,
  },
  stage_started: { event: "stage_started", ...common, stage: "train", reason: "forced" },
  stage_ended: {
    event: "stage_ended",
    ...common,
    stage: "train",
    outcome: "succeeded",
    took: 2.3,
    text: "100 trees",
    exit_code: 0,
  },
  registered: { event: "registered", ...decision, version: 4 },
  not_registered: { event: "not_registered", ...decision, outcome: "not_better", version: null, stage: null },
  promoted: {
    event: "promoted",
    ...moved,
    version: 4,
    replaced: [3],
    reason: "fewer false alarms",
    despite_hold: false,
  },
  rolled_back: { event: "rolled_back", ...moved, version: 3, replaced: [4], reason: null },
  rejected: { event: "rejected", ...deed, version: 4, reason: null },
  held: { event: "held", ...deed, version: 4, until: "2026-11-30T05:00:00.000Z" },
  sent: {
    event: "sent",
    ...common,
    key: NIGHT,
    message: "registered",
    channel: "slack",
    outcome: "sent",
    detail: "#ml-alerts",
  },
  cleared: { event: "cleared", ...common, what: "failing", since: "2026-11-21", nights: 2 },
  waived: {
    event: "waived",
    ...common,
    gates: ["row_count"],
    sha256: "a".repeat(64),
    reason: "two branches were closed",
    by: "maria",
    host: "vm-ml-1",
  },
};

/** An event with some of its fields changed. */
export function event<Kind extends EventKind>(kind: Kind, change: Partial<EventOf<Kind>> = {}): EventOf<Kind> {
  return { ...events[kind], ...change };
}

/** A run of that id, from its start to its end, for a night. */
export function runOf(night: string, run: string, ...between: readonly LedgerEvent[]): readonly LedgerEvent[] {
  const place = { night, run, time: timeOf(run) };
  return [
    event("run_started", place),
    ...between.map((one): LedgerEvent => ({ ...one, ...place })),
    event("run_ended", place),
  ];
}

/** The moment that a run's id says. */
export function timeOf(run: string): string {
  return run.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*$/, "$1-$2-$3T$4:$5:$6.000Z");
}

/** Leaves these as a workspace's ledger. */
export async function writeLedger(root: string, told: readonly LedgerEvent[]): Promise<void> {
  await writeFile(join(root, LEDGER_FILE), told.map((one) => `${lineOf(one)}\n`).join(""));
}
