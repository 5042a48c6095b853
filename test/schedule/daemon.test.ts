import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { isCronRunning } from "../../src/lib/schedule/daemon.ts";
import { test } from "../support/folder.ts";

async function process(proc: string, pid: string, name: string) {
  await mkdir(join(proc, pid));
  await writeFile(join(proc, pid, "comm"), `${name}\n`);
}

test("a daemon is known by its name among the processes", async ({ folder }) => {
  await process(folder, "1", "systemd");
  await process(folder, "22", "cronolog");
  // Ended while it was looked at.
  await mkdir(join(folder, "33"));
  await process(folder, "cron", "cron");
  expect(isCronRunning(folder, [])).toBe(false);
  await process(folder, "44", "crond");
  expect(isCronRunning(folder, [])).toBe(true);
});

test("where there is no list of processes, nobody knows", ({ folder }) => {
  expect(isCronRunning(join(folder, "proc"), [])).toBeUndefined();
});

test("neither where it has one's own processes alone, or the names of those alone", async ({ folder }) => {
  await process(folder, "22", "node");
  expect(isCronRunning(folder, [])).toBeUndefined();
  await mkdir(join(folder, "1"));
  expect(isCronRunning(folder, [])).toBeUndefined();
  // One's own may be seen.
  await process(folder, "44", "crond");
  expect(isCronRunning(folder, [])).toBe(true);
});

test("where timers are made of crontabs, no daemon has to run", async ({ folder }) => {
  await process(folder, "1", "systemd");
  const generator = join(folder, "systemd-crontab-generator");
  expect(isCronRunning(folder, [generator])).toBe(false);
  await writeFile(generator, "");
  expect(isCronRunning(folder, [join(folder, "none"), generator])).toBeUndefined();
  await process(folder, "44", "cron");
  expect(isCronRunning(folder, [generator])).toBe(true);
  await rm(join(folder, "44"), { recursive: true });
  expect(isCronRunning(folder, [generator])).toBeUndefined();
});
