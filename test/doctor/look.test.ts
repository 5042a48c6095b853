import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Check, type Finding, fine, type Place } from "../../src/lib/doctor/check.ts";
import { isCheckLeft, lookAtAll, type Watcher } from "../../src/lib/doctor/look.ts";
import { ServiceError, TryLaterError, UsageError } from "../../src/lib/errors.ts";
import { NOW } from "../support/doctor.ts";

const missing = { kind: "missing", error: new UsageError("no churn.yaml", "churn init") } as const;
/** Where there is nothing. */
const nowhere: Place = {
  now: NOW,
  env: {},
  stages: [],
  root: missing,
  environment: missing,
  loaded: missing,
  mistake: undefined,
  opened: undefined,
  clocks: () => [],
};

type Look = Extract<Check, { kind: "place" }>["look"];
const check = (name: string, look: Look, more: Partial<Extract<Check, { kind: "place" }>> = {}): Check => ({
  kind: "place",
  name,
  look,
  ...more,
});

async function foundBy(checks: readonly Check[], seconds = 5, place = nowhere) {
  const told: string[] = [];
  const waiting: string[] = [];
  const watcher: Watcher = {
    onFound: ({ name }) => told.push(name),
    onChange: (looking, done, all) => waiting.push(`${done}/${all} ${looking.join()}`),
  };
  const looked = await lookAtAll(checks, place, seconds, watcher);
  return { told, waiting, found: Object.fromEntries(looked.map(({ name, findings }) => [name, findings])), looked };
}

test("all look at once, and what they find is told in their order, as soon as all before it is known", async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = check("first", async () => {
    await gate;
    return [fine("1")];
  });
  const second = check("second", async () => {
    open();
    return [fine("2")];
  });
  const { told, waiting, looked } = await foundBy([first, second]);
  expect(told).toEqual(["first", "second"]);
  expect(waiting).toEqual(["1/2 first", "2/2 "]);
  expect(looked.map(({ name }) => name)).toEqual(["first", "second"]);
});

test("one that goes by what the others have heard looks last, and stands where it stands", async () => {
  const heard: string[] = [];
  const hears = check("hears", async () => [fine(heard.join())], { isLast: true });
  const says = check("says", async () => {
    await sleep(20);
    heard.push("said");
    return [fine("")];
  });
  const { found, told } = await foundBy([hears, says]);
  expect(found.hears).toEqual([fine("said")]);
  expect(told).toEqual(["hears", "says"]);
});

test("what a check throws is what it found: with the exit code and stage that a run would end with", async () => {
  const throws = (error: unknown) => async (): Promise<readonly Finding[]> => {
    throw error;
  };
  const { found } = await foundBy([
    check("mend", throws(new UsageError(["a key is wrong", "and another"], ["mend it", "or leave it"])), {
      stage: "train",
    }),
    check("service", throws(new ServiceError("it is down", undefined, { details: ["a line"] }))),
    check("later", throws(new TryLaterError("not yet", "run it again")), { stage: "extract" }),
    check("machine", throws(Object.assign(new Error("ENOSPC"), { code: "ENOSPC", path: "/full" }))),
    check("defect", throws(new TypeError("x is not a function"))),
  ]);
  expect(found).toEqual({
    mend: [
      {
        state: "problem",
        exitCode: 2,
        stage: "train",
        text: "a key is wrong",
        details: ["and another"],
        next: ["mend it", "or leave it"],
      },
    ],
    service: [{ state: "problem", exitCode: 5, text: "it is down", details: ["a line"] }],
    later: [{ state: "warning", text: "not yet", next: ["run it again"] }],
    machine: [
      { state: "problem", exitCode: 5, text: "/full: the disk is full", next: ["free some space, then run it again"] },
    ],
    defect: [
      {
        state: "problem",
        exitCode: 1,
        text: "a defect in churn: x is not a function",
        next: ["please report it with this line"],
      },
    ],
  });
});

test("a finding may say another stage than its check's, and only a problem has one", async () => {
  const look = async () =>
    [
      fine("well"),
      { state: "problem", text: "a", exitCode: 2 },
      { state: "problem", text: "b", exitCode: 2, stage: "start" },
    ] satisfies Finding[];
  const { found } = await foundBy([check("one", look, { stage: "compare" })]);
  expect(found.one?.map(({ stage }) => stage)).toEqual([undefined, "compare", "start"]);
});

test("one that is late is given up, and what it was doing says what that means", async () => {
  let isGivenUp = false;
  const silent = check(
    "silent",
    async (_, { doing, signal }) => {
      doing("db.company.com", "problem");
      signal.addEventListener("abort", () => {
        isGivenUp = true;
      });
      await new Promise(() => {});
      return [];
    },
    { stage: "extract" },
  );
  const slow = check("slow", async (_, { doing }) => {
    doing("db.company.com", "problem");
    doing("counting rows", "warning");
    await new Promise(() => {});
    return [];
  });
  const late = check("late", async (_, { doing, note }) => {
    note(fine("what is known already"));
    doing("the rest", "warning");
    await new Promise(() => {});
    return [fine("nobody hears it")];
  });
  const { found } = await foundBy([silent, slow, late, check("quick", async () => [fine("well")])], 0.1);
  const next = ["churn doctor --timeout 60s waits longer"];
  expect(found).toEqual({
    silent: [
      { state: "problem", exitCode: 5, stage: "extract", text: "db.company.com doesn't answer within 0.1 s", next },
    ],
    slow: [{ state: "warning", text: "counting rows takes longer than 0.1 s", next }],
    late: [fine("what is known already"), { state: "warning", text: "the rest takes longer than 0.1 s", next }],
    quick: [fine("well")],
  });
  expect(isGivenUp).toBe(true);
  expect(isCheckLeft()).toBe(true);
});

test("a check of churn.yaml's doesn't look where that isn't known, and one that may not apply says nothing", async () => {
  const look = () => Promise.reject(new Error("nobody looks"));
  const store: Check = { kind: "workspace", name: "store", reads: ["store"], look };
  const slack: Check = { ...store, name: "Slack", applies: () => true };
  const found = { value: "/w", kind: "found" } as const;
  const at = async (place: Partial<Place>) => (await foundBy([store, slack], 5, { ...nowhere, ...place })).found;
  const unknown = (first: string) => ({ store: [{ state: "unknown", text: `not looked at: ${first} first` }] });
  expect(await at({})).toEqual(unknown("a workspace"));
  expect(await at({ root: found })).toEqual(unknown(".env"));
});
