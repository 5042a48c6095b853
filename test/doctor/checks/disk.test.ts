import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test as plain } from "vitest";
import { disk, roomFinding } from "../../../src/lib/doctor/checks/disk.ts";
import { foundBy, writeNight, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";

const FREE = String.raw`[\d.,]+ [kMGT]?B free`;

test("what is free is said, and once there is a night what one takes", async ({ folder }) => {
  expect(await foundBy(disk, folder)).toEqual([{ state: "ok", text: expect.stringMatching(new RegExp(`^${FREE}$`)) }]);
  await writeWorkspace(folder);
  await writeNight(folder);
  expect(await foundBy(disk, folder)).toContainEqual({
    state: "ok",
    text: expect.stringMatching(new RegExp(`^${FREE}.*, a night takes [\\d.]+ kB, more than 3,650 nights left$`)),
  });
});

describe("of a file system", () => {
  const MB = 1_000_000;
  const store = { name: "the store", path: "/w", share: "night", id: 1, free: 100 * MB, takes: 10 * MB } as const;
  const temporary = {
    name: "the place for temporary files",
    path: "/tmp",
    share: "customers",
    id: 1,
    free: 100 * MB,
    takes: 15 * MB,
  } as const;
  const of = (on: Parameters<typeof roomFinding>[0], isOnly = true, removes = false) =>
    roomFinding(on, { isOnly, removes });
  const next = ["churn gc --keep 30d --dry-run shows what old nights would free"];

  plain("the nights that are left are counted by what stays, not by what is temporary", () => {
    expect(of([store, temporary])).toEqual({
      state: "warning",
      text: "100 MB free, a night takes 10 MB, 10 nights left",
      next,
    });
    expect(of([{ ...store, free: 300 * MB }])).toEqual({
      state: "ok",
      text: "300 MB free, a night takes 10 MB, 30 nights left",
    });
  });

  plain("where old nights are removed a few are enough", () => {
    expect(of([store], true, true)).toMatchObject({ state: "ok" });
    expect(of([{ ...store, free: 29 * MB }], true, true)).toMatchObject({ state: "warning", next });
  });

  plain("of several each says what it is for, and one that is for what is temporary has no nights", () => {
    expect(of([temporary], false)).toEqual({ state: "ok", text: "100 MB free for the place for temporary files" });
    expect(of([{ ...store, free: 10_000 * MB }], false)).toEqual({
      state: "ok",
      text: "10 GB free for the store, a night takes 10 MB, 1,000 nights left",
    });
  });
});

test.skipIf(process.getuid?.() !== 0)(
  "a disk without room for a night is a problem of the first stage",
  async ({ folder, skip }) => {
    const small = join(folder, "small");
    await mkdir(small);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small], { stdio: "ignore" });
    } catch {
      return skip("no rights to mount");
    }
    try {
      await writeWorkspace(small);
      await writeNight(small);
      await writeFile(join(small, "filler"), "x".repeat(100_000));
      expect(await foundBy(disk, small)).toEqual([
        {
          state: "problem",
          exitCode: 5,
          stage: "extract",
          text: expect.stringMatching(
            /^the store \(.*\) has \d+ kB free, but a night needs 1\.1 MB there: that of 2026-11-22 took /,
          ),
          next: ["make room first: churn gc --keep 30d --dry-run shows what old nights would free"],
        },
      ]);
    } finally {
      execFileSync("umount", [small]);
    }
  },
);
