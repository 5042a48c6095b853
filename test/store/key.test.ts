import { expect, test } from "vitest";
import { requireKey } from "../../src/lib/store/key.ts";

test("a key is a path below one of the store's folders", () => {
  for (const key of ["raw/2026-11-23/customers.parquet", "records/2026-11-23/attempts/run/train.json"])
    expect(requireKey(key)).toBe(key);
});

test.each([
  "",
  "raw",
  "raw/",
  "/raw/x",
  "/etc/passwd",
  "raw/../.env",
  "raw/./x",
  "raw//x",
  "../raw/x",
  ".env",
  "churn.yaml",
  "mlruns/0/meta.yaml",
  "raw/x\0",
])("%j is none: it leads out of the store, or beside it", (text) => {
  expect(() => requireKey(text)).toThrow(/is no key of the store/);
});
