import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { lookAtAll } from "../../src/lib/watchdog/look-at-all.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { openSoundWorkspace } from "../../src/lib/workspace/workspace.ts";
import { event, runOf, timeOf, writeLedger } from "../support/ledger-events.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { test } from "../support/registry-workspace.ts";

const now = new Date("2026-11-23T12:00:00Z");
const runAt = (date: string) => `${date.replaceAll("-", "")}T050000Z-0001`;
const nightOn = (date: string, ...told: Parameters<typeof runOf>[2][]) =>
  runOf(date, runAt(date), ...told).map((one) => ({ ...one, time: timeOf(runAt(date)) }));
const at = "2026-11-01T08:00:00.000Z";
const promoted = event("promoted", { version: 3, time: at, promoted_at: at, replaced: [] });

/** What is found of the registry, which is empty. */
async function found(folder: string): Promise<readonly string[]> {
  const { terminal } = quietTerminal();
  const workspace = await openSoundWorkspace(contextIn(folder, terminal));
  await using services = openServices(workspace, terminal.print);
  const looks = await lookAtAll({ workspace, services, stages: [], now });
  return looks
    .flatMap(({ findings }) => findings)
    .flatMap(({ what, subject }) => (what === "registry" ? [subject ?? ""] : []));
}

test("what was put into production is gone, unless churn.yaml doesn't say which registry is meant", async ({
  workspace,
}) => {
  await writeLedger(workspace, [promoted]);
  expect(await found(workspace)).toEqual(["3"]);
  await appendFile(join(workspace, "churn.yaml"), 'tracking: { uri: "gopher://example.org" }\n');
  expect(await found(workspace)).toEqual([]);
});

test("a registry that was emptied on purpose stays so, however many nights came to nothing since", async ({
  workspace,
}) => {
  const accepted = nightOn("2026-11-02", event("registered", { production: null, version: 1 }));
  const since = Array.from({ length: 20 }, (_, day) => nightOn(`2026-11-${String(day + 3).padStart(2, "0")}`)).flat();
  await writeLedger(workspace, [promoted, ...accepted, ...since]);
  expect(await found(workspace)).toEqual([]);
  const another = nightOn("2026-11-23", event("registered", { model: "another", production: { version: 9, f1: 0.5 } }));
  await writeLedger(workspace, [promoted, ...accepted, ...since, ...another]);
  expect(await found(workspace)).toEqual([]);
});
