import { expect, test } from "vitest";
import { oddServer, type SeenRequest } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const named = (target: string) => target.split("?")[0]?.replace("/api/2.0/mlflow/", "") ?? "";
const absent = { status: 404, body: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "no" } };
const form = (version: number, more: object = {}) => ({
  name: "churn-model",
  version: String(version),
  creation_timestamp: 1_700_000_000_000 + version,
  current_stage: "None",
  source: `mlflow-artifacts:/1/r${version}/artifacts/model`,
  run_id: `r${version}`,
  ...more,
});
const candidate = {
  name: "churn-model",
  runId: "r1",
  source: "mlflow-artifacts:/1/r1/artifacts/model",
  description: "d",
  tags: { "churn.night": "2026-11-23" },
};

test("versions are read page by page, newest first, with the aliases that only the model has", async () => {
  await using server = await oddServer(({ target }) => {
    if (named(target) === "registered-models/get")
      return { body: { registered_model: { name: "churn-model", aliases: [{ alias: "champion", version: "1" }] } } };
    return target.includes("page_token")
      ? { body: { model_versions: [form(1, { current_stage: "Production" })] } }
      : {
          body: {
            model_versions: [form(3, { tags: [{ key: "a", value: "b" }] }), form(2, { run_id: "" })],
            next_page_token: "n",
          },
        };
  });
  await using tracking = trackingAt(server.url);
  const versions = await tracking.modelVersions("churn-model");
  expect(versions.map(({ tag, ...one }) => ({ ...one, a: tag("a") }))).toEqual([
    {
      name: "churn-model",
      version: 3,
      stage: "None",
      runId: "r3",
      source: form(3).source,
      creationTime: 1_700_000_000_003,
      aliases: [],
      a: "b",
    },
    {
      name: "churn-model",
      version: 2,
      stage: "None",
      runId: null,
      source: form(2).source,
      creationTime: 1_700_000_000_002,
      aliases: [],
      a: undefined,
    },
    {
      name: "churn-model",
      version: 1,
      stage: "Production",
      runId: "r1",
      source: form(1).source,
      creationTime: 1_700_000_000_001,
      aliases: ["champion"],
      a: undefined,
    },
  ]);
});

test("a model that isn't registered has no versions", async () => {
  await using server = await oddServer(({ target }) => (named(target) === "registered-models/get" ? absent : {}));
  await using tracking = trackingAt(server.url);
  expect(await tracking.modelVersions("churn-model")).toEqual([]);
  expect(await tracking.highestVersion("churn-model")).toBe(0);
});

test("the first version makes the registered model, and who makes it at the same time is in nobody's way", async () => {
  for (const refusal of [undefined, { error_code: "RESOURCE_ALREADY_EXISTS", message: "there" }]) {
    let exists = false;
    await using server = await oddServer(({ target }) => {
      const call = named(target);
      if (call === "registered-models/create") {
        exists = true;
        return refusal === undefined ? {} : { status: 400, body: refusal };
      }
      if (call !== "model-versions/create") return {};
      return exists ? { body: { model_version: form(1) } } : absent;
    });
    await using tracking = trackingAt(server.url);
    expect(await tracking.createModelVersion(candidate)).toMatchObject({ version: 1, stage: "None" });
    expect(server.seen.map(({ target }) => named(target))).toEqual([
      "model-versions/search",
      "model-versions/create",
      "registered-models/create",
      "model-versions/create",
    ]);
  }
});

test("of a plain user, for whom a model that isn't there is forbidden, the first version is made as well", async () => {
  const forbidden = { status: 403, body: "Permission denied" };
  let exists = false;
  await using server = await oddServer(({ target }) => {
    const call = named(target);
    if (call === "model-versions/search") return {};
    if (call === "registered-models/create") exists = true;
    else if (!exists) return forbidden;
    return call === "model-versions/create" ? { body: { model_version: form(1) } } : {};
  });
  await using tracking = trackingAt(server.url);
  expect(await tracking.modelVersions("churn-model")).toEqual([]);
  expect(await tracking.createModelVersion(candidate)).toMatchObject({ version: 1, stage: "None" });
});

test("a model that is somebody else's is forbidden", async () => {
  await using server = await oddServer(({ target }) => {
    if (named(target) === "model-versions/search") return {};
    if (named(target) !== "registered-models/create") return { status: 403, body: "Permission denied" };
    return { status: 400, body: { error_code: "RESOURCE_ALREADY_EXISTS", message: "there" } };
  });
  await using tracking = trackingAt(server.url);
  await expect(tracking.createModelVersion(candidate)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("do model-versions/create (403)"),
  });
});

test("a version whose answer was lost is looked up before it is made again", async () => {
  let made = 0;
  await using server = await oddServer(({ target }: SeenRequest) => {
    if (named(target) === "model-versions/create") {
      made += 1;
      return (response) => response.destroy();
    }
    // Another version of the same run has another source.
    return { body: { model_versions: made === 0 ? [] : [form(4, { run_id: "r1" }), form(1)] } };
  });
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  expect(await tracking.createModelVersion(candidate)).toMatchObject({ version: 1 });
  expect(made).toBe(1);
});

test("of tags only those are written that aren't there", async () => {
  await using server = await oddServer(() => ({
    body: {
      model_version: form(1, {
        tags: [
          { key: "a", value: "1" },
          { key: "b", value: "2" },
        ],
      }),
    },
  }));
  await using tracking = trackingAt(server.url);
  await tracking.setModelVersionTags("churn-model", 1, { a: "1", b: "3", c: "4" });
  expect(server.seen.slice(1).map(({ body }) => JSON.parse(body))).toEqual([
    { name: "churn-model", version: "1", key: "b", value: "3" },
    { name: "churn-model", version: "1", key: "c", value: "4" },
  ]);
});

test("stages move one version alone, aliases are texts, an alias that isn't there is gone already", async () => {
  await using server = await oddServer(({ method }) => (method === "DELETE" ? absent : {}));
  await using tracking = trackingAt(server.url);
  await tracking.transitionStage("churn-model", 7, "Production");
  await tracking.setAlias("churn-model", "champion", 7);
  await tracking.deleteAlias("churn-model", "challenger");
  expect(server.seen.map(({ method, target, body }) => [method, named(target), JSON.parse(body)])).toEqual([
    [
      "POST",
      "model-versions/transition-stage",
      { name: "churn-model", version: "7", stage: "Production", archive_existing_versions: false },
    ],
    ["POST", "registered-models/alias", { name: "churn-model", alias: "champion", version: "7" }],
    ["DELETE", "registered-models/alias", { name: "churn-model", alias: "challenger" }],
  ]);
});

test("a line is added to a description once", async () => {
  let description = "Night of 2026-11-23.";
  await using server = await oddServer(({ method, body }) => {
    if (method === "PATCH") ({ description } = JSON.parse(body));
    return { body: { model_version: form(1, { description }) } };
  });
  await using tracking = trackingAt(server.url);
  for (let time = 0; time < 2; time += 1) await tracking.addToDescription("churn-model", 1, "Rolled back by maria.");
  expect(description).toBe("Night of 2026-11-23.\n\nRolled back by maria.");
  expect(server.seen.map(({ method }) => method)).toEqual(["GET", "PATCH", "GET"]);
});

test("pages that never end are left, and a version on two pages is one", async () => {
  let token = 0;
  await using server = await oddServer(({ target }) => {
    if (named(target) === "registered-models/get") return { body: { registered_model: { name: "churn-model" } } };
    token += 1;
    return { body: { model_versions: [form(2), form(1)], next_page_token: token === 3 ? "" : `t${token}` } };
  });
  await using tracking = trackingAt(server.url);
  expect((await tracking.modelVersions("churn-model")).map(({ version }) => version)).toEqual([2, 1]);
  // From here on each page has another token.
  await expect(tracking.modelVersions("churn-model")).rejects.toMatchObject({
    name: "UnreachableError",
    message: `MLflow at ${server.url} answers model-versions/search with more than 100 pages`,
    hint: `is tracking.uri MLflow's own address? curl ${server.url}/version`,
  });
});
