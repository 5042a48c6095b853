import { mkdtemp, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { ServiceError, TryLaterError } from "../../src/lib/errors.ts";
import type { Channel } from "../../src/lib/notify/channel.ts";
import type { Message } from "../../src/lib/notify/message.ts";
import { attemptKey, type StageRecord, writeRecord } from "../../src/lib/stage/record.ts";
import { announceFailure, leaveUntold } from "../../src/lib/supervise/announce-failure.ts";
import { failedEvent } from "../../src/lib/supervise/events.ts";
import { trainCheckpoint } from "../../src/lib/tracking/checkpoint.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { openRunLog } from "../../src/lib/workspace/log.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { test as records, succeeded, successOf } from "../support/records.ts";
import { probeChannel, teamOf } from "../support/team.ts";
import { newRun } from "../support/tracking-folder.ts";

const night = nightOf("2026-11-23", 1);
const RUN = "20261123T050000Z-7f3a";
const fullDisk = new ServiceError("the disk is full");

interface Scene {
  readonly tracking: Tracking;
  /** messages that came through */
  heard(): readonly Message[];
  /** Announces that train failed. @returns the lines of the run's log */
  announce(change?: {
    readonly failure?: ServiceError;
    readonly details?: readonly string[];
    readonly channels?: readonly Channel[];
    readonly tracking?: () => Promise<Tracking>;
  }): Promise<Record<string, unknown>[]>;
  /** Leaves a run for later. */
  leave(run: { readonly run: string; readonly night: string; readonly reason: string }): Promise<void>;
  /** Leaves the attempt of a train that got so far. */
  trained(mlflowRunId: string | null, change?: Partial<StageRecord>): Promise<void>;
}

const test = records.extend<{ scene: Scene }>({
  scene: async ({ archive }, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-announce-"));
    const file = probeChannel("file", true);
    const tracking = openFolder(join(root, "mlruns"));
    await use({
      tracking,
      heard: () => file.arrived.map(({ message }) => message),
      announce: async (change = {}) => {
        const log = await openRunLog({
          root,
          date: night.date,
          night: night.name,
          runId: RUN,
          redact: archive.redact,
          onLost: () => {},
        });
        await announceFailure({
          root: "/srv/churn",
          archive,
          services: {
            team: () => teamOf(archive.store, change.channels ?? [file]),
            tracking: change.tracking ?? (async () => tracking),
          },
          night,
          runId: RUN,
          stage: "train",
          failure: change.failure ?? fullDisk,
          event: { ...failedEvent(change.failure ?? fullDisk), details: [...(change.details ?? [])] },
          log,
        });
        log.close();
        const text = await readFile(join(root, log.key), "utf8");
        return text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line));
      },
      leave: ({ run, night: of, reason }) =>
        leaveUntold(
          {
            archive,
            services: { team: () => teamOf(archive.store, [file]) },
            root: "/srv/churn",
            log: { write: () => {} },
          },
          { run, night: of, stage: "extract", event: failedEvent(new TryLaterError(reason)) },
        ),
      trained: async (mlflow_run_id, change) => {
        const written = trainCheckpoint.write({
          files: {},
          engine: "ml-xgboost",
          parameters: {},
          rows: 3,
          log_loss: 0.4,
          seconds: 1,
          mlflow_run_id,
          early_stopping: null,
          cuts: null,
          library: null,
        });
        const checkpoint = z.record(z.string(), z.json()).parse(written);
        const attempt = successOf(night.name, "train", { run: RUN, status: "failed", checkpoint, ...change });
        await writeRecord(archive, attemptKey(night.name, RUN, "train"), attempt);
      },
    });
    await rm(root, { recursive: true });
  },
});

/** Fails whoever asks for it. */
const unwanted = () => Promise.reject(new Error("tracking was asked for"));

describe("the team", () => {
  test("is told what failed, where and what to do, without secrets", async ({ scene }) => {
    await scene.announce({
      failure: new ServiceError("s3cret was refused", "is s3cret right?"),
      details: ["1: s3cret", "2: plain"],
    });
    expect(scene.heard()).toEqual([
      {
        kind: "failed",
        night: "2026-11-23",
        run: RUN,
        stage: "train",
        reason: "*** was refused",
        details: ["1: ***", "2: plain"],
        hint: "is *** right?",
        workspace: "/srv/churn",
        host: hostname(),
      },
    ]);
  });

  test("gets no hint where there is none, and the log says who was told", async ({ scene }) => {
    const lines = await scene.announce();
    expect(scene.heard()).toMatchObject([{ reason: "the disk is full", hint: null, details: [] }]);
    expect(lines).toMatchObject([
      {
        level: "info",
        msg: "team told of the failure",
        stage: "run-all",
        channels: { file: { state: "sent", detail: "to file" } },
      },
    ]);
    expect(lines).toHaveLength(1);
  });

  test("that can't be told is a line in the log, and MLflow is told all the same", async ({ scene }) => {
    const { runId } = await scene.tracking.createRun(newRun());
    await scene.trained(runId);
    const deaf: Channel = { ...probeChannel("terminal"), send: () => Promise.reject(new Error("no terminal")) };
    const lines = await scene.announce({ channels: [deaf] });
    expect(lines).toMatchObject([{ channels: { terminal: { state: "pending", detail: "no terminal" } } }]);
    expect(await scene.tracking.getRun(runId)).toMatchObject({ status: "FAILED" });
  });
});

describe("a run that told nothing", () => {
  test("and was killed is told before the next one that fails; one for later as soon as its night is over", async ({
    scene,
    archive,
  }) => {
    const team = teamOf(archive.store, []);
    await team.begin({ id: "killed", night: "2026-11-21" }, async () => ({ stage: null, reason: null }));
    await team.begin({ id: "later", night: "2026-11-22" }, async () => ({ stage: "train", reason: null }));
    const later = { run: "later", night: "2026-11-22", reason: "no snapshot yet" };
    await scene.leave(later);
    expect(scene.heard()).toHaveLength(1);
    await scene.announce();
    expect(scene.heard()).toMatchObject([
      { night: "2026-11-21", run: "killed", stage: "train", reason: "the run was ended before it could tell anybody" },
      { night: "2026-11-22", run: "later", stage: "extract", reason: "no snapshot yet" },
      { night: "2026-11-23", run: RUN },
    ]);
  });
});

describe("MLflow's run", () => {
  test("is marked as failed", async ({ scene }) => {
    const { runId } = await scene.tracking.createRun(newRun());
    await scene.trained(runId);
    expect(await scene.tracking.getRun(runId)).toMatchObject({ status: "RUNNING" });
    await scene.announce();
    expect(await scene.tracking.getRun(runId)).toMatchObject({ status: "FAILED" });
  });

  test("of a decided night stays finished: what comes after the decision does it no harm", async ({
    scene,
    archive,
  }) => {
    const { runId } = await scene.tracking.createRun(newRun());
    await scene.tracking.setStatus(runId, "FINISHED", 1_795_500_001_000);
    await scene.trained(runId, { status: "succeeded" });
    await succeeded(archive, night.name, "register");
    expect(await scene.announce({ tracking: unwanted })).toHaveLength(1);
    expect(await scene.tracking.getRun(runId)).toMatchObject({ status: "FINISHED" });
  });

  test("is not looked for where train has made none", async ({ scene }) => {
    expect(await scene.announce({ tracking: unwanted })).toHaveLength(1);
    await scene.trained(null);
    expect(await scene.announce({ tracking: unwanted })).toHaveLength(2);
    await scene.trained(null, { checkpoint: null });
    expect(await scene.announce({ tracking: unwanted })).toHaveLength(3);
  });

  test("that can't be reached is a warning in the log, and hides nothing", async ({ scene }) => {
    await scene.trained("0".repeat(32));
    const lines = await scene.announce({
      tracking: () => Promise.reject(new ServiceError("mlflow does not answer: s3cret")),
    });
    expect(scene.heard()).toHaveLength(1);
    expect(lines).toMatchObject([
      { msg: "team told of the failure" },
      {
        level: "warn",
        msg: "MLflow could not be told of the failure",
        stage: "run-all",
        error: "ServiceError: mlflow does not answer: ***",
      },
    ]);
  });

  test("nor does one that is no longer there", async ({ scene }) => {
    await scene.trained("0".repeat(32));
    const lines = await scene.announce();
    expect(lines).toMatchObject([{}, { level: "warn", error: expect.stringContaining("0".repeat(32)) }]);
  });
});
