import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comparison, notification, registration } from "../../src/lib/artifacts/artifacts.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { GYM_BEFORE, GYM_DAY, gymConfig, openGym } from "../support/gym.ts";
import { complaint } from "../support/mistake.ts";
import { type Company, copyOf } from "../support/other-table.ts";
import { churn } from "../support/program.ts";

const name = gymConfig.register.model;

/** A gym whose version 1 made way for version 2, a model without the visits. */
let gym: Company;

beforeAll(async () => {
  gym = await openGym();
  await gym.churn("run-all", "--date", GYM_BEFORE);
  await gym.churn("promote", "--version", "1", "--yes");
  await gym.churn(
    "run-all",
    "--date",
    GYM_BEFORE,
    "--again",
    "--set",
    "split.salt=other",
    "--set",
    'features=["alter"]',
  );
  await gym.churn("promote", "--version", "2", "--yes");
}, 60_000);
afterAll(() => gym[Symbol.asyncDispose]());

const registryOf = ({ root }: Company) => openFolder(join(root, "mlruns"));

async function stagesOf(company: Company): Promise<Record<number, string>> {
  const versions = await registryOf(company).modelVersions(name);
  return Object.fromEntries(versions.map(({ version, stage, aliases }) => [version, [stage, ...aliases].join(" ")]));
}

describe("a rollback", () => {
  test("scores the newest night's customers, puts the former model back, and nights go on registering", async () => {
    await using company = await copyOf(gym);
    const { stdout, stderr } = await company.churn("rollback", "--yes", "--reason", "it calls everybody");
    expect(stdout).toBe(`${name} version 1 is back in production, version 2 is rejected`);
    expect(stderr).toMatch(/^version 1 loads, and scores \d+ test customers of 2026-11-22\.2$/);
    expect(await stagesOf(company)).toEqual({ 1: "Production champion", 2: "Archived" });

    const again = await churn(company.root, ["promote", "--version", "2", "--yes", "--despite-hold"]);
    expect([again.exitCode, complaint(again).error]).toEqual([
      2,
      expect.stringContaining("version 2 was rejected by "),
    ]);

    await company.churn("run-all", "--date", GYM_DAY, "--set", "compare.min_improvement=0", "--set", "train.rounds=60");
    expect((await company.read(comparison, GYM_DAY)).production?.version).toBe(1);
    const { registered, version } = await company.read(registration, GYM_DAY);
    expect([registered, version]).toEqual([true, 3]);
    const held = await churn(company.root, ["promote", "--version", "3", "--yes"]);
    expect([held.exitCode, complaint(held).error]).toEqual([2, expect.stringContaining("production is on hold")]);
    await company.churn("promote", "--version", "3", "--yes", "--despite-hold");
    expect(await stagesOf(company)).toMatchObject({ 1: "Archived", 3: "Production champion" });
  });
});

describe("a registry that others work in", () => {
  test("with a champion by alias alone is read right, and says that it was moved outside churn", async () => {
    await using company = await copyOf(gym);
    await company.churn("run-all", "--date", GYM_BEFORE, "--again");
    const registry = registryOf(company);
    for (const version of [1, 2]) await registry.transitionStage(name, version, "None");
    await registry.setAlias(name, "champion", 1);
    const { stdout, stderr } = await company.churn("run-all", "--date", GYM_DAY);
    const judged = await company.read(comparison, GYM_DAY);
    expect(judged.production?.version).toBe(1);
    expect(judged.production_moved).toEqual({ from: 2, to: 1 });
    expect(stderr).toContain("production moved from 2 to 1 outside churn");
    expect(stdout).toContain("Note: production moved from 2 to 1 outside churn");
    expect((await company.read(notification, GYM_DAY)).text).toContain("outside churn");
  });

  test("whose stage and alias name two ends with 2, until one of them is promoted", async () => {
    await using company = await copyOf(gym);
    await registryOf(company).setAlias(name, "champion", 1);
    const ended = await churn(company.root, ["run-all", "--date", GYM_DAY]);
    expect(ended.exitCode).toBe(2);
    expect(complaint(ended).error).toContain(
      `two versions of ${name} are in production: version 2 by its stage Production, version 1 by its alias champion`,
    );
    await company.churn("promote", "--version", "2", "--yes");
    expect(await stagesOf(company)).toEqual({ 1: "Archived", 2: "Production champion" });
    await company.churn("run-all", "--date", GYM_DAY);
    expect((await company.read(comparison, GYM_DAY)).production).toMatchObject({ version: 2 });
  });

  test("that differ between compare and register ends with 2 too, and a decided night is none the worse", async () => {
    await using company = await copyOf(gym);
    await company.churn("run-all", "--date", GYM_DAY, "--to", "compare");
    await registryOf(company).setAlias(name, "champion", 1);
    const ended = await churn(company.root, ["register", "--date", GYM_DAY]);
    expect([ended.exitCode, complaint(ended).error]).toEqual([2, expect.stringContaining(`two versions of ${name}`)]);
    await company.churn("run-all", "--date", GYM_BEFORE);
  });

  test("by aliases alone gets no stage", async () => {
    await using company = await copyOf(gym);
    const registry = registryOf(company);
    for (const version of [1, 2]) await registry.transitionStage(name, version, "None");
    const aliases = ["--set", "register.via=aliases"];
    const { stdout } = await company.churn(
      "run-all",
      "--date",
      GYM_DAY,
      ...aliases,
      "--set",
      "compare.min_improvement=0",
    );
    expect(stdout).toContain("Model is now the challenger. Please review and promote it.");
    expect(await stagesOf(company)).toEqual({ 1: "None", 2: "None champion", 3: "None challenger" });
    expect(await company.read(registration, GYM_DAY)).toMatchObject({ registered: true, version: 3, stage: null });
    await company.churn("promote", "--version", "3", "--yes", ...aliases);
    expect(await stagesOf(company)).toEqual({ 1: "None", 2: "None", 3: "None champion" });
    await company.churn("rollback", "--yes", ...aliases);
    expect(await stagesOf(company)).toEqual({ 1: "None", 2: "None champion", 3: "None" });
  });
});
