import fc from "fast-check";
import { expect, test } from "vitest";
import { whole } from "../../src/lib/cli/numbers.ts";
import { decideParameters, MOST_EXACT_ROWS } from "../../src/lib/engine/defaults.ts";
import { parameters } from "../../src/lib/engine/parameters.ts";

const rows = fc.integer({ min: 1, max: 10_000_000 });

test("the tree method depends on the number of customers alone, and boosting starts from one half", () => {
  expect(MOST_EXACT_ROWS).toBe(50_000);
  for (const given of [{}, { tree_method: "auto" }]) {
    const decided = (rowCount: number) => decideParameters(parameters.parse(given), rowCount);
    for (const rowCount of [1, 5_608, MOST_EXACT_ROWS]) expect(decided(rowCount).tree_method).toBe("exact");
    for (const rowCount of [MOST_EXACT_ROWS + 1, 10_000_000]) expect(decided(rowCount).tree_method).toBe("hist");
    expect(decided(1).base_score).toBe(0.5);
  }
});

test("what train.params says is kept, whatever the number of customers", () => {
  const given = fc.record({
    tree_method: fc.constantFrom("exact", "approx", "hist"),
    base_score: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    max_depth: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(given, rows, (params, rowCount) => {
      expect(decideParameters(parameters.parse(params), rowCount)).toMatchObject(params);
    }),
  );
});

test("what editors show of tree_method names the number", () => {
  expect(parameters.shape.tree_method.description).toContain(whole(MOST_EXACT_ROWS));
});
