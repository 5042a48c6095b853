import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ServiceError, TryLaterError, UnreachableError, UsageError } from "../../src/lib/errors.ts";
import { InterruptedError, listenForSignals } from "../../src/lib/supervise/interruption.ts";
import { mayPass, parseUntil, retriesUntil, waitUntil } from "../../src/lib/supervise/retry.ts";

const now = new Date("2026-11-23T05:00:00Z");

test("a time of today is that moment in the configured time zone", () => {
  expect(parseUntil("09:00", "Europe/Berlin", now)).toEqual(new Date("2026-11-23T08:00:00Z"));
  expect(parseUntil("23:59", "UTC", now)).toEqual(new Date("2026-11-23T23:59:00Z"));
});

test("one that is past, or no time, is a mistake", () => {
  expect(() => parseUntil("06:00", "Europe/Berlin", now)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "--retry-until 06:00 is already past: it is 06:00 in Europe/Berlin",
      hint: "name a later time of today",
    }),
  );
  for (const text of ["9:00", "24:00", "09:60", "09:00:00", "tomorrow", ""]) {
    expect(() => parseUntil(text, "UTC", now), text).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `--retry-until must be a time of the day, but is ${JSON.stringify(text)}`,
        hint: "write HH:MM, such as 09:00",
      }),
    );
  }
});

test("waits get longer, and the last try is at the very end", () => {
  const until = new Date(now.getTime() + 1000_000);
  const retries = retriesUntil(until);
  const moments: number[] = [];
  for (let at: Date | undefined = now; at !== undefined; at = retries.next(at))
    moments.push((at.getTime() - now.getTime()) / 1000);
  expect(moments).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915, 1000]);
});

test("a run that is tried once has no next try", () => {
  expect(retriesUntil(undefined).next(now)).toBeUndefined();
});

test("what a service caused may pass; limits, memory, disks and mistakes don't", () => {
  expect(mayPass(new UnreachableError("MLflow is down"))).toBe(true);
  expect(mayPass(new TryLaterError("no snapshot yet"))).toBe(true);
  expect(mayPass(new ServiceError("train was stopped: it took longer than its limit of 3 s"))).toBe(false);
  expect(mayPass(new ServiceError("the disk is full"))).toBe(false);
  expect(mayPass(new UsageError("wrong credentials"))).toBe(false);
});

test("waiting ends at its moment, or at once when churn is asked to stop", async () => {
  const interruption = listenForSignals();
  try {
    await expect(waitUntil(new Date(Date.now() + 30), interruption)).resolves.toBeUndefined();
    const waiting = waitUntil(new Date(Date.now() + 3_600_000), interruption);
    await sleep(10);
    process.emit("SIGTERM", "SIGTERM");
    await expect(waiting).rejects.toThrow(InterruptedError);
  } finally {
    interruption.stopListening();
  }
});
