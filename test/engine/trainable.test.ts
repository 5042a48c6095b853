import { expect, test } from "vitest";
import { requireTrainable } from "../../src/lib/engine/trainable.ts";

const LABEL = Uint8Array.of(0, 1, 0);

/** Three customers with these features. */
function customers(...columns: number[][]) {
  return {
    featureNames: columns.map((_, index) => `f${index}`),
    rowCount: 3,
    columns: columns.map((column) => Float32Array.from(column)),
  };
}

test("missing values and a column without any value can be trained on", () => {
  const matrix = customers([1, Number.NaN, 3], [Number.NaN, Number.NaN, Number.NaN]);
  expect(() => requireTrainable({ matrix, label: LABEL })).not.toThrow();
});

test.each([
  [{ ...customers([1, 2, 3]), rowCount: 0 }, LABEL, 4, "nothing to train on: 0 customers, 1 feature"],
  [customers(), LABEL, 4, "nothing to train on: 3 customers, 0 features"],
  [customers([1, 2, 3]), Uint8Array.of(0, 0, 0), 4, /^none of 3 customers to train on churned/],
  [customers([1, 2, 3]), Uint8Array.of(1, 1, 1), 4, /^each of 3 customers to train on churned/],
  [
    customers([1, 2, 3], [-Infinity, 1, Infinity], [1, NaN, Infinity]),
    LABEL,
    2,
    "values too large for float32: f1 (2 customers), f2 (1 customer)",
  ],
])("refused: %o", (matrix, label, exitCode, message) => {
  const refused = expect.objectContaining({
    exitCode,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
  expect(() => requireTrainable({ matrix, label })).toThrow(refused);
});
