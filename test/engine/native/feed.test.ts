import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Feed, type Place, placesFor, startFeed } from "../../../src/lib/engine/native/feed.ts";
import type { Customers, Rows } from "../../../src/lib/matrix/customers.ts";
import { inMemory } from "../../support/in-memory.ts";

/** Rows whose values say where they are: row.feature. */
function counted(rowCount: number, features: number, pieceRows: number): Customers {
  const columns = Array.from({ length: features }, (_, feature) =>
    Float32Array.from({ length: rowCount }, (_, row) => row + feature / 64),
  );
  const label = Uint8Array.from({ length: rowCount }, (_, row) => row % 2);
  return inMemory({ featureNames: columns.map((_, index) => `f${index}`), rowCount, columns }, label, pieceRows);
}

const EMPTY = -1;

/** Does as the thread does, but that it looks again and again where that one sleeps. */
async function take(feed: Feed, places: readonly Place[], read: "cuts" | "trained", most = Number.POSITIVE_INFINITY) {
  const taken = { values: [] as number[], label: [] as number[], state: 0 };
  feed.hear({ read });
  for (let turn = 0; taken.label.length < most; turn += 1) {
    const { values, label, state } = places[turn % places.length] ?? fail();
    while (Atomics.load(state, 0) === EMPTY) await setImmediate();
    const rows = Atomics.load(state, 0);
    if (rows <= 0) {
      Atomics.store(state, 0, EMPTY);
      return { ...taken, state: rows };
    }
    taken.values.push(...values.subarray(0, (rows * values.length) / label.length));
    taken.label.push(...label.subarray(0, rows));
    Atomics.store(state, 0, EMPTY);
    feed.hear({ emptied: true });
  }
  return taken;
}

function fail(): never {
  throw new Error("there are no places");
}

describe("a feed", () => {
  test("lays all rows into batches, one after the other, as often as they are asked for", async () => {
    const size = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(150),
        fc.integer({ min: 1, max: 5 }),
        size,
        size,
        async (rows, features, piece, batch) => {
          const places = placesFor(features, batch);
          const feed = startFeed(places, { trained: counted(rows, features, piece) });
          const expected = Array.from({ length: rows * features }, (_, at) => {
            const [row, feature] = [Math.floor(at / features), at % features];
            return row + feature / 64;
          });
          for (let pass = 0; pass < 2; pass += 1) {
            const { values, label, state } = await take(feed, places, "trained");
            expect(values).toEqual(expected);
            expect(label).toEqual(Array.from({ length: rows }, (_, row) => row % 2));
            expect(state).toBe(0);
          }
          await feed.end();
        },
      ),
      { numRuns: 60 },
    );
  });

  test("reads no further than there is room", async () => {
    let read = 0;
    const { chunks, ...rows } = counted(10_000, 2, 100);
    const source: Rows = {
      ...rows,
      async *chunks() {
        for await (const chunk of chunks()) {
          read += 1;
          yield chunk;
        }
      },
    };
    const places = placesFor(2, 100);
    const feed = startFeed(places, { trained: source });
    await take(feed, places, "trained", 1_000);
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    expect(read).toBeLessThanOrEqual(10 + places.length);
    await feed.end();
  });

  test("ends in the midst, and closes what it read", async () => {
    let isOpen = true;
    const { chunks, ...rows } = counted(10_000, 2, 100);
    const source: Rows = {
      ...rows,
      async *chunks() {
        try {
          yield* chunks();
        } finally {
          isOpen = false;
        }
      },
    };
    const places = placesFor(2, 100);
    const feed = startFeed(places, { trained: source });
    await take(feed, places, "trained", 300);
    await feed.end();
    expect(isOpen).toBe(false);
  });

  test("says that no more comes where reading fails, and throws that in the end", async () => {
    const reason = new RangeError("no disk");
    const { chunks, ...rows } = counted(1_000, 2, 100);
    const source: Rows = {
      ...rows,
      async *chunks() {
        yield* chunks();
        throw reason;
      },
    };
    const places = placesFor(2, 300);
    const feed = startFeed(places, { cuts: source });
    const { state, label } = await take(feed, places, "cuts");
    expect(state).toBeLessThan(EMPTY);
    expect(label.length).toBeLessThanOrEqual(1_000);
    await expect(feed.end()).rejects.toBe(reason);
  });

  test("fails where it is asked for rows that nobody gave it", async () => {
    const places = placesFor(1);
    const feed = startFeed(places, {});
    expect((await take(feed, places, "cuts")).state).toBeLessThan(EMPTY);
    await expect(feed.end()).rejects.toThrow("libxgboost asked for customers that there aren't");
  });
});

test("a batch has some MB: many rows of few features, and no fewer than DuckDB gives at a time", () => {
  const sizes = [1, 10, 100, 1_000, 10_000].map((features) => placesFor(features)[0]?.label.length);
  expect(sizes).toEqual([65_536, 65_536, 41_943, 4_194, 2_048]);
});
