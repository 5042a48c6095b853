import { expect, test } from "vitest";
import { putRows } from "../../src/lib/matrix/rows.ts";

test("rows of columns stand one after the other, and what lies behind them stays", () => {
  const into = new Float32Array(7).fill(9);
  putRows([Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)], { start: 1, size: 3 }, into);
  expect([...into]).toEqual([2, 6, 3, 7, 4, 8, 9]);
});
