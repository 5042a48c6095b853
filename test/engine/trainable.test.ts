import { expect, test } from "vitest";
import { requireTrainable } from "../../src/lib/engine/trainable.ts";

const CUSTOMERS = { featureNames: ["f0", "f1", "f2"], rowCount: 3, churned: 1, infinite: new Map<string, number>() };

test("customers of both classes without infinite values can be trained on", () => {
  expect(() => requireTrainable(CUSTOMERS)).not.toThrow();
});

test.each([
  [{ rowCount: 0, churned: 0 }, 4, "nothing to train on: 0 customers, 3 features"],
  [{ featureNames: [] }, 4, "nothing to train on: 3 customers, 0 features"],
  [{ churned: 0 }, 4, "none of 3 customers to train on churned: there is nothing to learn"],
  [{ churned: 3 }, 4, "each of 3 customers to train on churned: there is nothing to learn"],
  [
    {
      infinite: new Map([
        ["f1", 2],
        ["f2", 1],
      ]),
    },
    2,
    "values too large for float32: f1 (2 customers), f2 (1 customer)",
  ],
])("refused: %o", (changed, exitCode, message) => {
  const refused = expect.objectContaining({ exitCode, message });
  expect(() => requireTrainable({ ...CUSTOMERS, ...changed })).toThrow(refused);
});
