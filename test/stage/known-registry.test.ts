import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { adoptRegistry, requireKnownRegistry } from "../../src/lib/stage/known-registry.ts";
import type { Ledger } from "../../src/lib/stage/ledger.ts";
import { successOf, test, writeSuccess } from "../support/records.ts";

const server = { uri: "https://mlflow.example.com" };
const folder = { uri: "mlruns" };

async function decided(ledger: Ledger, night: string, tracking: object): Promise<void> {
  await writeSuccess(
    ledger,
    successOf(night, "register", { config: { tracking: { experiment: "churn", ...tracking } } }),
  );
}

/** What a run says to a registry. */
async function said(ledger: Ledger, settings: { uri: string; registry_uri?: string }): Promise<unknown> {
  const variable = (name: string) => ({ kind: "environment" as const, where: `MLFLOW_${name}_URI` });
  const origins = new Map([
    ["tracking.uri", variable("TRACKING")],
    ["tracking.registry_uri", variable("REGISTRY")],
  ]);
  const place = { root: ledger.store.address, settings, origins };
  return await requireKnownRegistry(ledger, place).catch((error: unknown) => error);
}

test("before a night is decided any registry will do", async ({ ledger }) => {
  expect(await said(ledger, server)).toBeUndefined();
});

test("another one than the newest decided night's is refused, naming both", async ({ ledger }) => {
  await decided(ledger, "2026-11-22", server);
  await decided(ledger, "2026-11-23", folder);
  expect(await said(ledger, folder)).toBeUndefined();
  expect(await said(ledger, { uri: join(ledger.store.address, "mlruns") }), "the same in other words").toBeUndefined();
  const mlruns = join(ledger.store.address, "mlruns");
  expect(await said(ledger, server)).toMatchObject({
    exitCode: 2,
    message: `the registry is to be https://mlflow.example.com (MLFLOW_TRACKING_URI), but the night of 2026-11-23 was decided with ${mlruns}`,
    hint: "mend tracking.uri, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt",
  });
});

test("a relative folder of a store in a bucket is not said to be this machine's: another one may have decided", async ({
  ledger,
}) => {
  const inBucket: Ledger = { ...ledger, store: { ...ledger.store, isLocal: false } };
  await decided(ledger, "2026-11-23", folder);
  expect(await said(inBucket, folder)).toBeUndefined();
  expect(await said(inBucket, server)).toMatchObject({
    message:
      "the registry is to be https://mlflow.example.com (MLFLOW_TRACKING_URI), but the night of 2026-11-23 was decided with mlruns in the folder of that run, be it on another machine",
  });
  await decided(ledger, "2026-11-24", { uri: "/srv/mlruns" });
  expect(await said(inBucket, server)).toMatchObject({ message: expect.stringMatching(/decided with \/srv\/mlruns$/) });
});

test("a registry elsewhere is what counts, not where runs go", async ({ ledger }) => {
  await decided(ledger, "2026-11-23", { ...server, registry_uri: "https://registry.example.com/" });
  expect(
    await said(ledger, { uri: "https://other.example.com", registry_uri: "https://registry.example.com" }),
  ).toBeUndefined();
  expect(await said(ledger, server)).toMatchObject({ exitCode: 2 });
  expect(await said(ledger, { ...server, registry_uri: "https://third.example.com" })).toMatchObject({
    message: expect.stringContaining("https://third.example.com (MLFLOW_REGISTRY_URI), but"),
    hint: expect.stringContaining("mend tracking.registry_uri"),
  });
});

test("one that somebody chose counts until the next night is decided", async ({ ledger }) => {
  const root = ledger.store.address;
  await decided(ledger, "2026-11-22", folder);
  await adoptRegistry(ledger, { root, settings: server });
  expect(await said(ledger, server)).toBeUndefined();
  expect(await said(ledger, folder)).toMatchObject({
    exitCode: 2,
    message: `the registry is to be ${join(root, "mlruns")} (MLFLOW_TRACKING_URI), but churn init --adopt chose https://mlflow.example.com`,
  });
  await decided(ledger, "2026-11-23", folder);
  expect(await said(ledger, folder)).toBeUndefined();
});

test("a choice that can't be read is a mistake that says how it is made anew", async ({ ledger }) => {
  const root = ledger.store.address;
  await mkdir(join(root, ".churn"));
  await writeFile(join(root, ".churn", "registry.json"), "{");
  expect(await said(ledger, server)).toMatchObject({ exitCode: 2, hint: "churn init --adopt writes it anew" });
});

test("a masked address says nothing", async ({ ledger }) => {
  await decided(ledger, "2026-11-23", { uri: "https://***.example.com" });
  expect(await said(ledger, server)).toBeUndefined();
});
