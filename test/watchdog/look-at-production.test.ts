import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { ServiceError, UnreachableError } from "../../src/lib/errors.ts";
import { lineOf } from "../../src/lib/ledger/events.ts";
import { readLedger } from "../../src/lib/ledger/read.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { askRegistry, toldRegistry } from "../../src/lib/tracking/ask-registry.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { lookAtProduction } from "../../src/lib/watchdog/look-at-production.ts";
import { least } from "../support/config-workspace.ts";
import { event, writeLedger } from "../support/ledger-events.ts";
import { WORKSPACE } from "../support/records.ts";
import { test, threeNights } from "../support/registry-workspace.ts";

const config = (production_age: string | null) =>
  configSchema.parse({ ...parse(least), timezone: "Europe/Berlin", watchdog: { production_age } });
// In Berlin it is the 24th already.
const NOW = new Date("2026-11-23T23:30:00Z");
const DOWN = "MLflow at https://mlflow.company.com: connection refused";

function look(
  root: string,
  tracking: () => Promise<Tracking>,
  {
    age = "7d",
    now = NOW,
    unasked,
    isStoreDown = false,
  }: { age?: string | null; now?: Date; unasked?: string; isStoreDown?: boolean } = {},
) {
  const archive = { root, store: openFolderStore(root), workspaceId: WORKSPACE, stages: [], redact: String };
  const registry = () => toldRegistry(() => askRegistry(tracking, "churn-model", undefined));
  const told = async () => {
    if (isStoreDown) throw new ServiceError("the bucket is down");
    return (await readLedger(archive, { now })).events;
  };
  return lookAtProduction({ root, store: archive.store, registry, told, unasked }, config(age), now);
}

describe("the model in production", () => {
  test("is as old as the night that it learned from", async ({ workspace, tracking }) => {
    await threeNights(tracking);
    const open = async () => tracking;
    expect(await look(workspace, open, { age: "8d" })).toMatchObject({
      findings: [],
      well: ["version 2 is 8 days old"],
    });
    expect(await look(workspace, open, { age: "7d" })).toMatchObject({
      findings: [
        {
          what: "production_age",
          subject: "2",
          text: "version 2 in production is 8 days old, more than 7d is too old",
          next: "churn models",
        },
      ],
      well: [],
    });
    expect(await look(workspace, open, { now: new Date("2026-11-17T05:00:00Z") })).toMatchObject({
      well: ["version 2 is 1 day old"],
    });
  });

  test("isn't asked for where nobody knows which registry is meant", async ({ workspace }) => {
    const nobody = () => Promise.reject(new Error("nobody asks"));
    expect(await look(workspace, nobody, { unasked: "not asked" })).toEqual({
      findings: [],
      unjudged: ["production_age", "registry"],
      well: [],
      notes: ["not asked"],
    });
  });

  test("is of any age where nobody wants to know, and there may be none", async ({ workspace, tracking }) => {
    const nothing = { findings: [], unjudged: [], well: [], notes: [] };
    expect(await look(workspace, async () => tracking, { age: null })).toEqual(nothing);
    expect(await look(workspace, async () => tracking)).toMatchObject({
      findings: [],
      well: ["nothing is in production"],
    });
  });
});

test("a registry that has lost what was put into production is found, and not taken for one that is new", async ({
  workspace,
  tracking,
}) => {
  const at = "2026-11-22T23:30:00.000Z";
  const promoted = event("promoted", { version: 3, time: at, promoted_at: at, replaced: [] });
  await writeLedger(workspace, [promoted]);
  expect(await look(workspace, async () => tracking)).toEqual({
    findings: [
      {
        what: "registry",
        subject: "3",
        text: "version 3 was put into production on 2026-11-23, but the registry knows no version of churn-model",
        next: "churn doctor",
      },
    ],
    unjudged: ["production_age"],
    well: [],
    notes: [],
  });
  // It is gone however old it may be; and what a store that is down has to tell since may be that it was given up.
  expect(await look(workspace, async () => tracking, { age: null })).toMatchObject({
    findings: [{ what: "registry", subject: "3" }],
    unjudged: [],
  });
  expect(await look(workspace, async () => tracking, { isStoreDown: true })).toMatchObject({
    findings: [],
    unjudged: ["registry"],
  });
  await threeNights(tracking);
  expect((await look(workspace, async () => tracking, { age: "8d" })).well).toEqual(["version 2 is 8 days old"]);
});

describe("a registry that is down", () => {
  const down = () => Promise.reject(new UnreachableError(DOWN));
  const registered = event("registered", {
    version: 3,
    night: "2026-11-16",
    time: "2026-11-16T05:00:00.000Z",
    production: null,
  });
  const promoted = event("promoted", {
    version: 3,
    time: "2026-11-17T05:00:00.000Z",
    promoted_at: "2026-11-17T05:00:00.000Z",
    replaced: [],
  });
  const tell = (workspace: string, events: Parameters<typeof lineOf>[0][]) =>
    writeFile(join(workspace, LEDGER_FILE), events.map((one) => `${lineOf(one)}\n`).join(""));

  test("doesn't matter where the ledger knows enough", async ({ workspace }) => {
    await tell(workspace, [registered, promoted]);
    expect(await look(workspace, down, { age: "8d" })).toEqual({
      findings: [],
      unjudged: ["registry"],
      well: ["version 3 is 8 days old"],
      notes: [DOWN],
    });
    expect((await look(workspace, down)).findings).toMatchObject([
      { text: "version 3 in production is 8 days old, as far as the ledger knows, more than 7d is too old" },
    ]);
  });

  test("doesn't matter where nothing was in production when the last night was decided", async ({ workspace }) => {
    await tell(workspace, [registered]);
    expect(await look(workspace, down)).toMatchObject({
      findings: [],
      well: ["nothing is in production"],
      notes: [DOWN],
    });
  });

  test("is noted where its model may be of any age", async ({ workspace }) => {
    expect(await look(workspace, down, { age: null })).toEqual({
      findings: [],
      unjudged: ["registry"],
      well: [],
      notes: [DOWN],
    });
  });

  test("is what is found where it doesn't", async ({ workspace }) => {
    await tell(workspace, []);
    expect((await look(workspace, down)).findings).toHaveLength(1);
    await tell(workspace, [promoted]);
    expect(await look(workspace, down)).toEqual({
      findings: [
        {
          what: "unseen",
          subject: "production",
          text: `how old the model in production is can't be seen: ${DOWN}`,
          next: "churn doctor",
        },
      ],
      unjudged: ["production_age", "registry"],
      well: [],
      notes: [],
    });
  });
});
