import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { comparison, featureList } from "../../../src/lib/artifacts/artifacts.ts";
import { succeeds } from "../../support/mistake.ts";
import { readArtifact } from "../../support/read-artifact.ts";
import { type RealTable, TABLE_BEFORE, TABLE_DAY, TABLES, writeWorkspace } from "../../support/three-tables.ts";

/** What the model of each table is made of, and what extract says of the rest. */
const EXPECTED: Readonly<
  Record<RealTable["name"], { rows: string; features: readonly string[]; unused: readonly RegExp[] }>
> = {
  energy: {
    rows: "1,500 customers from kunden.csv",
    features: [
      ...["laufzeit_monate", "abschlag", "verbrauch_kwh"],
      ...["tarif_Grundversorgung", "tarif_Wärmestrom", "tarif_Ökostrom"],
      ...["zahlweise_Lastschrift", "zahlweise_Überweisung"],
    ],
    unused: [/email/, /vertragsbeginn/, /bemerkung/],
  },
  bank: {
    rows: "1,600 customers from warehouse/customers",
    features: [
      ...["balance", "products", "has_card"],
      ...["1", "10", "11", "12", "2", "3", "4", "5", "6", "7", "8", "9"].map((code) => `branch_code_${code}`),
      ...["segment_business", "segment_private", "segment_student"],
    ],
    unused: [/__index_level_0__/, /customer_since/],
  },
  software: {
    rows: "1,400 customers from accounts/*.jsonl",
    features: [
      ...["seats", "active_seats", "monthly_fee", "discount", "seats_in_use"],
      ...["plan_enterprise", "plan_free", "plan_team"],
    ],
    unused: [/owner/, /settings/, /signed_up/],
  },
};

test.for(TABLES)("a table as docs/your-table.md shows it goes through two nights: $name", async (table) => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "churn-table-")));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeWorkspace(root, table);
  const expected = EXPECTED[table.name];

  const first = await succeeds(root, ["run-all", "--date", TABLE_BEFORE]);
  expect(first.stdout).toContain("New churn model registered!");
  for (const name of expected.unused) expect(first.stderr).toMatch(name);
  expect((await readArtifact(root, featureList, TABLE_BEFORE)).features).toEqual(expected.features);

  await succeeds(root, ["promote", "--version", "1", "--yes"]);
  const second = await succeeds(root, ["run-all", "--date", TABLE_DAY]);
  expect(second.stderr).toContain(expected.rows);
  expect((await readArtifact(root, featureList, TABLE_DAY)).features).toEqual(expected.features);
  // The customers are the same: what differs is how they were written, and that is no reason to judge them otherwise.
  const { production } = await readArtifact(root, comparison, TABLE_DAY);
  expect(production?.problem).toBeNull();
  expect(production?.metrics?.f1).toBeGreaterThan((production?.recorded_f1 ?? Number.NaN) - 0.05);
});
