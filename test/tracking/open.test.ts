import { expect, test } from "vitest";
import { openTracking } from "../../src/lib/tracking/open.ts";

test("a folder is relative to the workspace; absolute paths and file: URIs are taken as they are", async () => {
  const uriOf = async (uri: string) => (await openTracking({ uri }, "/srv/my churn")).uri;
  expect(await uriOf("mlruns")).toBe("/srv/my churn/mlruns");
  expect(await uriOf("../mlruns/")).toBe("/srv/mlruns");
  expect(await uriOf("/data/mlruns")).toBe("/data/mlruns");
  expect(await uriOf("file:///data/ml%20runs")).toBe("/data/ml runs");
  expect(await uriOf("file:/data/mlruns")).toBe("/data/mlruns");
});

test("another address is refused, and its password isn't shown", async () => {
  const refused = async (uri: string, message: string) =>
    await expect(openTracking({ uri }, "/srv")).rejects.toMatchObject({ exitCode: 2, message });
  await refused(
    "https://maria:secret@mlflow.company.com",
    "tracking.uri: churn can't use a https address, only a folder or an absolute file: URI",
  );
  await refused(
    "sqlite:///mlflow.db",
    "tracking.uri: churn can't use a sqlite address, only a folder or an absolute file: URI",
  );
  await refused(
    "databricks",
    "tracking.uri: churn can't use a databricks address, only a folder or an absolute file: URI",
  );
  for (const uri of ["file:mlruns", "file://host/mlruns", "file:///a%2Fb"]) {
    await refused(uri, `tracking.uri: ${uri} is no absolute file: URI on this machine (file:///srv/mlruns is one)`);
  }
});
