import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { SilentServer, withinTime } from "../../../src/lib/source/server/answer-time.ts";

test("an answer in time is given, an error in time is thrown, and nothing is cut", async () => {
  const cut = () => expect.unreachable();
  expect(await withinTime(0.2, cut, async () => 1)).toBe(1);
  await expect(withinTime(0.2, cut, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await sleep(300);
});

test("a time beyond what Node's timers take is no time at once", async () => {
  expect(
    await withinTime(
      1e9,
      () => expect.unreachable(),
      () => sleep(50, "late"),
    ),
  ).toBe("late");
});

test("silence cuts the connection, and is told", async () => {
  let cuts = 0;
  const never = withinTime(
    0.05,
    () => {
      cuts += 1;
    },
    () => new Promise(() => {}),
  );
  await expect(never).rejects.toBeInstanceOf(SilentServer);
  expect(cuts).toBe(1);
});
