import { describe, expect, test } from "vitest";
import * as z from "zod";
import { oddServer } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const batch = z.object({
  params: z.array(z.unknown()).default([]),
  metrics: z.array(z.record(z.string(), z.unknown())).default([]),
  tags: z.array(z.unknown()).default([]),
});

describe("a batch", () => {
  test("is one call where MLflow takes it in one", async () => {
    await using server = await oddServer(() => ({}));
    await using tracking = trackingAt(server.url);
    const metrics = [{ key: "f1", value: 0.5, timestamp: 1.9, step: 0 }];
    await tracking.logBatch("r", { params: { depth: "5" }, metrics, tags: { a: "b" } });
    expect(server.seen.map(({ body }) => JSON.parse(body))).toEqual([
      {
        run_id: "r",
        params: [{ key: "depth", value: "5" }],
        metrics: [{ key: "f1", value: 0.5, timestamp: 1, step: 0 }],
        tags: [{ key: "a", value: "b" }],
      },
    ]);
  });

  test("is as many as its limits ask for, and nothing is lost", async () => {
    await using server = await oddServer(() => ({}));
    await using tracking = trackingAt(server.url);
    const many = (count: number, text: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, text]));
    const metrics = Array.from({ length: 2500 }, (_, step) => ({ key: "loss", value: step, timestamp: 1, step }));
    await tracking.logBatch("r", { params: many(250, "x".repeat(6000)), metrics, tags: many(120, "y".repeat(8000)) });
    const sent = server.seen.map(({ body }) => ({ bytes: Buffer.byteLength(body), ...batch.parse(JSON.parse(body)) }));
    for (const { bytes, params, metrics, tags } of sent) {
      expect(bytes).toBeLessThanOrEqual(1_000_000);
      expect(params.length).toBeLessThanOrEqual(100);
      expect(tags.length).toBeLessThanOrEqual(100);
      expect(params.length + metrics.length + tags.length).toBeLessThanOrEqual(1000);
    }
    expect(sent.flatMap(({ params }) => params)).toHaveLength(250);
    expect(sent.flatMap(({ metrics }) => metrics).map(({ step }) => step)).toEqual(metrics.map(({ step }) => step));
    expect(sent.flatMap(({ tags }) => tags)).toHaveLength(120);
  });

  test("has numbers that JSON has none for by their names", async () => {
    await using server = await oddServer(() => ({}));
    await using tracking = trackingAt(server.url);
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    await tracking.logBatch("r", {
      metrics: values.map((value, step) => ({ key: "m", value, timestamp: 0, step })),
    });
    const [sent] = server.seen.map(({ body }) => batch.parse(JSON.parse(body)));
    expect(sent?.metrics.map(({ value }) => value)).toEqual(["NaN", "Infinity", "-Infinity"]);
  });

  test("with a param of another value is a mistake, and so is a key that MLflow refuses, before anything is sent", async () => {
    await using server = await oddServer(() => ({
      status: 400,
      body: { error_code: "INVALID_PARAMETER_VALUE", message: "Changing param values is not allowed" },
    }));
    await using tracking = trackingAt(server.url);
    await expect(tracking.logBatch("r", { params: { depth: "6" } })).rejects.toMatchObject({
      exitCode: 2,
      message: `MLflow at ${server.url} refuses runs/log-batch: Changing param values is not allowed (INVALID_PARAMETER_VALUE)`,
      hint: "MLflow keeps a param for good: other params belong to another run",
    });
    await expect(tracking.logBatch("r", { params: { "a//b": "6" } })).rejects.toMatchObject({ exitCode: 2 });
    expect(server.seen).toHaveLength(1);
  });
});

test("a run that was deleted, or isn't there, is none", async () => {
  const deleted = { info: { run_id: "r", experiment_id: "1", lifecycle_stage: "deleted" }, data: {} };
  await using bin = await oddServer(() => ({ body: { run: deleted } }));
  await using atBin = trackingAt(bin.url);
  expect(await atBin.getRun("r")).toBeUndefined();
  await expect(atBin.logArtifacts("r", new Map([["a", Buffer.from("1")]]))).rejects.toMatchObject({
    exitCode: 5,
    message: `MLflow run r is not at ${bin.url}`,
    hint: "churn train --force makes a new one",
  });

  await using empty = await oddServer(() => ({
    status: 404,
    body: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "Run 'r' not found" },
  }));
  await using atEmpty = trackingAt(empty.url);
  expect(await atEmpty.getRun("r")).toBeUndefined();
});

test("a run's values are read as MLflow writes them, NaN by its name", async () => {
  await using server = await oddServer(() => ({
    body: {
      run: {
        info: {
          run_id: "r",
          experiment_id: "1",
          run_name: "n",
          status: "FINISHED",
          artifact_uri: "mlflow-artifacts:/1/r/artifacts",
        },
        data: {
          metrics: [{ key: "f1", value: 0.25 }, { key: "auc", value: "NaN" }, { key: "zero" }],
          params: [{ key: "depth", value: "5" }, { key: "empty" }],
          tags: [{ key: "a", value: "b" }],
        },
        inputs: {},
      },
    },
  }));
  await using tracking = trackingAt(server.url);
  expect(await tracking.getRun("r")).toEqual({
    runId: "r",
    experimentId: "1",
    runName: "n",
    status: "FINISHED",
    artifactUri: "mlflow-artifacts:/1/r/artifacts",
    params: { depth: "5", empty: "" },
    metrics: { f1: 0.25, auc: Number.NaN, zero: 0 },
    tags: { a: "b" },
  });
});

test("an experiment that was deleted in MLflow is a mistake that says how it is restored", async () => {
  await using server = await oddServer(() => ({
    body: { experiment: { experiment_id: "7", lifecycle_stage: "deleted" } },
  }));
  await using tracking = trackingAt(server.url);
  await expect(tracking.createRun({ experiment: "churn", runName: "n", startTime: 0, tags: {} })).rejects.toMatchObject(
    {
      exitCode: 2,
      message: `experiment "churn" of MLflow at ${server.url} was deleted`,
      hint: "mlflow experiments restore --experiment-id 7, or name another one in tracking.experiment",
    },
  );
});

test("an experiment that somebody else makes at the same time is theirs", async () => {
  let asked = 0;
  await using server = await oddServer(({ target }) => {
    if (target.includes("get-by-name")) {
      asked += 1;
      return asked === 1
        ? { status: 404, body: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "no" } }
        : { body: { experiment: { experiment_id: "7" } } };
    }
    if (target.includes("experiments/create"))
      return { status: 400, body: { error_code: "RESOURCE_ALREADY_EXISTS", message: "there" } };
    return { body: { run: { info: { run_id: "r", experiment_id: "7" }, data: {} } } };
  });
  await using tracking = trackingAt(server.url);
  const made = await tracking.createRun({ experiment: "churn", runName: "n", startTime: 0, tags: {} });
  expect(made).toMatchObject({ experimentId: "7" });
});

test("a value with both kinds of quotes can't be looked up", async () => {
  await using server = await oddServer(() => ({ body: { experiment: { experiment_id: "7" } } }));
  await using tracking = trackingAt(server.url);
  await tracking.findRun("churn", { key: "a", value: "it's" });
  expect(JSON.parse(server.seen.at(-1)?.body ?? "")).toMatchObject({ filter: 'tags.`a` = "it\'s"' });
  await expect(tracking.findRun("churn", { key: "a", value: `it's "so"` })).rejects.toMatchObject({
    exitCode: 2,
    message: `"it's \\"so\\"" has both kinds of quotes, and MLflow can't look it up`,
    hint: "choose another name",
  });
});

test("a server from before MLflow 2.4 has no inputs to note, and other refusals are told", async () => {
  const dataset = {
    name: "d",
    digest: "1",
    sourceType: "local",
    uri: "/d",
    columns: [],
    rows: 1,
    context: "training",
  } as const;
  await using old = await oddServer(() => ({ status: 404, body: "<!doctype html><title>404 Not Found</title>" }));
  await using atOld = trackingAt(old.url);
  await atOld.logInput("r", dataset);
  expect(old.seen).toHaveLength(1);
  await using other = await oddServer(() => ({
    status: 400,
    body: { error_code: "INVALID_PARAMETER_VALUE", message: "d" },
  }));
  await using atOther = trackingAt(other.url);
  await expect(atOther.logInput("r", dataset)).rejects.toMatchObject({ exitCode: 5 });
});
