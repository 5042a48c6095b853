import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { orOwn } from "../../src/lib/engine/or-own.ts";
import { scoreMatrix } from "../../src/lib/matrix/score.ts";
import { parseBooster, predictProbability } from "../../src/lib/model/booster.ts";
import type { Explainer } from "../../src/lib/model/explain/explainer.ts";
import { ownScoring, type Scorer, ScoringFailure } from "../../src/lib/model/scorer.ts";
import { bytesOf } from "../support/float32.ts";
import { telco, withHoles } from "../support/telco.ts";

const customers = withHoles((await telco()).matrix);
const booster = parseBooster(
  await readFile(new URL("../golden/foreign-model.json", import.meta.url), "utf8"),
  "model.json",
);
const expected = bytesOf(predictProbability(booster, customers));
const explainer: Explainer = {
  name: "a library",
  contributions: () => Promise.reject(new Error("nobody asks")),
  importance: () => Promise.reject(new Error("nobody asks")),
};
const SAID = "libxgboost could not score: no memory; churn's own code does it in its place";

/** A library that fails at a block, with half of its margins spoilt; how often it was asked, and whether it is closed. */
async function failingAt(block: number, error: Error = new ScoringFailure("libxgboost could not score: no memory")) {
  const own = await ownScoring.open({ booster }, { rows: customers.rowCount });
  const seen = { asked: 0, closed: 0 };
  const scorer: Scorer = {
    ...own,
    blockRows: 1_000,
    margins: async (values, into, deadline) => {
      seen.asked += 1;
      if (seen.asked < block) return own.margins(values, into, deadline);
      into.fill(Number.NaN, into.length / 2);
      throw error;
    },
    explainer,
    [Symbol.asyncDispose]: async () => {
      seen.closed += 1;
    },
  };
  return { own, scorer, seen };
}

test.each([1, 3, 8])("a library that fails at block %d is closed, and every score is right", async (block) => {
  const { own, scorer, seen } = await failingAt(block);
  const heard: string[] = [];
  {
    // Pieces of a block are no larger than our own scorer takes them.
    await using either = await orOwn(Promise.resolve(scorer), { ...own, blockRows: 300 }, (said) => heard.push(said));
    expect(either.explainer).toBe(explainer);
    expect(bytesOf(await scoreMatrix(customers, either))).toEqual(expected);
    expect(either.explainer).toBeUndefined();
    expect(seen).toEqual({ asked: block, closed: 1 });
  }
  expect(seen.closed).toBe(1);
  expect(heard).toEqual([SAID]);
});

test("one that can't even be opened is not missed", async () => {
  const { own } = await failingAt(1);
  const heard: string[] = [];
  const failed = Promise.reject(new ScoringFailure("libxgboost could not score: no memory"));
  expect(await orOwn(failed, own, (said) => heard.push(said))).toBe(own);
  expect(heard).toEqual([SAID]);
});

test("one that goes well scores all, and is closed with it", async () => {
  const { own, scorer, seen } = await failingAt(99);
  const silent = { ...own, margins: () => Promise.reject(new Error("nobody asks")) };
  const hear = () => expect.unreachable();
  {
    await using either = await orOwn(Promise.resolve(scorer), silent, hear);
    expect(bytesOf(await scoreMatrix(customers, either))).toEqual(expected);
  }
  expect(seen).toEqual({ asked: 8, closed: 1 });
});

test("a defect stays one", async () => {
  const { own, scorer } = await failingAt(1, new TypeError("a defect"));
  await using either = await orOwn(Promise.resolve(scorer), own, () => expect.unreachable());
  await expect(scoreMatrix(customers, either)).rejects.toThrow("a defect");
  await expect(orOwn(Promise.reject(new TypeError("a defect")), own, () => {})).rejects.toThrow("a defect");
});
