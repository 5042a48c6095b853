import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import { aliases, tags } from "../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { modelName, registerVersion, registry } from "./tracking-folder.ts";

const config = `timezone: Europe/Berlin
dataset: { id: customer_id, target: { column: churned } }
source: { url: "duckdb:customers.duckdb", table: customers }
`;

/** A workspace in a temporary folder; `root` is its mlruns. */
export const test = base.extend<{ workspace: string; root: string; tracking: Tracking }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  workspace: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "churn-workspace-"));
    await writeFile(join(folder, "churn.yaml"), config);
    await use(folder);
    await rm(folder, { recursive: true });
  },
  root: async ({ workspace }, use) => use(join(workspace, "mlruns")),
  tracking: async ({ root }, use) => use(openFolder(root)),
});

/** Version 1 archived by version 2, which maria promoted; version 3 the candidate in Staging. */
export async function threeNights(tracking: Tracking): Promise<void> {
  const nights = [
    { night: "2026-11-09", f1: "0.56049", rows: "5571" },
    { night: "2026-11-16", f1: "0.55201", rows: "5590" },
    { night: "2026-11-23.2", f1: "0.57112", rows: "5618" },
  ];
  for (const { night, f1, rows } of nights) {
    const { version } = await registerVersion(tracking, night, {
      [tags.night]: night,
      [tags.f1]: f1,
      [tags.aucRoc]: "0.8406",
      [tags.rows]: rows,
    });
    await tracking.transitionStage(modelName, version, "Staging");
    await tracking.setAlias(modelName, aliases.challenger, version);
    if (version < 3) {
      const at = new Date("2026-11-17T23:30:00Z");
      await promote(tracking, await planPromotion(tracking, registry, version), {
        by: "maria",
        at,
      });
    }
  }
}
