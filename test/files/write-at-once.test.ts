import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { test as base, expect } from "vitest";
import { writeAtOnce } from "../../src/lib/files/write-at-once.ts";

const test = base.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "churn-write-"));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

test("all of a text is written, letters beyond ASCII too", ({ folder }) => {
  const path = join(folder, "text");
  const fd = openSync(path, "w");
  writeAtOnce(fd, "Kündigung 🦆\n");
  writeAtOnce(fd, "");
  closeSync(fd);
  expect(readFileSync(path, "utf8")).toBe("Kündigung 🦆\n");
});

test("a reader that is slower than its pipe is wide loses nothing", async ({ folder }) => {
  const path = join(folder, "fifo");
  await execa("mkfifo", [path]);
  const reading = execa("sh", ["-c", 'exec 3< "$0"; sleep 0.1; cat <&3 | wc -c', path]);
  // Opened for both ends, so that opening needs no reader; a full pipe says EAGAIN.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  writeAtOnce(fd, "x".repeat(1 << 20));
  closeSync(fd);
  expect((await reading).stdout.trim()).toBe(String(1 << 20));
});

test("what the system refuses is its own error", () => {
  const fd = openSync("/dev/full", "w");
  try {
    expect(() => writeAtOnce(fd, "text")).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  } finally {
    closeSync(fd);
  }
});
