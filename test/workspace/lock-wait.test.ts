import { expect, test } from "vitest";
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

test("once the time is over it ends with 75 and who has it by then, and no later try waits again", async () => {
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
  expect(said).toHaveLength(1);
});

test("the last look is at the end itself", async () => {
  const pauses: number[] = [];
  const wait = openLockWait(
    "1s",
    () => {},
    async (seconds) => {
      pauses.push(seconds);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    },
  );
  await expect(wait.through(() => Promise.reject(held("it")))).rejects.toBeInstanceOf(HeldError);
  expect(pauses.slice(0, -1).every((seconds) => seconds === 0.5)).toBe(true);
  expect(pauses.at(-1)).toBeLessThanOrEqual(0.5);
});

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
