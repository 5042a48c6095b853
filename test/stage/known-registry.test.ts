import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { adoptRegistry, requireKnownRegistry } from "../../src/lib/stage/known-registry.ts";
import { successOf, test, writeSuccess } from "../support/records.ts";

const server = { uri: "https://mlflow.example.com" };
const folder = { uri: "mlruns" };

async function decided(archive: Archive, night: string, tracking: object): Promise<void> {
  await writeSuccess(
    archive,
    successOf(night, "register", { config: { tracking: { experiment: "churn", ...tracking } } }),
  );
}

/** What a run says to a registry. */
async function said(archive: Archive, settings: { uri: string; registry_uri?: string }): Promise<unknown> {
  const variable = (name: string) => ({ kind: "environment" as const, where: `MLFLOW_${name}_URI` });
  const origins = new Map([
    ["tracking.uri", variable("TRACKING")],
    ["tracking.registry_uri", variable("REGISTRY")],
  ]);
  const place = { root: archive.store.address, settings, origins };
  return await requireKnownRegistry(archive, place).catch((error: unknown) => error);
}

test("before a night is decided any registry will do", async ({ archive }) => {
  expect(await said(archive, server)).toBeUndefined();
});

test("another one than the newest decided night's is refused, naming both", async ({ archive }) => {
  await decided(archive, "2026-11-22", server);
  await decided(archive, "2026-11-23", folder);
  expect(await said(archive, folder)).toBeUndefined();
  expect(
    await said(archive, { uri: join(archive.store.address, "mlruns") }),
    "the same in other words",
  ).toBeUndefined();
  const mlruns = join(archive.store.address, "mlruns");
  expect(await said(archive, server)).toMatchObject({
    exitCode: 2,
    message: `the registry is to be https://mlflow.example.com (MLFLOW_TRACKING_URI), but the night of 2026-11-23 was decided with ${mlruns}`,
    hint: "mend tracking.uri, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt",
  });
});

test("a relative folder of a store in a bucket is not said to be this machine's: another one may have decided", async ({
  archive,
}) => {
  const inBucket: Archive = { ...archive, store: { ...archive.store, isLocal: false } };
  await decided(archive, "2026-11-23", folder);
  expect(await said(inBucket, folder)).toBeUndefined();
  expect(await said(inBucket, server)).toMatchObject({
    message:
      "the registry is to be https://mlflow.example.com (MLFLOW_TRACKING_URI), but the night of 2026-11-23 was decided with mlruns in the folder of that run, be it on another machine",
  });
  await decided(archive, "2026-11-24", { uri: "/srv/mlruns" });
  expect(await said(inBucket, server)).toMatchObject({ message: expect.stringMatching(/decided with \/srv\/mlruns$/) });
});

test("a registry elsewhere is what counts, not where runs go", async ({ archive }) => {
  await decided(archive, "2026-11-23", { ...server, registry_uri: "https://registry.example.com/" });
  expect(
    await said(archive, { uri: "https://other.example.com", registry_uri: "https://registry.example.com" }),
  ).toBeUndefined();
  expect(await said(archive, server)).toMatchObject({ exitCode: 2 });
  expect(await said(archive, { ...server, registry_uri: "https://third.example.com" })).toMatchObject({
    message: expect.stringContaining("https://third.example.com (MLFLOW_REGISTRY_URI), but"),
    hint: expect.stringContaining("mend tracking.registry_uri"),
  });
});

test("one that somebody chose counts until the next night is decided", async ({ archive }) => {
  const root = archive.store.address;
  await decided(archive, "2026-11-22", folder);
  await adoptRegistry(archive, { root, settings: server });
  expect(await said(archive, server)).toBeUndefined();
  expect(await said(archive, folder)).toMatchObject({
    exitCode: 2,
    message: `the registry is to be ${join(root, "mlruns")} (MLFLOW_TRACKING_URI), but churn init --adopt chose https://mlflow.example.com`,
  });
  await decided(archive, "2026-11-23", folder);
  expect(await said(archive, folder)).toBeUndefined();
});

test("a choice that can't be read is a mistake that says how it is made anew", async ({ archive }) => {
  const root = archive.store.address;
  await mkdir(join(root, ".churn"));
  await writeFile(join(root, ".churn", "registry.json"), "{");
  expect(await said(archive, server)).toMatchObject({ exitCode: 2, hint: "churn init --adopt writes it anew" });
});

test("a masked address says nothing", async ({ archive }) => {
  await decided(archive, "2026-11-23", { uri: "https://***.example.com" });
  expect(await said(archive, server)).toBeUndefined();
});
