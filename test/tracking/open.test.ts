import { expect, test } from "vitest";
import { openTracking } from "../../src/lib/tracking/open.ts";
import { s3Settings } from "../support/s3-settings.ts";

const at = (root: string) => s3Settings({}, {}, root);

test("a folder is relative to the workspace; absolute paths and file: URIs are taken as they are", async () => {
  const uriOf = async (uri: string) => (await openTracking({ uri, deadline: "2m" }, at("/srv/my churn"))).uri;
  expect(await uriOf("mlruns")).toBe("/srv/my churn/mlruns");
  expect(await uriOf("../mlruns/")).toBe("/srv/mlruns");
  expect(await uriOf("/data/mlruns")).toBe("/data/mlruns");
  expect(await uriOf("file:///data/ml%20runs")).toBe("/data/ml runs");
  expect(await uriOf("file:/data/mlruns")).toBe("/data/mlruns");
});

test("another address is refused, and its password isn't shown", async () => {
  for (const uri of ["sqlite:///mlflow.db", "databricks", "file:mlruns"]) {
    await expect(openTracking({ uri, deadline: "2m" }, at("/srv"))).rejects.toMatchObject({
      exitCode: 2,
      message: "tracking.uri must be a folder's path or an absolute file: URI",
    });
  }
});
