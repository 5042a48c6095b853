import { expect, test } from "vitest";
import { bootstraps } from "../../../src/lib/engine/mljs/bootstrap.ts";

test("every customer is as likely, trees differ, and the seed decides", () => {
  const drawn = new Uint32Array(10);
  const draws = bootstraps(42, 10, 1_000);
  for (let tree = 0; tree < 100; tree += 1) {
    const { rows, seed } = draws.next().value;
    expect(rows).toHaveLength(1_000);
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
    for (const row of rows) drawn[row] = (drawn[row] ?? 0) + 1;
  }
  for (const times of drawn) expect(Math.abs(times - 10_000)).toBeLessThan(500);
  const first = (seed: number) => bootstraps(seed, 10, 1_000).next().value;
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});
