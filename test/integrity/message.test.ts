import { expect } from "vitest";
import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import { differentMessage } from "../../src/lib/integrity/message.ts";
import type { NightMessage } from "../../src/lib/notify/message.ts";
import { notificationFormat } from "../../src/lib/notify/report.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import type { StageRecord } from "../../src/lib/stage/record.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { successOf, test } from "../support/records.ts";

const NIGHT = "2026-11-23";
const REPORT = `models/${NIGHT}/notification.json`;
const FILE = `notifications/${NIGHT}.txt`;
const message: NightMessage = {
  kind: "failed",
  night: NIGHT,
  run: "run",
  stage: "train",
  reason: "a reason",
  details: [],
  hint: null,
  workspace: "/srv/churn",
  host: "vm",
};

/** notify's report of a message on a channel, and its record. */
async function told({ store }: Archive, { detail = FILE, kept = true } = {}): Promise<StageRecord> {
  const channels = [{ channel: "file", outcome: "sent" as const, detail }];
  const report = { message: kept ? message : null, text: "two\nlines", channels, sent_at: "2026-11-23T05:00:00Z" };
  const written = await store.write(REPORT, jsonText(notificationFormat.write(report)));
  return successOf(NIGHT, "notify", { outputs: { notification: { kind: "file", key: REPORT, ...written } } });
}

const differences = async ({ store }: Archive, record: StageRecord) =>
  await differentMessage(store, nightOf(NIGHT, 1), [successOf(NIGHT, "register"), record]);

test("the message's file has the text that its report has", async ({ archive }) => {
  const record = await told(archive);
  await archive.store.write(FILE, "two\nlines\n");
  expect(await differences(archive, record)).toEqual({ files: 1, damage: [] });

  const remedy = `${REPORT} has its text; churn notify --date ${NIGHT} --force sends it again`;
  await archive.store.write(FILE, "two\nother lines\n");
  expect((await differences(archive, record)).damage).toEqual([
    { file: FILE, message: `${FILE} was changed since notify wrote it`, remedy },
  ]);
  await archive.store.remove(FILE);
  expect((await differences(archive, record)).damage).toEqual([
    { file: FILE, message: `${FILE} was removed since notify wrote it`, remedy },
  ]);
});

test("where no file was written, nobody was told, or churn 1.0 kept no text, there is nothing to compare", async ({
  archive,
}) => {
  const nothing = { files: 0, damage: [] };
  expect(await differences(archive, await told(archive, { detail: "somewhere else" }))).toEqual(nothing);
  expect(await differences(archive, await told(archive, { kept: false }))).toEqual(nothing);
  const record = await told(archive);
  expect(await differences(archive, successOf(NIGHT, "notify"))).toEqual(nothing);
  await archive.store.remove(REPORT);
  expect(await differences(archive, record)).toEqual(nothing);
});
