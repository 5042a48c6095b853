// @ts-check
"use strict";

const { parentPort } = require("node:worker_threads");

/*
 * The thread that trains, and the one door to ml-xgboost: XGBoost 0.7 of February 2018, compiled to WebAssembly. thread.ts
 * starts it. A thread starts from a file, and Node 20 from one of JavaScript, so this is one in the sources and in the build.
 *
 * The C functions are called by themselves: the package's own wrapper takes arrays of numbers, a row each, and puts them on a
 * stack of 5 MiB. Here the matrix is written into WebAssembly's memory, which grows.
 */

/**
 * @typedef {import("./thread.ts").Job} Job
 * @typedef {import("../thread.ts").Loaded} Loaded
 * @typedef {import("./thread.ts").Trained} Trained
 */

/**
 * What the library has printed, which is where it says why it failed. It keeps the console's functions of the moment when it
 * is loaded; nobody else prints in this thread.
 *
 * @type {string[]}
 */
const printed = [];
console.log = console.warn = (line) => void printed.push(String(line));

/** @param {Loaded | Trained} word */
const tell = (word) => parentPort?.postMessage(word);

const loading = load();
loading.then(
  () => tell({ loaded: true }),
  (error) => tell({ failed: firstLine(error) }),
);
parentPort?.on("message", async (/** @type {Job} */ job) => tell(train(await loading, job)));

async function load() {
  const library = await require("ml-xgboost/dist/wasm/xgboost.js").isReady;
  // It rethrows what nobody caught, which prints 150 kB of source; Node's own report is the better one.
  process.removeAllListeners("uncaughtException");
  return { library, setParameter: library.cwrap("set_param", null, ["number", "string", "string"]) };
}

/**
 * @param {Awaited<ReturnType<typeof load>>} loaded
 * @param {Job} job
 * @returns {Trained}
 */
function train({ library, setParameter }, { columns, rowCount, label, parameters, rounds }) {
  printed.length = 0;
  try {
    const model = createModel(library, columns, rowCount, label);
    try {
      for (const [name, value] of Object.entries(parameters)) setParameter(model, name, value);
      library._train_full_model(model, rounds);
      return { binary: savedModel(library, model) };
    } finally {
      library._free_memory_model(model);
    }
  } catch (thrown) {
    const reason = firstLine(printed.findLast((line) => line.trim() !== "") ?? thrown);
    return /enlarge memory/i.test(`${reason} ${thrown}`) ? { outOfMemory: true } : { failed: reason };
  }
}

/**
 * A booster with its matrix, of which the library makes a copy of its own; this one is freed before training begins.
 *
 * @param {import("ml-xgboost/dist/wasm/xgboost.js").Library} library
 * @param {readonly Float32Array[]} columns
 * @param {number} rowCount
 * @param {Uint8Array} label
 */
function createModel(library, columns, rowCount, label) {
  const width = columns.length;
  const matrix = library._malloc(rowCount * width * Float32Array.BYTES_PER_ELEMENT);
  const labels = library._malloc(rowCount * Float32Array.BYTES_PER_ELEMENT);
  try {
    // Only now: where the memory has grown, the view of before is of no memory any more.
    const heap = library.HEAPF32;
    for (const [index, column] of columns.entries()) {
      let at = matrix / Float32Array.BYTES_PER_ELEMENT + index;
      for (let row = 0; row < rowCount; row += 1, at += width) heap[at] = column[row] ?? Number.NaN;
    }
    heap.set(label, labels / Float32Array.BYTES_PER_ELEMENT);
    return library._create_model(matrix, labels, rowCount, width);
  } finally {
    library._free(matrix);
    library._free(labels);
  }
}

/**
 * The model in the library's binary format.
 *
 * @param {import("ml-xgboost/dist/wasm/xgboost.js").Library} library
 * @param {number} model
 */
function savedModel(library, model) {
  const size = library._save_model(model);
  if (size <= 0) throw new Error("the model can't be saved");
  const content = library._malloc(size);
  try {
    library._get_file_content(content, size);
    return library.HEAPU8.slice(content, content + size);
  } finally {
    library._free(content);
  }
}

/** @param {unknown} reason  an Error or a text */
function firstLine(reason) {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.split("\n")[0] ?? "";
}
