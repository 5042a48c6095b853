import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerEvent } from "../../src/lib/ledger/events.ts";
import {
  historyFormat,
  type ProductionPeriod,
  periodAt,
  periodsWithin,
  productionPeriods,
} from "../../src/lib/ledger/history.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion } from "../../src/lib/tracking/tracking.ts";
import { event } from "./../support/ledger-events.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 10, 1, hour)).toISOString();
const now = new Date(Date.UTC(2027, 0, 1));
const dateOf = (hour: number) => at(hour).slice(0, 10);

test("a number that was given out anew, after the registry was emptied, has the night of its own registration", () => {
  const registered = (hour: number, night: string) =>
    event("registered", { time: at(hour), night, version: 1, production: null });
  const promoted = (hour: number) =>
    event("promoted", { time: at(hour), promoted_at: at(hour), version: 1, replaced: [], reason: null });
  const told = [registered(1, "2026-11-01"), promoted(2), registered(30, "2026-11-02"), promoted(31)];
  const periods = productionPeriods(told, { model: "churn-model", versions: undefined, current: undefined, now });
  expect(periods.map(({ night, from, to_before }) => [night, from, to_before])).toEqual([
    ["2026-11-01", at(2), at(30)],
    ["2026-11-02", at(31), null],
  ]);
});

/** A registry with what has told of it, and what has been so, whoever tells of it. */
function openWorld() {
  const tagsOf = new Map<number, Record<string, string>>();
  const told: LedgerEvent[] = [];
  const truth: { version: number; from: string; to: string | null }[] = [];
  const put = (version: number, key: string, value: string) =>
    tagsOf.set(version, { ...tagsOf.get(version), [key]: value });
  const current = () => truth.find(({ to }) => to === null)?.version ?? null;
  const move = (version: number, time: string) => {
    const before = truth.find(({ to }) => to === null);
    if (before !== undefined) before.to = time;
    truth.push({ version, from: time, to: null });
  };
  return {
    told,
    truth,
    current,
    promote(version: number, hour: number, by = "maria") {
      const [time, before] = [at(hour), current()];
      if (before === version) return;
      if (before !== null) put(before, tags.productionUntil, time);
      put(version, tags.promotedAt, time);
      put(version, tags.promotedBy, by);
      const replaced = before === null ? [] : [before];
      told.push(event("promoted", { time, promoted_at: time, version, replaced, by, reason: null }));
      move(version, time);
    },
    /** in MLflow's own pages */
    moveOutside(version: number, hour: number) {
      if (current() !== version) move(version, at(hour));
    },
    night(hour: number) {
      const version = current();
      const production = version === null ? null : { version, f1: 0.5 };
      told.push(event("not_registered", { time: at(hour), night: dateOf(hour), production }));
    },
    versions: (): ModelVersion[] =>
      [1, 2, 3].map((version) => ({
        name: "churn-model",
        version,
        stage: "None",
        aliases: [],
        runId: null,
        source: "",
        creationTime: 0,
        tag: (key) => tagsOf.get(version)?.[key],
      })),
  };
}
type World = ReturnType<typeof openWorld>;

function periodsOf(world: World, known: { ledger?: boolean; registry?: boolean } = {}): readonly ProductionPeriod[] {
  const { ledger = true, registry = true } = known;
  return productionPeriods(ledger ? world.told : world.told.filter((one) => !("promoted_at" in one)), {
    model: "churn-model",
    versions: registry ? world.versions() : undefined,
    current: registry ? world.current() : undefined,
    now,
  });
}

const short = (periods: readonly ProductionPeriod[]) =>
  periods.map(({ version, from, from_after, to, to_before, is_current, how, by }) =>
    [
      `${version}: ${from ?? (from_after === null ? "?" : `after ${from_after}`)}`,
      `to ${is_current ? "now" : (to ?? (to_before === null ? "?" : `before ${to_before}`))}`,
      `${how}${by === null ? "" : ` by ${by}`}`,
    ].join(" "),
  );

describe("which version was in production", () => {
  test("is what promotions tell, by the ledger and by tags, or by either of them", () => {
    const world = openWorld();
    world.night(0);
    world.promote(1, 8, "jan");
    world.night(24);
    world.promote(2, 32);
    const expected = [`1: ${at(8)} to ${at(32)} promoted by jan`, `2: ${at(32)} to now promoted by maria`];
    expect(short(periodsOf(world))).toEqual(expected);
    expect(short(periodsOf(world, { ledger: false }))).toEqual(expected);
    expect(short(periodsOf(world, { registry: false }))).toEqual([expected[0], `2: ${at(32)} to ? promoted by maria`]);
  });

  test("says of one that came outside churn between which moments it did, and that nobody is known to have moved it", () => {
    const world = openWorld();
    world.promote(1, 8);
    world.night(24);
    world.moveOutside(3, 30);
    world.night(48);
    world.promote(2, 60);
    expect(short(periodsOf(world))).toEqual([
      `1: ${at(8)} to before ${at(48)} promoted by maria`,
      `3: after ${at(24)} to ${at(60)} outside`,
      `2: ${at(60)} to now promoted by maria`,
    ]);
  });

  test("is as the registry has it by now, though nothing tells of the change", () => {
    const world = openWorld();
    world.promote(1, 8);
    world.moveOutside(2, 30);
    expect(short(periodsOf(world))).toEqual([
      `1: ${at(8)} to before ${now.toISOString()} promoted by maria`,
      `2: after ${at(8)} to now outside`,
    ]);
  });

  test("of a version that others had put there before churn was, is known from the first night on", () => {
    const world = openWorld();
    world.moveOutside(1, 0);
    world.night(24);
    world.promote(2, 30);
    const [first] = periodsOf(world);
    expect(first).toMatchObject({ version: 1, from: null, from_after: null, seen: at(24), to: at(30), how: "unknown" });
  });

  test("is not what an older night was held against, which was in production on its date", () => {
    const world = openWorld();
    world.promote(1, 8);
    const production = { version: 3, f1: 0.5 };
    world.told.push(event("not_registered", { time: at(20), night: dateOf(0), production, is_older: true }));
    expect(short(periodsOf(world))).toEqual([`1: ${at(8)} to now promoted by maria`]);
  });

  test("is what a night saw that was decided long after its date, while none was decided after it", () => {
    const world = openWorld();
    world.moveOutside(3, 100);
    world.told.push(event("not_registered", { time: at(200), night: dateOf(0), production: { version: 3, f1: 0.5 } }));
    expect(periodsOf(world)).toMatchObject([{ version: 3, seen: at(200) }]);
  });

  test("counts a promotion that was finished later from its first moment on", () => {
    const world = openWorld();
    world.promote(1, 8);
    world.told.push(event("promoted", { time: at(9), promoted_at: at(9), version: 1, replaced: [] }));
    expect(short(periodsOf(world))).toEqual([`1: ${at(8)} to now promoted by maria`]);
  });

  test("is of one model alone", () => {
    const world = openWorld();
    world.told.push(event("promoted", { model: "other", version: 3, replaced: [] }));
    world.told.push(event("not_registered", { model: "other", production: { version: 3, f1: null } }));
    expect(periodsOf(world)).toEqual([]);
  });

  test("calls a rollback one, by the ledger or by the tags of what it rejected", () => {
    const world = openWorld();
    world.promote(1, 8);
    world.promote(2, 16);
    const rejected: Readonly<Record<string, string>> = { [tags.rejected]: "too eager", [tags.rejectedAt]: at(20) };
    world.promote(1, 20);
    const versions = world
      .versions()
      .map((one) => (one.version === 2 ? { ...one, tag: (key: string) => rejected[key] ?? one.tag(key) } : one));
    const options = { model: "churn-model", versions, current: 1, now };
    const [last] = productionPeriods([], options).slice(-1);
    expect(last).toMatchObject({ version: 1, from: at(20), how: "rolled_back" });
    const told = event("rolled_back", { time: at(20), promoted_at: at(20), version: 1, replaced: [2], by: "jan" });
    expect(productionPeriods([told], options).slice(-1)).toMatchObject([
      { how: "rolled_back", by: "jan", host: "vm-ml-1" },
    ]);
  });
});

const step = fc.record({
  what: fc.constantFrom("promote", "outside", "night"),
  version: fc.constantFrom(1, 2, 3),
});

function worldOf(steps: readonly { what: string; version: number }[]): World {
  const world = openWorld();
  world.night(0);
  for (const [index, { what, version }] of steps.entries()) {
    const hour = 8 * (index + 1);
    if (what === "promote") world.promote(version, hour);
    else if (what === "outside") world.moveOutside(version, hour);
    else world.night(hour);
  }
  return world;
}

describe("whatever happened", () => {
  test("all of it is known where churn did it and the ledger is there", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const world = worldOf(steps.filter(({ what }) => what !== "outside"));
        const found = periodsOf(world).map(({ version, from, to }) => ({ version, from, to }));
        expect(found).toEqual(world.truth);
      }),
    );
  });

  test("no moment is named at which nothing changed, and the one in production now is right", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.boolean(), (steps, ledger) => {
        const world = worldOf(steps);
        for (const { version, from, to, is_current } of periodsOf(world, { ledger })) {
          if (from !== null) expect(world.truth).toContainEqual(expect.objectContaining({ version, from }));
          if (to !== null) expect(world.truth).toContainEqual(expect.objectContaining({ version, to }));
          if (is_current) expect(version).toBe(world.current());
        }
      }),
    );
  });
});

describe("a moment", () => {
  const existed = () => true;
  const versionAt = (world: World, hour: number, isThere: (version: number) => boolean = existed) =>
    periodAt(periodsOf(world), at(hour), isThere)?.version ?? null;

  test("is in the period of what was in production, where churn moved it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: -8, max: 120 }), (steps, hour) => {
        const world = worldOf(steps.filter(({ what }) => what !== "outside"));
        const there = world.truth.find(({ from, to }) => from < at(hour) && (to === null || at(hour) <= to));
        expect(versionAt(world, hour)).toBe(there?.version ?? null);
      }),
    );
  });

  test("between two that came and went unseen is in that of the one that was last known", () => {
    const world = openWorld();
    world.promote(1, 8);
    world.night(24);
    world.moveOutside(2, 30);
    world.night(48);
    expect([4, 20, 25, 47, 49].map((hour) => versionAt(world, hour))).toEqual([null, 1, 1, 1, 2]);
  });

  test("before anything was known is in that of the first one, if that was there by then and not promoted later", () => {
    const world = openWorld();
    world.moveOutside(2, 0);
    world.night(24);
    expect(versionAt(world, 8)).toBe(2);
    expect(versionAt(world, 8, () => false)).toBe(null);
    const later = openWorld();
    later.promote(2, 24);
    expect(versionAt(later, 8)).toBe(null);
  });

  test("before nothing was seen is in none, though one came outside churn since", () => {
    const world = openWorld();
    world.night(24);
    world.moveOutside(2, 30);
    world.night(48);
    expect([8, 26, 49].map((hour) => versionAt(world, hour))).toEqual([null, null, 2]);
  });

  test("of one of which only its end is known is in that until then", () => {
    const world = openWorld();
    world.told.push(event("promoted", { time: at(24), promoted_at: at(24), version: 2, replaced: [1] }));
    world.moveOutside(2, 24);
    expect([8, 24, 25].map((hour) => versionAt(world, hour))).toEqual([1, 1, 2]);
  });
});

describe("a day", () => {
  const world = openWorld();
  world.promote(1, 8);
  world.promote(2, 32);
  world.night(49);
  world.moveOutside(3, 80);
  world.night(7 * 24);
  const periods = periodsOf(world);
  const of = (day: number) =>
    periodsWithin(periods, { from: at(day * 24), to: at(day * 24 + 24) }).map(({ version }) => version);

  test.each([
    ["before any was known", -1, []],
    ["on which the first one came", 0, [1]],
    ["on which one took another's place", 1, [1, 2]],
    ["on which either may have been", 3, [2, 3]],
    ["since", 8, [3]],
  ])("%s", (_, day, versions) => {
    expect(of(day)).toEqual(versions);
  });
});

test("what programs get is as the published form has it", () => {
  const world = openWorld();
  world.promote(1, 8);
  const written = historyFormat.write({ model: "churn-model", at: null, periods: [...periodsOf(world)], problems: [] });
  expect(historyFormat.read(written, "history")).toMatchObject({ periods: [{ version: 1, is_current: true }] });
});
