import { expect, test } from "vitest";
import { ServiceError, TryLaterError, UnreachableError, UsageError } from "../../src/lib/errors.ts";
import { type Clock, whenThere } from "../../src/lib/source/wait.ts";

const TODAY = "2026-11-23";
const notYet = () =>
  new TryLaterError(`no snapshot for today, ${TODAY}, in shop yet (the newest is 2026-11-22)`, "later");
const down = () => new UnreachableError("nothing listens at db:5432", "is it up?");

/** Waits by a clock that jumps, for looks that fail in turn and then succeed. */
async function waiting(
  failures: readonly Error[],
  { wait = { for: "2h", every: "5m" }, date = TODAY, random = 0.5, lookSeconds = 0 } = {},
) {
  const left = [...failures];
  const pauses: number[] = [];
  const notices: string[] = [];
  let now = 1000;
  let looks = 0;
  const clock: Clock = {
    now: () => now,
    random: () => random,
    pause: async (seconds) => {
      pauses.push(seconds);
      now += seconds;
    },
  };
  const look = async () => {
    looks += 1;
    now += lookSeconds;
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return "customers";
  };
  const notice = (message: string) => void notices.push(message);
  const [outcome] = await Promise.allSettled([whenThere(look, { wait, date, today: TODAY, notice }, clock)]);
  return { outcome, pauses, notices, looks };
}

test("what isn't there is looked for again, and both ends of the wait are said once", async () => {
  const { outcome, pauses, notices } = await waiting([notYet(), notYet(), notYet()]);
  expect(outcome).toEqual({ status: "fulfilled", value: "customers" });
  expect(pauses).toEqual([300, 300, 300]);
  expect(notices).toEqual([
    "waiting up to 2h, a look every 5m: no snapshot for today, 2026-11-23, in shop yet (the newest is 2026-11-22)",
    "the customers of today, 2026-11-23, are there after 15 min",
  ]);
});

test("what is there at once is said nothing about", async () => {
  expect(await waiting([])).toMatchObject({ notices: [], pauses: [], looks: 1 });
});

test("pauses differ by a tenth, and the last look is at the end", async () => {
  const wait = { for: "10m", every: "4m" };
  const failures = Array.from({ length: 9 }, notYet);
  expect((await waiting(failures, { wait, random: 0 })).pauses).toEqual([216, 216, 168]);
  expect((await waiting(failures, { wait, random: 0.999_999 })).pauses).toEqual([
    expect.closeTo(264, 1),
    expect.closeTo(264, 1),
    expect.closeTo(72, 1),
  ]);
  // A look takes its time too.
  expect((await waiting(failures, { wait, lookSeconds: 60 })).pauses).toEqual([240, 240]);
});

test("the wait's end is 75, with the source's last answer and what failed at last", async () => {
  const wait = { for: "10m", every: "5m" };
  const { outcome, looks, notices } = await waiting([notYet(), notYet(), down()], { wait });
  expect(looks).toBe(3);
  expect(notices).toHaveLength(1);
  expect(outcome).toMatchObject({
    reason: {
      exitCode: 75,
      message:
        "waited 10m: no snapshot for today, 2026-11-23, in shop yet (the newest is 2026-11-22); and at last: nothing listens at db:5432",
      hint: "later",
    },
  });
  expect((await waiting([down(), down(), down()], { wait })).outcome).toMatchObject({
    reason: { exitCode: 75, message: "waited 10m: nothing listens at db:5432", hint: "is it up?" },
  });
});

test.each([
  ["a mistake", new UsageError("there is no table customer")],
  ["a failure that waiting doesn't mend", new ServiceError("the disk is full")],
  ["a defect", new TypeError("undefined is not a function")],
])("%s ends the wait at once", async (_, error) => {
  const { outcome, looks } = await waiting([notYet(), error]);
  expect(outcome).toMatchObject({ status: "rejected", reason: error });
  expect(looks).toBe(2);
});

test("a past date is looked for once, and so is today where no wait is asked for", async () => {
  const error = notYet();
  const past = await waiting([error], { date: "2026-11-22" });
  expect(past).toMatchObject({ looks: 1, notices: [], outcome: { reason: error } });
  const once = await waiting([error], { wait: { for: "0s", every: "5m" } });
  expect(once).toMatchObject({ looks: 1, notices: [], outcome: { reason: error } });
  const look = () => Promise.reject(error);
  const asked = { wait: undefined, date: TODAY, today: TODAY, notice: () => expect.fail("nothing is said") };
  await expect(whenThere(look, asked)).rejects.toBe(error);
});
