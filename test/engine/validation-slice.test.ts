import { expect, test } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { requireBothClasses, slicesOf } from "../../src/lib/engine/validation-slice.ts";
import { onTestSide } from "../../src/lib/prepare/split.ts";

const count = z.object({ n: z.int() });
const CUSTOMERS = `(SELECT 'C' || i AS "the id", i % 3 AS y FROM range(20000) AS t(i))`;
const slices = slicesOf(CUSTOMERS, { id: "the id", validation: 0.1 });

async function countOf(relation: string): Promise<number> {
  await using db = await openDatabase();
  const [counted] = await db.rows(`SELECT count(*) AS n FROM ${relation}`, count);
  return counted?.n ?? Number.NaN;
}

test("each customer is in one of the two slices, about the asked share judges", async () => {
  const [trained, validation] = [await countOf(slices.trained), await countOf(slices.validation)];
  expect(trained + validation).toBe(20_000);
  expect(validation / 20_000).toBeCloseTo(0.1, 2);
});

test("who judges has nothing to do with who is a test customer", async () => {
  const split = { method: "customer", test: 0.2, salt: "churn", cuts: null } as const;
  const onTest = onTestSide(split, { id: `"the id"`, label: "y = 1", types: [] });
  const [all, test] = [await countOf(slices.validation), await countOf(`${slices.validation} WHERE ${onTest}`)];
  expect(test / all).toBeCloseTo(0.2, 1);
});

const both = Uint8Array.of(0, 1);
test.each([
  [{ trained: both, validation: Uint8Array.of(1, 1) }, "of the 2 customers to judge the rounds by 2 churned"],
  [{ trained: both, validation: Uint8Array.of() }, "of the 0 customers to judge the rounds by 0 churned"],
  [{ trained: Uint8Array.of(0), validation: both }, "of the 1 customer left to train on 0 churned"],
])("a slice with one class alone is refused: %o", (labels, message) => {
  expect(() => requireBothClasses(labels, 0.3)).toThrow(
    expect.objectContaining({ exitCode: 2, message: `train.early_stopping.validation is 0.3: ${message}` }),
  );
});

test("one customer of each class in both is enough", () => {
  expect(() => requireBothClasses({ trained: both, validation: both }, 0.3)).not.toThrow();
});
