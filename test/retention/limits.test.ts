import { expect, test } from "vitest";
import { agingFolder, limitsOf, newestLimit } from "../../src/lib/retention/limits.ts";
import { pipeline } from "../../src/pipeline.ts";

const now = new Date("2026-12-24T23:30:00Z");
const config = { timezone: "Europe/Berlin", retention: { raw: "30d", models: "365d" } };

test("--keep counts for all folders, retention for those that it names", () => {
  expect(limitsOf("30d", config, now)).toEqual(
    Object.fromEntries(
      ["raw", "processed", "features", "models"].map((folder) => [
        folder,
        // Of the workspace's own day.
        { name: "--keep 30d", before: "2026-11-25" },
      ]),
    ),
  );
  const limits = limitsOf(undefined, config, now);
  expect(limits).toEqual({
    raw: { name: "retention.raw 30d", before: "2026-11-25" },
    models: { name: "retention.models 365d", before: "2025-12-25" },
  });
  expect(newestLimit(limits)).toBe("2026-11-25");
  expect(newestLimit(limitsOf(undefined, { ...config, retention: {} }, now))).toBeUndefined();
});

test("tables and the model get old, reports don't", () => {
  const artifacts = pipeline.flatMap(({ produces }) => Object.values(produces));
  const aging = artifacts.flatMap((one) => (agingFolder(one) && one.kind !== "result" ? [one.key] : []));
  expect(aging).toEqual([
    "raw/NIGHT/customers.parquet",
    "processed/NIGHT/customers_train.parquet",
    "processed/NIGHT/customers_test.parquet",
    "features/NIGHT/train.parquet",
    "features/NIGHT/test.parquet",
    "models/NIGHT/model",
    "features/NIGHT/cuts.parquet",
    "models/NIGHT/predictions.parquet",
  ]);
});
