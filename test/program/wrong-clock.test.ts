import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { statusFormat } from "../../src/lib/status/format.ts";
import { whyFormat } from "../../src/lib/why/format.ts";
import { churn, dayBefore, lastDay } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";
import { clockAt } from "../support/node-clock.ts";

const test = workspaceAfter(["run-all", "--date", lastDay]);
const about = `the night of ${lastDay} is dated after today and doesn't count: a clock was ahead when it ran`;

test("a night that ran while a clock was ahead blinds nothing once that is right, and is named", async ({
  workspace,
  folder,
}) => {
  await appendFile(join(workspace, "churn.yaml"), '\nwatchdog: { by: "09:00", nights: 1, disk: null }\n');
  const clock = await clockAt(folder, `${dayBefore}T12:00:00Z`);
  const ask = async (...words: readonly string[]) => await churn(workspace, words, clock);
  const statusNow = async () => statusFormat.read(JSON.parse((await ask("status", "--json")).stdout), "status");

  // That nothing has succeeded yet today is no news after noon of a first day, and the night to come is none of today's.
  expect((await ask("watchdog", "--dry-run")).stdout).not.toContain("is decided");
  expect(await statusNow()).toMatchObject({ last_success: null, nights: [], problems: [`${about} (churn doctor)`] });
  const doctor = await ask("doctor", "--json");
  const { checks } = JSON.parse(doctor.stdout);
  expect(JSON.stringify(checks)).toContain(about);
  expect((await ask("why")).stdout).toContain(`Night of ${lastDay}: `);

  // Tonight's night is no older one, and registers.
  const ran = await ask("run-all");
  expect(ran.exitCode, ran.stderr).toBe(0);
  const story = whyFormat.read(JSON.parse((await ask("why", "--json")).stdout), "why");
  expect(story).toMatchObject({ night: dayBefore, outcome: "first_model", comparison: { older: null } });
  expect((await ask("watchdog")).stdout).toContain(`all well: ${dayBefore} is decided`);
  expect(await statusNow()).toMatchObject({ last_success: { night: dayBefore }, nights: [{ night: dayBefore }] });
});
