import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import { parseBoosterOfTrees } from "../../../src/lib/model/booster.ts";
import { importanceOf } from "../../../src/lib/model/explain/importance.ts";
import { nodeStatistics } from "../../../src/lib/model/explain/node-statistics.ts";
import { modelText } from "../../support/random-trees.ts";

const golden = (name: string) => readFile(new URL(`../../golden/${name}`, import.meta.url), "utf8");

function importanceIn(text: string) {
  const model = parseBoosterOfTrees(text, "model.json");
  const statistics = nodeStatistics(model);
  if (typeof statistics === "string") throw new Error(statistics);
  return importanceOf(model.booster, statistics);
}

test("gain, weight and cover are those of Python's get_score to 1e-5, nodes that pruning deleted left out", async () => {
  const scores = z.record(z.string(), z.number());
  const { importance } = z
    .object({ importance: z.object({ gain: scores, weight: scores, cover: scores }) })
    .parse(JSON.parse(await golden("contributions.json")));
  const ours = importanceIn(await golden("foreign-model.json"));
  for (const kind of ["gain", "weight", "cover"] as const) {
    expect(ours.map(({ feature }) => feature).sort()).toEqual(Object.keys(importance[kind]).sort());
    for (const one of ours) expect(one[kind] / (importance[kind][one.feature] ?? 0)).toBeCloseTo(1, 5);
  }
});

test("features that no tree splits by have no entry", () => {
  const split = { feature: 1, at: 0.5, missingGoesLeft: true, left: 1, right: 2, part: 0.25 };
  expect(importanceIn(modelText([split, 0.5, split], 3))).toEqual([
    { feature: "f1", gain: 0.5, weight: 2, cover: 100 },
  ]);
  expect(importanceIn(modelText([0.5], 3))).toEqual([]);
});
