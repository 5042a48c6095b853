import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { placesFor, readingWord, startFeed } from "../../../src/lib/engine/native/feed.ts";
import { trainedOn } from "../../support/in-memory.ts";
import { libraries, newest } from "../../support/libxgboost.ts";
import { telco } from "../../support/telco.ts";

const { matrix, label } = await telco();
const { customers } = trainedOn(matrix, label);
const worker = fileURLToPath(new URL("../../../src/lib/engine/native/native-worker.cjs", import.meta.url));
const koffi = createRequire(import.meta.url).resolve("koffi");

/** The thread that trains, where each handle that is made or freed is counted. */
const COUNTING = `
const koffi = require(${JSON.stringify(koffi)});
const { parentPort } = require("node:worker_threads");
const { load } = koffi;
const made = new Map();
let freed = 0;
koffi.load = (...where) => {
  const library = load(...where);
  return {
    func(prototype) {
      const call = library.func(prototype);
      const [, name] = /(\\w+)\\(/.exec(prototype);
      return (...values) => {
        if (/Free$/.test(name)) {
          const handle = String(values[0]);
          if (!made.delete(handle)) throw new Error("freed twice, or never made: " + handle);
          freed += 1;
        }
        const result = call(...values);
        const out = values.at(-1);
        if (result === 0 && /Create|Slice/.test(name) && Array.isArray(out)) made.set(String(out[0]), name);
        return result;
      };
    },
  };
};
require(${JSON.stringify(worker)});
const { postMessage } = parentPort;
parentPort.postMessage = (word) =>
  postMessage.call(parentPort, word.model || word.failed || word.unknown ? { left: [...made.values()], freed, failed: word.failed } : word);
`;
const counts = z.object({ left: z.array(z.string()), freed: z.int(), failed: z.string().optional() });

async function trainCounted(library: string, change: object) {
  const thread = new Worker(COUNTING, { eval: true, workerData: { library } });
  try {
    await once(thread, "message");
    const places = placesFor(customers.featureNames.length, 1_000);
    const feed = startFeed(places, { cuts: customers, trained: customers, validation: customers });
    const ended = new Promise<z.infer<typeof counts>>((resolve, reject) => {
      thread.on("error", reject);
      thread.on("message", (word) => {
        const read = readingWord.safeParse(word);
        if (read.success) feed.hear(read.data);
        const last = counts.safeParse(word);
        if (last.success) resolve(last.data);
      });
    });
    thread.postMessage({
      ...{ places, mostKept: 0, featureNames: customers.featureNames, threads: 1, rounds: 3, given: [] },
      ...{ rowCount: customers.rowCount, cutRowCount: customers.rowCount, validationRowCount: customers.rowCount },
      parameters: { objective: "binary:logistic", tree_method: "hist", max_bin: "256", eval_metric: "logloss" },
      ...change,
    });
    return await ended.finally(() => feed.end());
  } finally {
    await thread.terminate();
  }
}

describe.skipIf(newest === "").for(libraries)("%s", (library) => {
  test.for([
    ["that trains", {}, false],
    ["that is cut at its best round", { stopping: 1, rounds: 30 }, false],
    ["of exact trees", { cutRowCount: undefined, parameters: { tree_method: "exact", eval_metric: "logloss" } }, false],
    ["whose matrix is refused", { parameters: { tree_method: "hist", max_bin: "1" } }, true],
    ["whose update is refused", { parameters: { tree_method: "hist", max_bin: "256", max_depth: "-3" } }, true],
    ["whose customers are too few", { rowCount: customers.rowCount + 1 }, true],
  ] as const)("frees each handle once, of a job %s", async ([, change, fails]) => {
    const { left, freed, failed } = await trainCounted(library, change);
    expect(left).toEqual([]);
    expect(freed).toBeGreaterThan(0);
    expect(failed !== undefined, failed).toBe(fails);
  });
});
