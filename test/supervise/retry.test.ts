import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InterruptedError, listenForSignals } from "../../src/lib/supervise/interruption.ts";
import { BEFORE_STAGES, openRetries, parseUntil, pause } from "../../src/lib/supervise/retry.ts";

const now = new Date("2026-11-23T05:00:00Z");
const settings = { deadline: "10m", first: "5s" };
const down = { stage: "train", name: "UnreachableError", exitCode: 5 };
const late = { stage: "extract", name: "TryLaterError", exitCode: 75 };
/** No wait is shortened. */
const whole = () => 1;

test("a time of today is that moment in the configured time zone", () => {
  expect(parseUntil("09:00", "Europe/Berlin", now)).toEqual(new Date("2026-11-23T08:00:00Z"));
  expect(parseUntil("23:59", "UTC", now)).toEqual(new Date("2026-11-23T23:59:00Z"));
});

test("in the night in which clocks change it is a moment all the same", () => {
  const spring = new Date("2026-03-28T23:30:00Z");
  // 02:30 is left out: the moment after.
  expect(parseUntil("02:30", "Europe/Berlin", spring)).toEqual(new Date("2026-03-29T01:30:00Z"));
  const autumn = new Date("2026-10-24T22:30:00Z");
  expect([new Date("2026-10-25T00:30:00Z"), new Date("2026-10-25T01:30:00Z")]).toContainEqual(
    parseUntil("02:30", "Europe/Berlin", autumn),
  );
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

/** Seconds after the first failure at which a stage is tried again, where each try fails at once. */
function moments(retries: ReturnType<typeof openRetries>, failure = down): number[] {
  const found: number[] = [];
  for (let seconds = 0; ; ) {
    const next = retries.next(failure, new Date(now.getTime() + seconds * 1000), seconds);
    if (next === undefined) return found;
    // Dates have whole milliseconds.
    expect(Math.abs(next.at.getTime() - now.getTime() - (seconds + next.seconds) * 1000)).toBeLessThan(2);
    seconds += next.seconds;
    found.push(seconds);
  }
}

describe("waits", () => {
  test("get longer, and the last try is at the very end", () => {
    expect(moments(openRetries(settings, undefined, whole))).toEqual([5, 15, 35, 75, 155, 315, 600]);
    const until = new Date(now.getTime() + 1000_000);
    expect(moments(openRetries(settings, until, whole))).toEqual([5, 15, 35, 75, 155, 315, 615, 915, 1000]);
    expect(moments(openRetries({ deadline: "1m", first: "30s" }, undefined, whole))).toEqual([30, 60]);
  });

  test("are of any length from half of that on, the same ones for the same run and others for another", () => {
    const of = (runId: string) => {
      const retries = openRetries(settings, undefined);
      retries.runId = runId;
      return moments(retries);
    };
    fc.assert(
      fc.property(fc.string(), (runId) => {
        const found = of(runId);
        const waits = found.map((moment, index) => moment - (found[index - 1] ?? 0));
        expect(found.at(-1)).toBe(600);
        for (const [index, wait] of waits.slice(0, -1).entries()) {
          const longest = Math.min(300, 5 * 2 ** index);
          expect(wait).toBeGreaterThanOrEqual(longest / 2);
          expect(wait).toBeLessThanOrEqual(longest);
        }
        expect(of(runId)).toEqual(found);
      }),
    );
    expect(of("20261123T050000Z-0001")).not.toEqual(of("20261123T050000Z-0002"));
  });

  test("are counted stage by stage, and so are tries", () => {
    const retries = openRetries(settings, undefined, whole);
    expect(retries.tryOf("train")).toBe(1);
    retries.next(down, now, 0);
    retries.next(down, now, 590);
    expect([retries.tryOf("train"), retries.tryOf("register")]).toEqual([3, 1]);
    expect(retries.next({ ...down, stage: "register" }, now, 900)).toMatchObject({
      seconds: 5,
      last: new Date("2026-11-23T05:10:00Z"),
    });
    expect(retries.next(down, now, 601)).toBeUndefined();
  });

  test("begin anew for what got over its failure, and its tries are counted on", () => {
    const retries = openRetries(settings, undefined, whole);
    retries.next(down, now, 0);
    retries.next({ ...down, stage: BEFORE_STAGES }, now, 10);
    retries.passed("train");
    // An hour later: the one has its ten minutes again, the other has not.
    expect(retries.next(down, now, 3600)).toMatchObject({ seconds: 5, last: new Date("2026-11-23T05:10:00Z") });
    expect(retries.tryOf("train")).toBe(3);
    expect(retries.next({ ...down, stage: BEFORE_STAGES }, now, 3600)).toBeUndefined();
  });

  test("there are none with a deadline of 0s", () => {
    expect(openRetries({ ...settings, deadline: "0s" }, undefined).next(down, now)).toBeUndefined();
  });
});

test("what a service caused may pass, and under --retry-until what is late; limits, memory, disks and mistakes don't", () => {
  const until = new Date(now.getTime() + 1000_000);
  const next = (failure: typeof down, withUntil: boolean) =>
    openRetries(settings, withUntil ? until : undefined, whole).next(failure, now)?.seconds;
  expect([next(down, false), next(down, true)]).toEqual([5, 5]);
  expect([next(late, false), next(late, true)]).toEqual([undefined, 5]);
  // A time limit, a full disk, a service that is there and does something else, wrong credentials, a gate, a defect.
  for (const [name, exitCode] of [
    ["ServiceError", 5],
    ["FailingServiceError", 5],
    ["UsageError", 2],
    ["QualityGateError", 3],
    ["Error", 1],
  ] as const)
    for (const withUntil of [false, true])
      expect(next({ stage: "train", name, exitCode }, withUntil), name).toBeUndefined();
});

test("a pause ends when it is over, when clocks show its moment, or at once when churn is asked to stop", async () => {
  const interruption = listenForSignals();
  try {
    await expect(pause(0.03, interruption)).resolves.toBeUndefined();
    // The machine slept, or its clock was set ahead.
    await expect(pause(3600, interruption, new Date())).resolves.toBeUndefined();
    // Its clock was set back: the pause is no longer for it.
    await expect(pause(0.03, interruption, new Date(Date.now() + 3_600_000))).resolves.toBeUndefined();
    const waiting = pause(3600, interruption);
    await sleep(10);
    process.emit("SIGTERM", "SIGTERM");
    await expect(waiting).rejects.toThrow(InterruptedError);
    await expect(pause(3600, interruption), "one that begins afterwards").rejects.toThrow(InterruptedError);
  } finally {
    interruption.stopListening();
  }
});
