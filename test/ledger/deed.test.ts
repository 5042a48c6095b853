import { mkdtemp } from "node:fs/promises";
import { hostname } from "node:os";
import { describe, expect } from "vitest";
import { copyKey } from "../../src/lib/ledger/copies.ts";
import { asDeed, promotedEvent, rolledBackEvents } from "../../src/lib/ledger/deed.ts";
import { readLedgerFile, readLines } from "../../src/lib/ledger/lines.ts";
import { openLedgerWriter } from "../../src/lib/ledger/writer.ts";
import { startOfRun } from "../../src/lib/workspace/run-id.ts";
import { test } from "../support/records.ts";

const promotion = {
  version: 4,
  kind: "promote",
  way: "both",
  replaced: [3],
  promotedBy: "maria (as root)",
  promotedAt: "2026-11-23T08:00:00.000Z",
  reason: "fewer false alarms",
} as const;
const deed = { night: null, model: "churn-model", by: "maria (as root)", host: hostname() };

describe("what a person does", () => {
  test("is a start of its own, of which others hear where the store is shared", async ({ archive }) => {
    const root = await mkdtemp(`${archive.store.address}/workspace-`);
    const writer = openLedgerWriter({ root, redact: String, onWarn: () => {} });
    const done = await asDeed({ ledger: writer, store: archive.store, root }, async () => {
      writer.append(promotedEvent("churn-model", promotion, false));
      return "done";
    });
    expect(done).toBe("done");
    const [told] = readLedgerFile(root)?.events ?? [];
    expect(Math.abs((startOfRun(told?.run ?? "")?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    const copy = await archive.store.read(copyKey(told?.run ?? ""));
    expect(copy && readLines(copy).events).toEqual([told]);
  });

  test("a promotion says who, why, and what it replaced", () => {
    const facts = { version: 4, promoted_at: promotion.promotedAt, replaced: [3], reason: "fewer false alarms" };
    expect(promotedEvent("churn-model", promotion, true)).toEqual({
      event: "promoted",
      ...deed,
      ...facts,
      despite_hold: true,
    });
  });

  test("a rollback says what is back, what is rejected, and how long a promotion asks once more", () => {
    const back = { ...promotion, version: 3, replaced: [4, 5], reason: null };
    expect(rolledBackEvents("churn-model", back, 86_400)).toEqual([
      { event: "rolled_back", ...deed, version: 3, promoted_at: promotion.promotedAt, replaced: [4, 5], reason: null },
      { event: "rejected", ...deed, version: 4, reason: null },
      { event: "held", ...deed, version: 4, until: "2026-11-24T08:00:00.000Z" },
      { event: "rejected", ...deed, version: 5, reason: null },
      { event: "held", ...deed, version: 5, until: "2026-11-24T08:00:00.000Z" },
    ]);
    expect(rolledBackEvents("churn-model", back, 0).map(({ event }) => event)).toEqual([
      "rolled_back",
      "rejected",
      "rejected",
    ]);
  });
});
