import { describe, expect, test } from "vitest";
import { registerCandidate } from "../../src/lib/tracking/candidate.ts";
import { productionVersion } from "../../src/lib/tracking/production.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import { planRollback, rollBack } from "../../src/lib/tracking/rollback.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { type Via, wayOf } from "../../src/lib/tracking/via.ts";
import { registryServer, unknownCalls } from "../support/registry-server.ts";
import { modelName } from "../support/tracking-folder.ts";
import { trackingAt } from "../support/tracking-server.ts";

const by = "maria";
const hour = (hour: number) => new Date(`2026-11-23T0${hour}:00:00Z`);

async function register(tracking: Tracking, version: number, via: Via) {
  const candidate = {
    name: modelName,
    runId: `r${version}`,
    source: `mlflow-artifacts:/1/r${version}/artifacts/model`,
    description: "",
    tags: {},
    check: async () => {},
    archiving: async () => {},
  };
  return await registerCandidate(tracking, candidate, { versions: await tracking.modelVersions(modelName), via });
}

async function promoteNow(tracking: Tracking, version: number, { at, via }: { at: Date; via: Via }) {
  return await promote(tracking, await planPromotion(tracking, { model: modelName, via }, version), { by, at });
}

describe.each(Object.entries(unknownCalls))("a server that says by %s that it doesn't know", (_, unknown) => {
  test("stages has its candidates, production and rollback by aliases, where nobody asked for stages", async () => {
    await using server = await registryServer(3, { stages: unknown });
    await using tracking = trackingAt(server.url);
    const via = undefined;
    const found = async () => productionVersion(await tracking.modelVersions(modelName), via)?.version;
    expect(await register(tracking, 1, via)).toEqual({ version: 1, stage: null });
    expect(await promoteNow(tracking, 1, { at: hour(1), via })).toMatchObject({ way: "aliases" });
    expect(await found()).toBe(1);
    await expect(promoteNow(tracking, 1, { at: hour(1), via })).rejects.toMatchObject({
      message: "churn-model version 1 is in Production already",
    });
    await register(tracking, 2, via);
    await register(tracking, 3, via);
    // A candidate that made way for a newer one, which no alias names.
    await promoteNow(tracking, 2, { at: hour(2), via });
    expect(server.state()).toEqual({ 1: "None", 2: "None champion", 3: "None challenger" });
    const plan = await planRollback(tracking, { model: modelName, via }, undefined);
    expect(await rollBack(tracking, plan, { by, at: hour(3) })).toMatchObject({ version: 1, way: "aliases" });
    expect(server.state()).toEqual({ 1: "None champion", 2: "None", 3: "None challenger" });
  });

  test("aliases has them by stages, where nobody asked for aliases", async () => {
    await using server = await registryServer(2, { aliases: unknown });
    await using tracking = trackingAt(server.url);
    const via = undefined;
    expect(await register(tracking, 1, via)).toEqual({ version: 1, stage: "Staging" });
    expect(await promoteNow(tracking, 1, { at: hour(1), via })).toMatchObject({ way: "stages" });
    await register(tracking, 2, via);
    await promoteNow(tracking, 2, { at: hour(2), via });
    expect(server.state()).toEqual({ 1: "Archived", 2: "Production" });
    const plan = await planRollback(tracking, { model: modelName, via }, undefined);
    expect(await rollBack(tracking, plan, { by, at: hour(3) })).toMatchObject({ version: 1, way: "stages" });
    expect(server.state()).toEqual({ 1: "Production", 2: "Archived" });
    expect(productionVersion(await tracking.modelVersions(modelName), via)?.version).toBe(1);
  });

  test("what was asked for is told, as what the user can set", async () => {
    for (const [lacking, vias, other] of [
      ["stages", ["both", "stages"], "aliases"],
      ["aliases", ["both", "aliases"], "stages"],
    ] as const) {
      for (const via of vias) {
        await using server = await registryServer(1, { [lacking]: unknown });
        await using tracking = trackingAt(server.url);
        const told = {
          exitCode: 2,
          message: `MLflow at ${server.url} knows no ${lacking}`,
          hint: `set register.via to ${other}, or leave it out: churn then finds out what the server knows`,
        };
        await expect(register(tracking, 1, via)).rejects.toMatchObject(told);
        const plan = await planPromotion(tracking, { model: modelName, via: "aliases" }, 1);
        await expect(promote(tracking, { ...plan, via }, { by, at: hour(1) })).rejects.toMatchObject(told);
      }
    }
  });
});

test("a server that knows neither can say nothing", async () => {
  const unknown = { status: 404, body: "<html>404</html>" };
  await using server = await registryServer(1, { stages: unknown, aliases: unknown });
  await using tracking = trackingAt(server.url);
  await expect(register(tracking, 1, undefined)).rejects.toMatchObject({ exitCode: 2 });
});

test("a server that knows both is asked for nothing more where nobody said it", async () => {
  const calls = async (via: Via) => {
    await using server = await registryServer(2);
    await using tracking = trackingAt(server.url);
    expect(await register(tracking, 1, via)).toEqual({ version: 1, stage: "Staging" });
    expect(await promoteNow(tracking, 1, { at: hour(1), via })).toMatchObject({ way: "both" });
    await register(tracking, 2, via);
    expect(server.state()).toEqual({ 1: "Production champion", 2: "Staging challenger" });
    return server.seen.map(({ method, target, body }) => `${method} ${target} ${body}`);
  };
  expect(await calls(undefined)).toEqual(await calls("both"));
});

test.each<Via>([undefined, "both", "stages", "aliases"])(
  "a version that others registered is promoted from no stage, via %s, and one of churn's is not, where stages count",
  async (via) => {
    await using server = await registryServer(3, { foreign: [2] });
    await using tracking = trackingAt(server.url);
    await register(tracking, 1, via);
    await promoteNow(tracking, 1, { at: hour(1), via });
    expect(await promoteNow(tracking, 2, { at: hour(2), via })).toMatchObject({ replaced: [1], way: via ?? "both" });
    expect(productionVersion(await tracking.modelVersions(modelName), via)?.version).toBe(2);
    const own = promoteNow(tracking, 3, { at: hour(3), via });
    if (via === "aliases") expect(await own).toMatchObject({ version: 3 });
    else await expect(own).rejects.toMatchObject({ message: expect.stringContaining("version 3 is in no stage yet") });
  },
);

test("a server that fails, or refuses for another reason, is none that doesn't know", async () => {
  for (const answer of [
    { status: 500, body: { error_code: "INTERNAL_ERROR", message: "database is locked" } },
    { status: 400, body: { error_code: "INVALID_PARAMETER_VALUE", message: "Invalid stage" } },
    { status: 403, body: "Permission denied" },
  ]) {
    for (const unknown of [{ stages: answer }, { aliases: answer }]) {
      await using server = await registryServer(1, unknown);
      await using tracking = trackingAt(server.url);
      const refused = await register(tracking, 1, undefined).catch((error: Error) => error.message);
      expect(refused).toContain(String(answer.status === 400 ? "INVALID_PARAMETER_VALUE" : answer.status));
    }
  }
});

test("how a registry speaks is what churn.yaml says, and otherwise what its versions tell", () => {
  const none = { stage: "None", aliases: [] } as const;
  const champion = { stage: "None", aliases: ["champion"] } as const;
  const other = { stage: "None", aliases: ["for-the-shop"] } as const;
  expect(wayOf("stages", [champion])).toBe("stages");
  expect(wayOf(undefined, [])).toBe("both");
  expect(wayOf(undefined, [none, other])).toBe("both");
  expect(wayOf(undefined, [none, champion])).toBe("aliases");
  expect(wayOf(undefined, [{ stage: "Archived", aliases: [] }, champion])).toBe("both");
});
