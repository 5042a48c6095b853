import { describe, expect, test } from "vitest";
import { findLibrary } from "../../../src/lib/engine/native/library.ts";
import { startTrainingThread, type TrainingThread } from "../../../src/lib/engine/native/thread.ts";
import type { Customers, LabelledChunk } from "../../../src/lib/matrix/customers.ts";
import { inMemory } from "../../support/in-memory.ts";
import { libraries, newest } from "../../support/libxgboost.ts";
import { telco, withHoles } from "../../support/telco.ts";

const { matrix, label } = await telco();
const holed = withHoles(matrix);
const customers = inMemory(holed, label);
/** The first rows, which come in any number of pieces. */
const first = (rows: number, pieceRows?: number): Customers =>
  inMemory(
    { ...holed, rowCount: rows, columns: holed.columns.map((column) => column.slice(0, rows)) },
    label.slice(0, rows),
    pieceRows,
  );
const job = {
  rowCount: customers.rowCount,
  featureNames: matrix.featureNames,
  parameters: { objective: "binary:logistic", tree_method: "hist", max_bin: "256", base_score: "0.5", nthread: "2" },
  rounds: 10,
  cutRowCount: 2_000,
  threads: 2,
  given: [],
};
/** All customers are behind the cuts. */
const ALL = { cutRowCount: customers.rowCount };
const ignore = () => {};

/** Of a job whose parameters the library knows. */
async function train(thread: TrainingThread, ...work: Parameters<TrainingThread["train"]>) {
  const word = await thread.train(...work);
  if ("unknown" in word) throw new Error(`it doesn't know ${word.unknown.join()}`);
  return word;
}

async function openThread(file: string) {
  await findLibrary(file, "/", { get: () => undefined });
  return startTrainingThread(file);
}

/** Of the customers, a piece of 500 at a time, what somebody makes of each; and whether they were read to where they end. */
function watched(change: (chunk: LabelledChunk, index: number, pass: number) => LabelledChunk) {
  const seen = { passes: 0, chunks: 0, open: 0 };
  const pieces = inMemory(holed, label, 500);
  return {
    seen,
    customers: {
      ...pieces,
      async *chunks() {
        seen.passes += 1;
        seen.open += 1;
        try {
          let index = 0;
          for await (const chunk of pieces.chunks()) {
            seen.chunks += 1;
            yield change(chunk, index, seen.passes);
            index += 1;
          }
        } finally {
          seen.open -= 1;
        }
      },
    },
  };
}

describe.skipIf(newest === "").for(libraries)("%s", (file) => {
  test("gives the same bytes with batches of any size, and the bins of all customers are those of their values", async () => {
    await using thread = await openThread(file);
    const models = [];
    for (const batchRows of [undefined, 65_536, 7_043, 500, 7]) {
      for (const mostKept of [undefined, 0]) {
        const sources = { cuts: first(2_000, 1 + (batchRows ?? 0)), trained: customers };
        models.push((await train(thread, job, sources, ignore, { batchRows, mostKept })).model);
      }
    }
    const digests = models.map((model) => Buffer.from(model).toString("base64"));
    expect(new Set(digests).size).toBe(1);

    const all = [
      await train(thread, { ...job, ...ALL }, { cuts: customers, trained: customers }, ignore, { batchRows: 999 }),
      await train(thread, { ...job, cutRowCount: undefined }, { trained: customers }, ignore, { batchRows: 999 }),
    ].map(({ model, loss }) => [Buffer.from(model).toString("base64"), loss]);
    expect(all[0]?.[0] === all[1]?.[0]).toBe(true);
    expect(all[0]?.[1]).toBe(all[1]?.[1]);
    expect(all[0]?.[0] === digests[0]).toBe(false);
  });

  test("reads what is trained on once, or three times where it is too much to keep, and those behind the cuts once or four times", async () => {
    await using thread = await openThread(file);
    for (const [mostKept, passes, cutPasses] of [
      [undefined, 1, 1],
      [0, 3, 4],
    ] as const) {
      const [trained, cuts] = [watched((chunk) => chunk), watched((chunk) => chunk)];
      await train(thread, { ...job, ...ALL }, { trained: trained.customers, cuts: cuts.customers }, ignore, {
        mostKept,
      });
      expect([trained.seen, cuts.seen]).toMatchObject([
        { passes, open: 0 },
        { passes: cutPasses, open: 0 },
      ]);
    }
  });

  test.for([
    ["trained", 1],
    ["trained", 3],
    ["cuts", 1],
    ["cuts", 4],
    ["validation", 1],
  ] as const)("what reading fails with is thrown as it is: %s, the %d. time", async ([source, pass]) => {
    await using thread = await openThread(file);
    const reason = new TypeError("the disk is gone");
    const broken = watched((chunk, index, now) => {
      if (now === pass && index === 9) throw reason;
      return chunk;
    });
    const all = customers.rowCount;
    const counts = { ...(source === "cuts" ? ALL : {}), validationRowCount: source === "validation" ? all : 900 };
    const sources = { cuts: first(2_000), trained: customers, validation: first(900), [source]: broken.customers };
    const training = train(thread, { ...job, ...counts }, sources, ignore, {
      batchRows: 800,
      mostKept: 0,
    });
    await expect(training).rejects.toBe(reason);
    expect(broken.seen.open).toBe(0);
    // The thread waits for nothing, and is of use.
    expect((await train(thread, { ...job, ...ALL }, { cuts: customers, trained: customers }, ignore)).losses).toEqual(
      [],
    );
  });

  test("what the library refuses in the midst of them ends reading", async () => {
    await using thread = await openThread(file);
    const unknown = watched((chunk, index) =>
      index === 5 ? { ...chunk, label: chunk.label.map(() => Number.NaN) } : chunk,
    );
    for (const cutRowCount of [ALL.cutRowCount, undefined]) {
      const training = train(thread, { ...job, cutRowCount }, { cuts: customers, trained: unknown.customers }, ignore, {
        batchRows: 500,
        mostKept: 0,
      });
      await expect(training).rejects.toThrow(/^libxgboost could not train: .*Label contains NaN/);
      expect(unknown.seen.open).toBe(0);
    }
    expect(unknown.seen.chunks).toBeLessThan(15 + 15);
  });
});

test("a library that isn't there is told by the thread", async () => {
  await expect(startTrainingThread("/nowhere/libxgboost.so")).rejects.toThrow(
    "libxgboost (/nowhere/libxgboost.so) doesn't load",
  );
});
