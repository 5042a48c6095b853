import { describe, expect } from "vitest";
import * as z from "zod";
import { json } from "../../src/lib/artifacts/artifact.ts";
import { defineFormat } from "../../src/lib/artifacts/format.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { findDecision } from "../../src/lib/stage/decided.ts";
import { decisionOf, listNights, previousNight } from "../../src/lib/stage/nights.ts";
import { attemptKey, recordKey, type StageRecord, writeRecord } from "../../src/lib/stage/record.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { test as records, successOf, writeSuccess } from "../support/records.ts";

const NIGHT = "2026-11-23";
const RECORD = `records/${NIGHT}/register.json`;
const REPORT = `models/${NIGHT}/registration.json`;
const hint = `restore it from a backup, or decide that night anew: churn run-all --date ${NIGHT} --again`;
const format = defineFormat({ version: 1, schema: z.strictObject({}), upgrades: {} });

/** register leaves a report, notify another one. */
const test = records.extend<{ nights: Archive }>({
  nights: async ({ archive }, use) => {
    const reports: Record<string, string> = { register: "registration", notify: "notification" };
    const stages = archive.stages.map((stage) => {
      const report = reports[stage.name];
      return report === undefined
        ? stage
        : { ...stage, produces: { [report]: json(`models/NIGHT/${report}.json`, format) } };
    });
    await use({ ...archive, stages });
  },
});

/** register's record and report, as a decision leaves them. */
async function decide(archive: Archive, night = NIGHT): Promise<StageRecord> {
  const key = `models/${night}/registration.json`;
  const registration = { kind: "file" as const, key, ...(await archive.store.write(key, "{}")) };
  const record = successOf(night, "register", { outputs: { registration } });
  await writeSuccess(archive, record);
  return record;
}

async function attempted(
  { store }: Archive,
  stage: string,
  status: StageRecord["status"],
  run = "20261123T060000Z-0002",
) {
  await writeRecord(
    { store, redact: (text) => text },
    attemptKey(NIGHT, run, stage),
    successOf(NIGHT, stage, { run, status }),
  );
}

const lost = (reason: string) => ({
  kind: "lost",
  error: expect.objectContaining({ exitCode: 4, message: `${RECORD} is missing${reason}`, hint }),
});

describe("a night without register's record", () => {
  test("is open while nothing tells of a decision, whatever register has tried", async ({ nights }) => {
    expect(await findDecision(nights, NIGHT)).toEqual({ kind: "open" });
    for (const status of ["running", "failed", "interrupted"] as const) {
      await attempted(nights, "register", status);
      // It may have written its report, and the registry, before it died.
      await nights.store.write(REPORT, "{}");
      expect(await findDecision(nights, NIGHT, async () => "version 3")).toEqual({ kind: "open" });
    }
  });

  test("is decided by its attempt, as long as that one's outputs are the same", async ({ nights }) => {
    const record = await decide(nights);
    expect(await findDecision(nights, NIGHT)).toEqual({ kind: "decided", record });
    await nights.store.remove(RECORD);
    expect(await findDecision(nights, NIGHT)).toEqual({ kind: "decided", record });
    expect(await decisionOf(nights, NIGHT)).toEqual(record);

    await nights.store.write(REPORT, "{ }");
    expect(await findDecision(nights, NIGHT)).toEqual(
      lost(` and can't be restored: ${REPORT} was changed since register wrote it`),
    );
    await nights.store.remove(REPORT);
    await expect(decisionOf(nights, NIGHT)).rejects.toMatchObject({
      exitCode: 4,
      message: `${RECORD} is missing and can't be restored: ${REPORT} was removed since register wrote it`,
    });
  });

  test("is decided by the attempt that succeeded, whatever came before it", async ({ nights }) => {
    await attempted(nights, "register", "failed", "20261123T040000Z-0000");
    const record = await decide(nights);
    await nights.store.remove(RECORD);
    expect(await findDecision(nights, NIGHT)).toEqual({ kind: "decided", record });
  });

  test("and with a damaged attempt of it is no open one", async ({ nights }) => {
    const { run } = await decide(nights);
    await nights.store.remove(RECORD);
    const attempt = attemptKey(NIGHT, run, "register");
    await nights.store.write(attempt, "{");
    expect(await findDecision(nights, NIGHT)).toEqual(
      lost(` and can't be restored: ${attempt} is damaged: it is not whole JSON`),
    );
  });

  test.for([
    recordKey(NIGHT, "notify"),
    attemptKey(NIGHT, "20261123T060000Z-0002", "notify"),
    `models/${NIGHT}/notification.json`,
  ])("was decided where %s is there, which comes after", async (trace, { nights }) => {
    await attempted(nights, "register", "running");
    if (trace.includes("attempts")) await attempted(nights, "notify", "running");
    else await nights.store.write(trace, "{}");
    expect(await findDecision(nights, NIGHT)).toEqual(lost(`, although ${trace} tells of that night's decision`));
  });

  test("nor an attempt of register was decided where its report is there, or somebody else tells", async ({
    nights,
  }) => {
    expect(await findDecision(nights, NIGHT, async (night) => `version 3 of ${night}`)).toEqual(
      lost(`, although version 3 of ${NIGHT} tells of that night's decision`),
    );
    await nights.store.write(REPORT, "{}");
    expect(await findDecision(nights, NIGHT)).toEqual(lost(`, although ${REPORT} tells of that night's decision`));
  });
});

test("a night of which nothing but the model's folder is left is no night that never was", async ({ nights }) => {
  await decide(nights, "2026-11-20");
  await decide(nights);
  await nights.store.remove(`records/${NIGHT}`);
  expect(await listNights(nights)).toEqual([nightOf("2026-11-20", 1), nightOf(NIGHT, 1)]);
  await expect(previousNight(nights, "2026-11-24")).rejects.toMatchObject({ exitCode: 4, hint });
  expect(await previousNight(nights, NIGHT)).toEqual(nightOf("2026-11-20", 1));
});
