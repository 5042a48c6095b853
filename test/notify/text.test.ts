import { expect, test } from "vitest";
import type { Message } from "../../src/lib/notify/message.ts";
import { plainText, title } from "../../src/lib/notify/text.ts";
import { backfilled, failed, notRegistered, registered, watchdog } from "../support/letters.ts";

test("a registered model is told with what it gains, and how it is promoted", () => {
  expect(title(registered)).toBe("New churn model registered!");
  expect(plainText(registered)).toBe(
    `✅ New churn model registered!
Version 4   F1 0.573 (+2.1 % over version 3)   AUC-ROC 0.841
Model is now in Staging. Please review and promote to Production.
MLflow run df77cb73e3444e229fdc4dfb47bea9f3
churn promote --version 4`,
  );
});

test.for(["champion_unscorable", "champion_damaged"] as const)(
  "one that had nobody to beat is told as no contest, with what production once scored: %s",
  (outcome) => {
    const message: Message = {
      ...registered,
      outcome,
      reason: "Production, version 3, can't be scored: it is gone. A person has to judge",
      production: { version: 3, f1: null },
      improvement: null,
    };
    expect(plainText(message)).toBe(
      `⚠️ No contest: a new churn model is registered, but production, version 3, could not be judged.
Version 4   F1 0.573   AUC-ROC 0.841
Production, version 3: F1 0.560 on its own night's customers, not on these
Reason: Production, version 3, can't be scored: it is gone. A person has to judge
Model is now in Staging. Please review and promote to Production.
MLflow run df77cb73e3444e229fdc4dfb47bea9f3
churn promote --version 4`,
    );
    expect(plainText({ ...message, recorded_f1: null })).toContain("Production, version 3: F1 unknown on its own");
  },
);

test("where aliases alone count, the new model is the challenger", () => {
  expect(plainText({ ...registered, stage: null })).toContain(
    "Model is now the challenger. Please review and promote it.",
  );
});

test("that production was moved outside churn is told, whatever was decided", () => {
  const production_moved = { from: 3, to: 5 };
  for (const message of [registered, notRegistered])
    expect(plainText({ ...message, production_moved })).toContain("Note: production moved from 3 to 5 outside churn");
});

test("a backfill is told as a small table, with what is left and the command that goes on", () => {
  expect(plainText(backfilled)).toBe(
    `⚠️ Backfill of 2026-11-18 to 2026-11-21: 2 nights decided, 1 failed, 1 day left.
2026-11-18  not better  F1 0.549  AUC-ROC 0.837             F1 0.549 is 0.6 % below version 3
2026-11-19  failed                                          validate: 1 of 13 quality gates failed on raw/2026-11-23/customers.parquet
2026-11-20  registered  F1 0.573  AUC-ROC 0.841  version 4  F1 0.573 against 0.561 of version 3 (+2.1 %)
Not tried: 2026-11-21
churn -C /srv/churn backfill --since 2026-11-19 --until 2026-11-21`,
  );
});

test("a gain has the digits that tell it from what was asked", () => {
  const told = (improvement: number, min_improvement: number | null) =>
    plainText({ ...registered, improvement, min_improvement }).split("\n")[1];
  expect(told(0.010_04, 0.01)).toContain("F1 0.573 (+1.004 % over version 3)");
  expect(told(0.0004, 0)).toContain("(+0.04 % over version 3)");
  expect(told(0.0004, null)).toContain("(+0.04 % over version 3)");
  expect(told(-0.003, 0.01)).toContain("F1 0.573 (0.3 % below version 3)");
});

test("a model that is registered for another reason than being better says which, and an unknown gain is no gain", () => {
  const message: Message = {
    ...registered,
    outcome: "first_model",
    reason: "No production model",
    auc_roc: null,
    production: null,
    improvement: null,
    version: 1,
  };
  expect(plainText(message)).toBe(
    `✅ New churn model registered!
Version 1   F1 0.573   AUC-ROC undefined
Reason: No production model
Model is now in Staging. Please review and promote to Production.
MLflow run df77cb73e3444e229fdc4dfb47bea9f3
churn promote --version 1`,
  );
});

test("a night without a new model gives its reason", () => {
  expect(plainText(notRegistered)).toBe(
    "ℹ️ Training completed, no new model registered.\nReason: F1 0.549 is 0.6 % below version 3",
  );
});

test("a failed run is told with its evidence, where it happened and what to do next", () => {
  expect(title(failed)).toBe("Churn training failed at validate, night of 2026-11-23");
  expect(plainText(failed)).toBe(
    `❌ Churn training failed at validate, night of 2026-11-23
1 of 13 quality gates failed on raw/2026-11-23/customers.parquet
row_count   992   at least 1,000   failed
/srv/churn on ml-1
Next: look at the source`,
  );
  expect(plainText({ ...failed, hint: null, details: [] })).toBe(
    `❌ Churn training failed at validate, night of 2026-11-23
1 of 13 quality gates failed on raw/2026-11-23/customers.parquet
/srv/churn on ml-1`,
  );
});

test("one that was held against a model that may know its customers is told as no fair contest", () => {
  const message: Message = {
    ...registered,
    outcome: "champion_saw_test",
    reason: "Production, version 3, may have been trained on these customers. A person has to judge",
    production: { version: 3, f1: 0.585 },
    improvement: -0.021,
  };
  expect(plainText(message).split("\n").slice(0, 2)).toEqual([
    "⚠️ No fair contest: a new churn model is registered, but production, version 3, may know these customers.",
    "Version 4   F1 0.573 (2.1 % below version 3)   AUC-ROC 0.841",
  ]);
});

test("what the watchdog found is told, what is new first, and since when the rest has been known", () => {
  expect(plainText(watchdog)).toBe(
    `⚠️ The watchdog found 2 things, one of them new.
9.0 % of the disk of the store is free (/srv/churn, 9.0 GB), less than 10.0 % is too little
still, since 2026-11-22: no success by 09:00: no night of 2026-11-23 has begun
/srv/churn on ml-1`,
  );
  const [first] = watchdog.findings;
  if (first === undefined) throw new Error("it has findings");
  expect(title({ ...watchdog, findings: [first] })).toBe("The watchdog found something.");
  expect(title({ ...watchdog, findings: [first, first] })).toBe("The watchdog found 2 things.");
});
