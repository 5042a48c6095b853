import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import {
  holdState,
  holdStateIfPossible,
  NOTHING_TOLD,
  readState,
  type WatchdogState,
} from "../../src/lib/watchdog/state.ts";
import { test } from "../support/folder.ts";
import { failedLetter } from "../support/letters.ts";

const FILE = ".churn/watchdog.json";
const told: WatchdogState = {
  standing: [{ what: "disk", subject: "/w", since: "2026-11-23T08:05:00.000Z" }],
  letter: failedLetter,
  channels: {
    slack: { state: "sent", at: "2026-11-23T08:05:01.000Z", attempts: 1, detail: "#ml", receipt: null, shown_in: null },
  },
};

test("what is kept is there at the next start, in a file that doesn't grow", async ({ folder }) => {
  expect(await readState(folder)).toEqual(NOTHING_TOLD);
  const first = await holdState(folder);
  expect(first).toMatchObject({ state: NOTHING_TOLD, isNew: true });
  first.keep(NOTHING_TOLD);
  first.close();
  const { size } = await stat(join(folder, FILE));
  const second = await holdState(folder);
  expect(second.isNew).toBe(false);
  second.keep(told);
  second.close();
  expect((await stat(join(folder, FILE))).size, "a disk that is full still takes it").toBe(size);
  const third = await holdState(folder);
  expect(third.state).toEqual(told);
  third.keep(NOTHING_TOLD);
  third.close();
  expect(await readState(folder)).toEqual(NOTHING_TOLD);
  expect(JSON.parse(await readFile(join(folder, FILE), "utf8"))).toMatchObject({ schema_version: 1, standing: [] });
});

test("two watchdogs don't work at once", async ({ folder }) => {
  const held = await holdState(folder);
  await expect(holdState(folder)).rejects.toMatchObject({
    exitCode: 75,
    message: `another watchdog is at work on ${folder}`,
    hint: "what it finds is told once: nothing is to be done",
  });
  held.close();
  (await holdState(folder)).close();
});

test("a damaged file says that nothing was told, and one behind a link is none", async ({ folder }) => {
  await mkdir(join(folder, ".churn"));
  await writeFile(join(folder, FILE), '{"schema_version": 1, "stan');
  expect(await readState(folder)).toEqual(NOTHING_TOLD);
  await mkdir(join(folder, "other", ".churn"), { recursive: true });
  await symlink("/etc/hostname", join(folder, "other", FILE));
  await expect(holdState(join(folder, "other"))).rejects.toMatchObject({ exitCode: 5 });
});

test("where it can't be kept, that is said once, and keeps nobody from being told", async ({ folder }) => {
  await mkdir(join(folder, ".churn"));
  await symlink("/etc/hostname", join(folder, FILE));
  const troubles: string[] = [];
  const held = await holdStateIfPossible(folder, (reason) => troubles.push(reason));
  expect(held).toMatchObject({ state: NOTHING_TOLD, isNew: false });
  held.keep(told);
  held.close();
  expect(troubles).toEqual([expect.stringMatching(/^what is told can't be kept, so it is told again next time: /)]);
});

test("one that another watchdog has is no trouble of that kind", async ({ folder }) => {
  const held = await holdState(folder);
  await expect(holdStateIfPossible(folder, () => {})).rejects.toMatchObject({ name: "HeldError" });
  held.close();
  const own = await holdStateIfPossible(folder, () => {});
  own.keep(told);
  own.close();
  expect(await readState(folder)).toEqual(told);
});
