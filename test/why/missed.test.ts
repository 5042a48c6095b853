import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { blockText } from "../../src/lib/schedule/block.ts";
import { cronLine } from "../../src/lib/schedule/cron-line.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { missedNight } from "../../src/lib/why/missed.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { least } from "../support/config-workspace.ts";
import { fakeCrontab } from "../support/fake-crontab.ts";
import { event, writeLedger } from "../support/ledger-events.ts";
import { succeeded, test } from "../support/records.ts";

const config = configSchema.parse({ ...parse(least), timezone: "Europe/Berlin" });
const NOON = new Date("2026-11-23T12:00:00Z");

/** Nights of two days, and what starts them. */
async function started(archive: Archive, by: "cron" | "terminal"): Promise<void> {
  for (const night of ["2026-11-18", "2026-11-21"]) await succeeded(archive, night, "register");
  const place = { night: "2026-11-21", run: "20261121T050000Z-0001", time: "2026-11-21T05:00:00.000Z" };
  await writeLedger(archive.store.address, [event("run_started", { ...place, started_by: by })]);
}

async function tell(archive: Archive, date: string, { now = NOON, bin }: { now?: Date; bin?: string } = {}) {
  const root = archive.store.address;
  const path = bin ?? (await fakeCrontab(root)).bin;
  return await missedNight({ ...archive, root }, nightOf(date, 1), { config, env: { PATH: path }, now });
}
const none = (date: string) => ({ exitCode: 2, message: `there is no night of ${date} in this store` });

test("a night that was due and for which nothing was started has a story: that, and what makes up for it", async ({
  archive,
}) => {
  await started(archive, "cron");
  for (const date of ["2026-11-19", "2026-11-23"])
    expect(await tell(archive, date)).toMatchObject({
      night: date,
      outcome: "missed",
      run: null,
      next: [`churn run-all --date ${date}`],
    });
});

test("one of a time before all nights is none, and neither is one that isn't due yet", async ({ archive }) => {
  await expect(tell(archive, "2026-11-19")).rejects.toMatchObject(none("2026-11-19"));
  await started(archive, "cron");
  await expect(tell(archive, "2026-11-17")).rejects.toMatchObject(none("2026-11-17"));
  const now = new Date("2026-11-23T05:14:00Z");
  await expect(tell(archive, "2026-11-23", { now })).rejects.toMatchObject(none("2026-11-23"));
});

test("where only persons start the nights none was due, unless something is installed that does", async ({
  archive,
}) => {
  await started(archive, "terminal");
  await expect(tell(archive, "2026-11-19")).rejects.toMatchObject(none("2026-11-19"));
  const root = archive.store.address;
  const { bin, table } = await fakeCrontab(root);
  const start = { node: process.execPath, program: "/opt/churn", root, variables: {} };
  await writeFile(table, blockText(root, [cronLine({ at: "06:00", words: ["run-all", "--quiet"] }, start)]));
  expect(await tell(archive, "2026-11-19", { bin })).toMatchObject({ outcome: "missed" });
});

test("another scheduler's habit makes a night due, by the days of the workspace; a person's starts don't", async ({
  archive,
}) => {
  await started(archive, "terminal");
  const starts = (times: readonly string[], ...words: readonly string[]) =>
    writeLedger(
      archive.store.address,
      times.map((time, index) =>
        event("run_started", {
          ...{ time, night: "2026-11-21", run: `20261121T050000Z-000${index}` },
          ...{ started_by: "other", command: ["churn", "run-all", ...words] },
        }),
      ),
    );
  // 22 November in Berlin, and 23 November there.
  const two = ["2026-11-22T22:00:00.000Z", "2026-11-22T23:30:00.000Z"];
  await starts(two);
  expect(await tell(archive, "2026-11-19")).toMatchObject({ outcome: "missed" });
  await starts(two, "--date=2026-11-21");
  await expect(tell(archive, "2026-11-19")).rejects.toMatchObject(none("2026-11-19"));
  await starts(["2026-11-22T23:30:00.000Z", "2026-11-23T00:30:00.000Z"]);
  await expect(tell(archive, "2026-11-19")).rejects.toMatchObject(none("2026-11-19"));
});
