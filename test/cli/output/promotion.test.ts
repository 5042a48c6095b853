import { expect, test } from "vitest";
import { promotionLine, promotionQuestion } from "../../../src/lib/cli/output/promotion.ts";
import type { ModelVersion } from "../../../src/lib/tracking/tracking.ts";

function version(number: number, stage: ModelVersion["stage"]): ModelVersion {
  return {
    name: "churn-model",
    version: number,
    stage,
    source: "models:/m-0",
    runId: null,
    creationTime: 0,
    aliases: [],
    tag: () => undefined,
  };
}

test("the question says what changes and what leaves", () => {
  const staging = version(4, "Staging");
  expect(promotionQuestion({ version: staging, replaces: [], kind: "promote", way: "both" })).toBe(
    "Promote churn-model version 4 from Staging to Production? [y/N] ",
  );
  expect(
    promotionQuestion({ version: staging, replaces: [version(3, "Production")], kind: "promote", way: "both" }),
  ).toBe("Promote churn-model version 4 from Staging to Production, version 3 to Archived? [y/N] ");
  expect(promotionQuestion({ version: version(4, "None"), replaces: [], kind: "promote", way: "both" })).toBe(
    "Promote churn-model version 4 to Production? [y/N] ",
  );
  const archived = version(2, "Archived");
  const both = [version(4, "Production"), version(3, "Production")];
  expect(promotionQuestion({ version: archived, replaces: both, kind: "roll back", way: "both" })).toBe(
    "Promote churn-model version 2 from Archived to Production, versions 4 and 3 to Archived? [y/N] ",
  );
});

test("a promotion that was cut short is finished", () => {
  const production = version(4, "Production");
  expect(
    promotionQuestion({ version: production, replaces: [version(3, "Production")], kind: "finish", way: "both" }),
  ).toBe(
    "Finish the promotion of churn-model version 4, which is in Production already, version 3 to Archived? [y/N] ",
  );
});

test("the result says what is in Production now and what was archived for it", () => {
  const promotion = {
    version: 4,
    kind: "promote",
    way: "both",
    promotedBy: "maria",
    promotedAt: "2026-11-23T07:00:00.000Z",
    reason: null,
  } as const;
  expect(promotionLine("churn-model", { ...promotion, replaced: [] })).toBe("churn-model version 4 is in Production");
  expect(promotionLine("churn-model", { ...promotion, replaced: [3] })).toBe(
    "churn-model version 4 is in Production, version 3 is Archived",
  );
  expect(promotionLine("churn-model", { ...promotion, replaced: [3, 2] })).toBe(
    "churn-model version 4 is in Production, versions 3 and 2 are Archived",
  );
});
