import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { watchdogFormat } from "../../src/lib/watchdog/report.ts";
import { acquireLock } from "../../src/lib/workspace/lock.ts";
import { churn, dayBefore, digests, lastDay } from "../support/churn.ts";
import { succeeds, workspaceAfter } from "../support/mistake.ts";
import { clockAt } from "../support/node-clock.ts";

const test = workspaceAfter(["run-all", "--date", dayBefore]);

test("a night that doesn't come is told once, in one message, until it has come", async ({ workspace, folder }) => {
  // How full this machine's disk is, is its own affair.
  await appendFile(join(workspace, "churn.yaml"), '\nwatchdog: { by: "09:00", nights: 1, disk: null }\n');
  const watchAt = async (moment: string, ...words: string[]) =>
    await churn(workspace, ["watchdog", ...words], await clockAt(folder, moment));
  const eventsOf = (kind: string) => (readLedgerFile(workspace)?.events ?? []).filter(({ event }) => event === kind);
  const sent = () => eventsOf("sent").filter((one) => "message" in one && one.message === "watchdog");

  expect(await watchAt(`${lastDay}T08:00:00Z`)).toMatchObject({
    exitCode: 0,
    stdout: `all well: ${dayBefore} is decided, nothing is in production`,
    stderr: "",
  });
  expect(await watchAt(`${lastDay}T08:00:00Z`, "--quiet")).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });

  const late = `✖ no success by 09:00: no night of ${lastDay} has begun`;
  const before = await digests(workspace);
  const dry = await watchAt(`${lastDay}T09:05:00Z`, "--dry-run");
  expect(dry).toMatchObject({ exitCode: 5, stdout: expect.stringContaining(late) });
  expect(dry.stderr).toBe("told   nobody: --dry-run sends nothing");
  expect(await digests(workspace), "nothing is changed").toEqual(before);

  // A run has the workspace, and is waited for by nobody.
  const lock = await acquireLock(join(workspace, ".churn", "lock"), workspace, "run-all of today");
  const first = await watchAt(`${lastDay}T09:05:00Z`, "--quiet");
  lock.release();
  expect(first).toMatchObject({ exitCode: 5, stdout: expect.stringContaining(late) });
  expect(first.stdout).toContain(`1 night without success, since ${lastDay}; the last one was that of ${dayBefore}`);
  expect(first.stdout).toContain(`next  churn -C ${workspace} run-all --date ${lastDay}`);
  expect(sent()).toMatchObject([{ channel: "terminal" }, { channel: "file", night: null, outcome: "sent" }]);
  const [, file] = sent();
  const text = await readFile(join(workspace, (file && "detail" in file && file.detail) || ""), "utf8");
  expect(text).toMatch(/^⚠️ The watchdog found 2 things\.\nno success by 09:00: /);

  // Told already: the exit code says that it stands, and cron has nothing to mail.
  expect(await watchAt(`${lastDay}T10:00:00Z`, "--quiet")).toMatchObject({ exitCode: 5, stdout: "", stderr: "" });
  const again = await watchAt(`${lastDay}T10:00:00Z`);
  expect(again.stdout).toMatch(/^✖ still, since 2026-11-22: no success by 09:00/);
  expect(again.stderr).toBe("told   before, by file");
  const {
    schema_version,
    churn_version: _,
    ...report
  } = JSON.parse((await watchAt(`${lastDay}T10:00:00Z`, "--json")).stdout);
  expect(schema_version).toBe(1);
  expect(watchdogFormat.schema.parse(report)).toMatchObject({
    findings: [{ what: "late" }, { what: "nights" }],
    exit_code: 5,
  });
  expect(sent()).toHaveLength(2);

  // The night comes, and the next one doesn't; nobody has looked in between, as cron does once a day.
  await succeeds(workspace, ["run-all", "--date", lastDay]);
  expect(await watchAt("2026-11-23T09:05:00Z")).toMatchObject({
    exitCode: 5,
    stdout: expect.stringMatching(/^✖ no success by 09:00: no night of 2026-11-23 has begun\n/),
  });
  expect(eventsOf("cleared")).toMatchObject([{ what: "late" }, { what: "nights" }]);
  expect(sent()).toHaveLength(4);
  expect(await watchAt(`${lastDay}T11:00:00Z`)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^all well/),
  });
  expect(eventsOf("cleared")).toHaveLength(4);
});
