import { expect } from "vitest";
import * as z from "zod";
import { recordPart } from "../../src/lib/artifacts/format.ts";
import { silentView } from "../../src/lib/cli/output/night-view.ts";
import { configSchema } from "../../src/lib/config/schema.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { defineStage } from "../../src/lib/stage/define.ts";
import { planWork } from "../../src/lib/stage/fresh.ts";
import { listenForSignals } from "../../src/lib/supervise/interruption.ts";
import { openRetries } from "../../src/lib/supervise/retry.ts";
import { runNight } from "../../src/lib/supervise/run-night.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { successOf, test, writeSuccess } from "../support/records.ts";

const night = nightOf("2026-11-23", 1);

/** Runs the night's stages, which no process has to be started for. */
async function run(
  what: Pick<Parameters<typeof runNight>[0], "archive" | "services" | "root" | "config" | "stages">,
  workedSeconds = 0,
) {
  const interruption = listenForSignals();
  try {
    return await runNight({
      ...what,
      night,
      today: night.date,
      runId: "20261123T050000Z-0001",
      before: { ...openRetries({ deadline: "10m", first: "5s" }, undefined), workedSeconds },
      force: false,
      from: undefined,
      flags: {},
      program: "/nowhere",
      overrides: [],
      env: {},
      lockFds: [],
      atStage: () => {},
      log: { key: "", write: () => {}, tail: () => [], close: () => {} },
      writer: { root: "", run: null, append: () => {}, warn: () => {} },
      view: silentView,
      interruption,
    });
  } finally {
    interruption.stopListening();
  }
}

test("a server that is down is told of before it is asked for minutes whether a stage is up to date", async ({
  archive,
}) => {
  const root = archive.store.address;
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "parquet:customers.parquet" },
    tracking: { uri: "http://127.0.0.1:1" },
  });
  const train = defineStage({
    name: "train",
    summary: "asks the server whether its run is there",
    needs: {},
    produces: {},
    reads: [],
    uses: ["tracking"],
    flags: z.strictObject({}),
    result: recordPart({}),
    outside: () => Promise.reject(new Error("nobody is to ask it for minutes")),
    run: async () => ({}),
    describe: () => "trained",
  });
  const known = { ...archive, stages: [train] };
  await using services = openServices(
    { config, root, store: archive.store, environment: readEnvironment({ HOME: "/nowhere" }, root) },
    () => {},
  );
  const { digest } = await planWork(known, train, night.name, { config, services, today: night.date }, {});
  await writeSuccess(known, successOf(night.name, "train", { digest, versions: VERSIONS }));
  const { failure, workedSeconds } = await run({ archive: known, services, root, config, stages: [train] }, 100);
  expect(failure).toMatchObject({
    stage: "train",
    event: { exitCode: 5, message: expect.stringContaining("can't be reached: nothing listens there") },
  });
  expect(workedSeconds, "of this try and of those before it").toBeGreaterThan(100);
});

test("a database that refuses us is told of before the stage that reads it works", async ({ archive }) => {
  const root = archive.store.address;
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "parquet:customers.parquet" },
  });
  const extract = defineStage({
    name: "extract",
    summary: "reads customers",
    needs: {},
    produces: {},
    reads: [],
    uses: ["source"],
    flags: z.strictObject({}),
    result: recordPart({}),
    run: async () => ({}),
    describe: () => "read",
  });
  const known = { ...archive, stages: [extract] };
  await using files = openServices(
    { config, root, store: archive.store, environment: readEnvironment({ HOME: "/nowhere" }, root) },
    () => {},
  );
  let asked = 0;
  const requirePresent = () => {
    asked += 1;
    return Promise.reject(new UsageError("the password of reader is wrong, or there is no such user", "PGPASSWORD"));
  };
  const services = { ...files, source: () => ({ ...files.source(), requirePresent }) };
  expect((await run({ archive: known, services, root, config, stages: [extract] })).failure).toMatchObject({
    stage: "extract",
    event: { exitCode: 2, message: "the password of reader is wrong, or there is no such user" },
  });
  expect(asked).toBe(1);
});
