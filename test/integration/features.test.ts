import { expect, inject, test } from "vitest";
import * as z from "zod";
import { firstNight, secondNight } from "./support/nights.ts";
import { runPython } from "./support/python.ts";

const side = z.object({
  rows: z.int(),
  churned: z.int(),
  columns: z.record(z.string(), z.string()),
  pandas_columns: z.record(z.string(), z.string()),
  differing: z.record(z.string(), z.int()).nullable(),
});
const schema = z.object({ train: side, test: side });

test.for([firstNight, secondNight])(
  "pandas makes the matrices of %s from the raw customers, the same to the last bit",
  async (night) => {
    const { train, test } = await runPython("newest", "features.py", { args: [inject("twoNights"), night], schema });
    for (const { columns, pandas_columns, differing } of [train, test]) {
      expect(Object.entries(columns)).toEqual(Object.entries(pandas_columns));
      expect(Object.entries(columns).slice(1)).toEqual([
        ...[
          "tenure_months",
          "monthly_charges",
          "total_charges",
          "avg_monthly",
          "contract_type_Month-to-month",
          "contract_type_One year",
          "contract_type_Two year",
          "payment_method_Bank transfer",
          "payment_method_Credit card",
          "payment_method_Electronic check",
        ].map((name) => [name, "float32"]),
        ["churned", "uint8"],
      ]);
      expect(differing).toEqual(Object.fromEntries(Object.keys(columns).map((name) => [name, 0])));
    }
    if (night === secondNight)
      expect([train.rows, test.rows, train.churned + test.churned]).toEqual([5608, 1435, 1869]);
  },
);
