import { expect, onTestFinished, test, vi } from "vitest";
import { HeldError, TryLaterError } from "../../src/lib/errors.ts";
import { openLockWait } from "../../src/lib/workspace/lock-wait.ts";

const held = (by: string) => new HeldError(`another run holds the lock on /srv/churn: ${by}`, "run it again");

test("another run is waited for until it has ended, which is said once", async () => {
  const said: string[] = [];
  let looks = 0;
  const wait = openLockWait(
    "30m",
    (sentence) => said.push(sentence),
    async () => {},
  );
  expect(wait.waited()).toBeUndefined();
  const result = await wait.through(async () => {
    looks += 1;
    if (looks < 4) throw held(`run-all, at stage ${looks}`);
    return "done";
  });
  expect({ result, looks, said }).toEqual({
    result: "done",
    looks: 4,
    said: ["up to 30m: another run holds the lock on /srv/churn: run-all, at stage 1"],
  });
  expect(wait.waited()).toMatchObject({ reason: held("run-all, at stage 3").message });
});

test("once the time is over it ends with 75 and who has it by then; a later try says anew for how long it waits", async () => {
  const said: string[] = [];
  let looks = 0;
  const wait = openLockWait(
    "0s",
    (sentence) => said.push(sentence),
    () => Promise.reject(new Error("no pause")),
  );
  const hold = async () => {
    looks += 1;
    throw held("run-all, at train");
  };
  for (const expected of [1, 2]) {
    await expect(wait.through(hold)).rejects.toMatchObject({
      exitCode: 75,
      message: "waited 0s: another run holds the lock on /srv/churn: run-all, at train",
      hint: "run it again",
    });
    expect(looks).toBe(expected);
  }
  expect(said).toHaveLength(2);
});

/** A wait by a clock that its pauses, and whatever else the test does, move on. */
function waitByClock(duration: string | undefined) {
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const said: string[] = [];
  const pauses: number[] = [];
  const after = async (seconds: number) => {
    now += seconds * 1000;
  };
  const pause = async (seconds: number) => {
    pauses.push(seconds);
    await after(seconds);
  };
  return {
    said,
    pauses,
    after,
    now: () => now,
    wait: openLockWait(duration, (sentence) => said.push(sentence), pause),
  };
}

test("each time that it is asked the time begins anew, whatever lies between", async () => {
  const { said, after, wait } = waitByClock("30m");
  const heldTwice = () => {
    let looks = 0;
    return async () => {
      looks += 1;
      if (looks < 3) throw held("run-all, at train");
    };
  };
  await wait.through(heldTwice());
  expect(wait.waited()).toMatchObject({ seconds: 1 });
  // The night works, a service fails, and it is tried again.
  await after(40 * 60);
  await wait.through(heldTwice());
  expect(wait.waited()).toMatchObject({ seconds: 1 });
  await wait.through(async () => {});
  expect(wait.waited(), "the third time for nobody").toBeUndefined();
  expect(said).toHaveLength(2);
});

test.for([
  [undefined, undefined, 0],
  [undefined, "10m", 600],
  ["30m", "10m", 1800],
  ["1m", "10m", 600],
  ["30m", undefined, 1800],
] as const)("of %s and %s the longer one counts", async ([waitLock, atLeast, seconds]) => {
  const { said, wait } = waitByClock(waitLock);
  await expect(wait.through(() => Promise.reject(held("a promotion")), atLeast)).rejects.toThrow(HeldError);
  expect(wait.waited()?.seconds ?? 0).toBe(seconds);
  expect(said).toHaveLength(seconds === 0 ? 0 : 1);
});

test.for([
  [0, [0.5, 0.5, 0.5, 0.5]],
  [125, [0.5, 0.5, 0.5, 0.125]],
  [250, [0.5, 0.5, 0.5]],
  [375, [0.5, 0.5, 0.25]],
] as const)(
  "looks that take %i ms: no pause goes beyond the end, and there it looks once more",
  async ([lookMs, expected]) => {
    const { pauses, after, now, wait } = waitByClock("2s");
    let lastLook = 0;
    const hold = async () => {
      lastLook = now();
      await after(lookMs / 1000);
      throw held("it");
    };
    await expect(wait.through(hold)).rejects.toBeInstanceOf(HeldError);
    expect(pauses).toEqual(expected);
    // The time begins when the first look has found it taken.
    expect(lastLook).toBe(lookMs + 2000);
  },
);

test("without the flag, and for what is no lock, nobody waits; what ends the pause ends the wait", async () => {
  const none = openLockWait(
    undefined,
    () => {},
    () => Promise.reject(new Error("no pause")),
  );
  await expect(none.through(() => Promise.reject(held("it")))).rejects.toThrow("another run holds the lock");
  const some = openLockWait(
    "1h",
    () => {},
    () => Promise.reject(new Error("stopped by SIGINT")),
  );
  const late = new TryLaterError("no snapshot for today yet");
  await expect(some.through(() => Promise.reject(late))).rejects.toBe(late);
  await expect(some.through(() => Promise.reject(held("it")))).rejects.toThrow("stopped by SIGINT");
});
