import { expect, test } from "vitest";
import { folderOf, requireFolder } from "../../src/lib/files/address.ts";

test.each([
  ["mlruns", "mlruns"],
  ["../a b", "../a b"],
  ["/data/mlruns", "/data/mlruns"],
  ["./s3:/a", "./s3:/a"],
  ["./databricks", "./databricks"],
  ["a/b:c", "a/b:c"],
  ["file:///data/ml%20runs", "/data/ml runs"],
  ["file:/data/mlruns", "/data/mlruns"],
  ["FILE:///data", "/data"],
])("%s is the folder %s", (address, folder) => {
  expect(folderOf(address)).toBe(folder);
});

test.each([
  "s3://bucket/churn",
  "gs://bucket",
  "https://maria:secret@mlflow.company.com",
  "sqlite:///mlflow.db",
  "databricks",
  "databricks://profile",
  "data:2026",
  "file:mlruns",
  "file://host/mlruns",
  "file:///a%2Fb",
  "file:///a%00",
  "file:///data/churn#2",
  "file:///data/churn?version=2",
  "my_store://bucket",
  " s3://bucket",
  "://bucket",
  "C:\\churn",
  "\\\\nas\\share",
])("%s is no folder, and is refused without being shown", (address) => {
  expect(folderOf(address)).toBeUndefined();
  expect(() => requireFolder(address, "store", "/srv/churn")).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "store must be a folder's path or an absolute file: URI",
      hint: "store in churn.yaml: a plain path starts at the workspace",
    }),
  );
});
