import * as z from "zod";
import { recordPart } from "../../src/lib/artifacts/format.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import type { Stage } from "../../src/lib/stage/define.ts";
import type { StageRecord } from "../../src/lib/stage/record.ts";
import { idleStage, successOf, writeSuccess } from "./records.ts";

const results = {
  evaluate: { metrics: { f1: 0.571, auc_roc: 0.841 } },
  compare: {
    outcome: "better",
    f1: 0.571,
    prod_f1: 0.552,
    improvement: 0.034,
    rows: 1425,
    production_version: 3,
    production_moved: null,
    older: null,
  },
  register: { registered: true, name: "churn-model", version: 4, stage: "Staging", reason: "F1 0.571 against 0.552" },
} satisfies Record<string, StageRecord["result"]>;

/** Of a decision's stages the results are looked at, and nothing else. */
const decidingStages: readonly Stage[] = Object.entries(results).map(([name, result]) => ({
  ...idleStage(name),
  result: recordPart(Object.fromEntries(Object.keys(result).map((field) => [field, z.json()]))),
}));

type Results = { readonly [Stage in keyof typeof results]?: NonNullable<StageRecord["result"]> };

/** The same ledger, whose stages decide as the pipeline's do. */
export function deciding(archive: Archive): Archive {
  const stages = ["extract", "evaluate", "compare", "register", "notify"].map(
    (name) => decidingStages.find((stage) => stage.name === name) ?? idleStage(name),
  );
  return { ...archive, stages };
}

/** Leaves the success records of a night that register has decided, with these parts of results changed. */
export async function decide(
  archive: Archive,
  night: string,
  changed: Results = {},
  change: Partial<StageRecord> = {},
): Promise<void> {
  for (const stage of ["evaluate", "compare", "register"] as const)
    await writeSuccess(
      archive,
      successOf(night, stage, { ...change, result: { ...results[stage], ...changed[stage] } }),
    );
}
