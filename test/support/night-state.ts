import { existsSync } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import * as z from "zod";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import type { EventKind } from "../../src/lib/ledger/events.ts";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { nightsOf } from "../../src/lib/ledger/nights-of.ts";
import { readLedger } from "../../src/lib/ledger/read.ts";
import { type Reference, recordFormat, type StageRecord } from "../../src/lib/stage/record.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { tryFlock } from "../../src/lib/workspace/native.ts";
import { pipeline } from "../../src/pipeline.ts";
import { digests, lastDay, mayDiffer } from "./churn.ts";
import { fileOf, type Place, pathsOf, rootsOf } from "./place.ts";

/** A file or a folder that is not finished: nothing reads it, and the next run clears it. */
const unfinished = /(^|\/)\.[^/]*\.part(\/|$)/;
/** What only runs leave that were killed or failed: their history. */
const history = /^(logs|ledger|records\/[^/]+\/attempts)(\/|$)|^notifications\/(?:outbox\/)?[^/]+\.failed\./;
/** How a message says that its night was killed, or failed, before. */
const interrupted = /\\n(?:the night of \S+ was interrupted(?: at [a-z]+)?|It works again: [^\\"]*)/g;

/** What a workspace holds, in a form that two of them can be compared in. */
export interface NightState {
  /** of every file whose bytes follow from customers, configuration and versions */
  readonly bytes: Readonly<Record<string, string>>;
  /** every file and folder, MLflow's runs by their nights */
  readonly paths: readonly string[];
  readonly runs: readonly unknown[];
  readonly versions: readonly unknown[];
  /** what registration and notification say, without ids and times */
  readonly reports: Readonly<Record<string, unknown>>;
}

export async function readState(place: Place): Promise<NightState> {
  const { workspace } = place;
  const tracking = openFolder(join(workspace, "mlruns"));
  const nightOf = await nightsOfRuns(workspace);
  const byNight = (text: string) => [...nightOf].reduce((known, [run, night]) => known.replaceAll(run, night), text);
  const paths = (await pathsOf(place)).map(byNight).filter((path) => !history.test(path));

  const runs: unknown[] = [];
  for (const run of nightOf.keys()) {
    const found = await tracking.getRun(run);
    const { [tags.runKey]: _, "mlflow.log-model.history": models, [tags.workspace]: __, ...rest } = found?.tags ?? {};
    const folder = join(workspace, "mlruns", found?.experimentId ?? "", run, "metrics");
    const points: Record<string, number> = {};
    for (const metric of await readdir(folder))
      points[metric] = (await readFile(join(folder, metric), "utf8")).split("\n").length - 1;
    runs.push({
      status: found?.status,
      params: found?.params,
      metrics: found?.metrics,
      points,
      tags: rest,
      models: models !== undefined,
    });
  }
  const versions = (await tracking.modelVersions("churn-model")).map(
    ({ creationTime: _, source: __, runId, tag, ...version }) => {
      // MLmodel says when it was made, so its digest is another one each time.
      const { workspace: ___, promotedAt: ____, contentDigest, ...rest } = tags;
      const own = Object.values(rest).map((key) => [key, tag(key) ?? null]);
      const hasContent = tag(contentDigest) !== undefined;
      return { ...version, run: byNight(runId ?? ""), tags: Object.fromEntries(own), hasContent };
    },
  );
  const reports: Record<string, unknown> = {};
  for (const name of ["registration.json", "notification.json"]) {
    const text = await readFile(fileOf(place, `models/${lastDay}/${name}`), "utf8").catch(() => "null");
    reports[name] = JSON.parse(
      byNight(text)
        .replace(/"sent_at": "[^"]*"/, '"sent_at": ""')
        .replace(interrupted, ""),
    );
  }
  return {
    bytes: await bytesOf(place),
    paths: [...paths].sort(),
    runs: sorted(runs),
    versions,
    reports,
  };
}

/**
 * What holds at any moment, however the night was killed before: every file under its own name is whole, and every record
 * speaks of the bytes that are there.
 */
export async function expectSound(place: Place, reference: NightState): Promise<void> {
  const { workspace } = place;
  await expectNobodyWrites(place);
  expect(await isFree(join(workspace, ".churn", "lock")), "nobody lives, so nobody holds the lock").toBe(true);

  const bytes = await bytesOf(place);
  expect(bytes, "a file under its own name is as the reference has it").toEqual(
    Object.fromEntries(Object.entries(reference.bytes).filter(([key]) => key in bytes)),
  );
  for (const [key, success] of await successRecords(place)) {
    expect(success.status, key).toBe("succeeded");
    for (const output of Object.values(success.outputs)) await expectHolds(place, key, output);
  }
  for (const root of rootsOf(place)) await expectJsonIsWhole(root);
  await expectMlflowReads(workspace);
}

async function expectJsonIsWhole(root: string): Promise<void> {
  for (const key of Object.keys(await digests(root, /^mlruns\//))) {
    if (unfinished.test(key)) continue;
    const text = key.match(/\.jsonl?$/) ? await readFile(join(root, key), "utf8") : undefined;
    if (key.endsWith(".json")) expect(() => JSON.parse(text ?? ""), key).not.toThrow();
    else
      for (const line of text?.trimEnd().split("\n") ?? []) expect(() => JSON.parse(line || "null"), key).not.toThrow();
  }
}

/** Digests of what follows from customers, configuration and versions, and is finished. */
async function bytesOf(place: Place): Promise<Record<string, string>> {
  const found = await Promise.all(
    rootsOf(place).map((root) => digests(root, new RegExp(`${mayDiffer.source}|${unfinished.source}`))),
  );
  // Of the two a bucket alone has a lease.
  const { "lease.json": _, ...bytes } = Object.assign({}, ...found);
  return bytes;
}

/** The night that was resumed is the one that was never killed. */
export async function expectSame(place: Place, reference: NightState): Promise<void> {
  await expectSound(place, reference);
  const everything = await Promise.all(rootsOf(place).map((root) => readdir(root, { recursive: true })));
  const left = everything.flat().filter((path) => unfinished.test(path));
  expect(left, "nothing unfinished stays, not even in an attempt's folder").toEqual([]);
  expect(await readState(place)).toEqual(reference);
}

/**
 * The ledger tells of each run that it began and that it ended, once, and what was decided at most once; with what records add it tells
 * the night as it is.
 */
export async function expectLedger({ workspace, store: folder }: Place, { reports }: NightState): Promise<void> {
  const store = openFolderStore(folder);
  const archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact: String };
  const { events, damaged } = await readLedger({ ...archive, root: workspace }, { nights: 1 });
  expect(damaged).toEqual([]);
  const own = readLedgerFile(workspace)?.events.filter(({ night }) => night === lastDay) ?? [];
  const runs = (kind: EventKind) => own.filter(({ event }) => event === kind).map(({ run }) => run);
  expect(runs("run_ended").sort(), "an end for each").toEqual(runs("run_started").sort());
  expect(new Set(runs("run_ended")).size, "and one alone").toBe(runs("run_ended").length);
  expect(runs("registered").length).toBeLessThan(2);
  const { version, outcome } = registered.parse(reports["registration.json"]);
  const [night] = nightsOf(events);
  expect(night).toMatchObject({ night: lastDay, comparison: outcome, version, f1: expect.any(Number) });
  expect(night?.runs.at(-1)).toMatchObject({ outcome: "succeeded", exit_code: 0, started_by: expect.any(String) });
  const earlier = night?.runs.slice(0, -1).map((run) => run.outcome) ?? [];
  for (const one of earlier) expect(["interrupted", "failed", "succeeded"]).toContain(one);
}

const registered = z.looseObject({ version: z.int(), outcome: z.string() });

/** The attempts of a run by stage, in no order. */
export async function attemptsOf(place: Place, run: string): Promise<readonly StageRecord[]> {
  const folder = fileOf(place, `records/${lastDay}/attempts/${run}`);
  const names = (await readdir(folder)).filter((name) => !unfinished.test(name));
  return Promise.all(names.map((name) => readRecord(join(folder, name))));
}

/** Stages that have no success and whose newest attempt died, with its run. */
export async function interruptedStages(place: Place): Promise<readonly { stage: string; run: string }[]> {
  const newest = new Map<string, StageRecord>();
  for (const run of (await readdir(fileOf(place, `records/${lastDay}/attempts`)).catch(() => [])).sort()) {
    for (const attempt of await attemptsOf(place, run)) newest.set(attempt.stage, attempt);
  }
  const succeeded = (await successRecords(place)).map(([key]) => key);
  return [...newest.values()]
    .filter(({ status, stage }) => status !== "succeeded" && !succeeded.includes(`${lastDay}/${stage}.json`))
    .map(({ stage, run }) => ({ stage, run }));
}

/** All success records with their keys below `records/`; none when the first run was killed before it wrote one. */
export async function successRecords(place: Place): Promise<readonly (readonly [string, StageRecord])[]> {
  const found: (readonly [string, StageRecord])[] = [];
  for (const key of Object.keys(
    await digests(place.store, new RegExp(`^(?!records/)|/attempts/|${unfinished.source}`)),
  )) {
    found.push([key.slice("records/".length), await readRecord(fileOf(place, key))]);
  }
  return found;
}

async function readRecord(path: string): Promise<StageRecord> {
  return recordFormat.read(JSON.parse(await readFile(path, "utf8")), path);
}

async function expectHolds(place: Place, record: string, reference: Reference): Promise<void> {
  if (reference.kind === "result") return;
  const files = reference.kind === "file" ? [{ ...reference, name: "" }] : reference.files;
  for (const { name, size_bytes, sha256: digest } of files) {
    const key = join(reference.key, name);
    const content = await readFile(fileOf(place, key));
    expect({ key, size: content.length, digest: sha256(content) }, `${record} speaks of ${key}`).toEqual({
      key,
      size: size_bytes,
      digest,
    });
  }
}

/** Whether nobody holds a lock right now; a run that was killed early has made no file for it. */
async function isFree(lock: string): Promise<boolean> {
  if (!existsSync(lock)) return true;
  const file = await open(lock);
  try {
    return await tryFlock(file.fd, lock);
  } finally {
    await file.close();
  }
}

/** No file is made, removed, changed or touched any more. */
async function expectNobodyWrites(place: Place): Promise<void> {
  // What was on its way to a server when its sender died arrives a moment later.
  if (place.store !== place.workspace) await sleep(200);
  const before = await changeTimes(place);
  await sleep(50);
  expect(await changeTimes(place), "something still writes").toEqual(before);
}

async function changeTimes(place: Place): Promise<Record<string, string>> {
  const times: Record<string, string> = {};
  for (const root of rootsOf(place)) {
    for (const path of await readdir(root, { recursive: true })) {
      const { size, mtimeMs } = await stat(join(root, path));
      times[join(root, path)] = `${size} ${mtimeMs}`;
    }
  }
  return times;
}

/**
 * MLflow's file store takes every folder in the tree for an experiment, in an experiment for a run, in a model for a version,
 * and wants a meta.yaml in each.
 */
async function expectMlflowReads(workspace: string): Promise<void> {
  const root = join(workspace, "mlruns");
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = relative(root, join(entry.parentPath, entry.name));
    const unfinishedAt = path.search(unfinished);
    if (unfinishedAt !== -1) {
      const shelter = path.slice(0, unfinishedAt);
      expect(shelter, `${path} is no param, metric, tag or alias`).not.toMatch(
        /(^|\/)(params|metrics|tags|aliases)(\/|$)/,
      );
      continue;
    }
    const wanted =
      /^models\/[^/]+(\/version-\d+)?$|^\d+\/(?:(?!datasets$)|datasets\/)[^/]+$/.test(path) && entry.isDirectory();
    if (wanted) expect(await readdir(join(root, path)), `${path} is whole`).toContain("meta.yaml");
  }
}

/** Ids of MLflow's runs, each with its night. */
async function nightsOfRuns(workspace: string): Promise<ReadonlyMap<string, string>> {
  const root = join(workspace, "mlruns");
  const nights = new Map<string, string>();
  for (const path of await readdir(root, { recursive: true })) {
    const run = new RegExp(`^\\d+/([0-9a-f]{32})/tags/${tags.night}$`).exec(path)?.[1];
    if (run !== undefined) nights.set(run, await readFile(join(root, path), "utf8"));
  }
  return nights;
}

function sorted(values: readonly unknown[]): unknown[] {
  return values
    .map((value) => ({ value, text: JSON.stringify(value) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ value }) => value);
}
