import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { jsonText } from "../../../src/lib/artifacts/json-text.ts";
import { registry } from "../../../src/lib/doctor/checks/registry.ts";
import { adoptedRegistryFormat } from "../../../src/lib/stage/known-registry.ts";
import { foundBy, writeNight, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";
import { event, writeLedger } from "../../support/ledger-events.ts";
import { wholeNight } from "../../support/old-nights.ts";
import { modelName } from "../../support/tracking-folder.ts";

test("a registry is named with what it has in production, and the candidate", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(registry, folder)).toEqual([{ state: "ok", text: "churn-model: no version yet" }]);
  const { tracking } = await writeNight(folder);
  expect(await foundBy(registry, folder)).toEqual([
    { state: "ok", text: "churn-model: nothing in production, version 1 is the candidate" },
  ]);
  await tracking.transitionStage(modelName, 1, "Production");
  expect(await foundBy(registry, folder)).toEqual([{ state: "ok", text: "churn-model: version 1 in production" }]);
});

test("a damaged entry that can't be production is a warning", async ({ folder }) => {
  await writeWorkspace(folder);
  const { tracking } = await writeNight(folder);
  await tracking.transitionStage(modelName, 1, "Production");
  const second = join(folder, "mlruns/models", modelName, "version-2");
  await mkdir(second);
  await writeFile(join(second, "meta.yaml"), "");
  expect(await foundBy(registry, folder)).toEqual([
    { state: "ok", text: "churn-model: version 1 in production" },
    { state: "warning", text: expect.stringContaining("version-2/meta.yaml is damaged") },
  ]);
});

describe("a problem is", () => {
  const problem = (stage: string, text: string, exitCode = 2) =>
    expect.objectContaining({ state: "problem", stage, exitCode, text: expect.stringContaining(text) });

  test("another registry than the known one: then no run starts", async ({ folder }) => {
    await writeWorkspace(folder);
    await writeNight(folder);
    const adopted = jsonText(adoptedRegistryFormat.write({ address: "/elsewhere/mlruns", night: "2026-11-22" }));
    await mkdir(join(folder, ".churn"));
    await writeFile(join(folder, ".churn/registry.json"), adopted);
    expect(await foundBy(registry, folder)).toEqual([
      problem("start", "but churn init --adopt chose /elsewhere/mlruns"),
      expect.objectContaining({ state: "ok" }),
    ]);
  });

  test("production that stage and alias say otherwise", async ({ folder }) => {
    await writeWorkspace(folder);
    const { archive, tracking } = await writeNight(folder);
    const other = await wholeNight(archive, tracking, "2026-11-21");
    await tracking.transitionStage(modelName, 1, "Production");
    await tracking.setAlias(modelName, "champion", other.version);
    expect(await foundBy(registry, folder)).toEqual([
      problem("compare", "two versions of churn-model are in production"),
    ]);
  });

  test("a registry that has lost what the first night, of today, has registered", async ({ folder }) => {
    await writeWorkspace(folder);
    const at = "2026-11-23T04:00:00.000Z";
    await writeLedger(folder, [event("registered", { night: "2026-11-23", version: 1, time: at, production: null })]);
    expect(await foundBy(registry, folder)).toEqual([
      problem("compare", "has no version 1 of churn-model, of which the ledger tells"),
    ]);
  });

  test("a registry that has lost what a night saw there", async ({ folder }) => {
    await writeWorkspace(folder);
    await writeNight(folder);
    await rm(join(folder, "mlruns"), { recursive: true });
    expect(await foundBy(registry, folder)).toEqual([
      problem("compare", "has no version 1 of churn-model, which an earlier night saw there"),
    ]);
  });
});

test("a version that something else has taken out of production is a warning", async ({ folder }) => {
  await writeWorkspace(folder);
  const { tracking } = await writeNight(folder);
  const at = "2026-11-23T04:00:00.000Z";
  await writeLedger(folder, [event("promoted", { version: 1, time: at, promoted_at: at })]);
  expect(await foundBy(registry, folder)).toEqual([
    {
      state: "warning",
      text: "version 1 was put into production on 2026-11-23, but the registry has nothing in production",
      next: ["churn history shows what is known of it; churn promote --version N puts one there"],
    },
  ]);
  await tracking.transitionStage(modelName, 1, "Production");
  expect(await foundBy(registry, folder)).toMatchObject([{ state: "ok" }]);
});

test("where MLflow isn't there nothing is known of it", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(registry, folder, { set: ["tracking.uri=http://127.0.0.1:1"] })).toEqual([
    { state: "unknown", text: "not looked at: MLflow first" },
  ]);
});
