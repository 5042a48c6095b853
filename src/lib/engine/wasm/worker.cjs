// @ts-check
"use strict";

const { parentPort } = require("node:worker_threads");

/*
 * The thread that trains, and the one door to ml-xgboost: XGBoost 0.7 of February 2018, compiled to WebAssembly. thread.ts
 * starts it. A thread starts from a file, and Node 20 from one of JavaScript, so this is one in the sources and in the build.
 */

/**
 * @typedef {import("./thread.ts").Job} Job
 * @typedef {import("./thread.ts").Loaded} Loaded
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
  const XgBoost = await require("ml-xgboost");
  // It rethrows what nobody caught, which prints 150 kB of source; Node's own report is the better one.
  process.removeAllListeners("uncaughtException");
  return XgBoost;
}

/**
 * @param {Awaited<ReturnType<typeof load>>} XgBoost
 * @param {Job} job
 * @returns {Trained}
 */
function train(XgBoost, { columns, rowCount, label, options }) {
  printed.length = 0;
  try {
    const booster = new XgBoost(options);
    // The library's wrapper takes arrays of numbers, a row each.
    const rows = Array.from({ length: rowCount }, (_, row) => columns.map((column) => column[row] ?? Number.NaN));
    booster.train(rows, Array.from(label));
    const binary = Uint8Array.from(booster.toJSON().model);
    booster.free();
    return { binary };
  } catch (thrown) {
    // After a failure inside WebAssembly the memory is left as it is: freeing would fail as well.
    return { failed: firstLine(printed.findLast((line) => line.trim() !== "") ?? thrown) };
  }
}

/** @param {unknown} reason  an Error or a text */
function firstLine(reason) {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.split("\n")[0] ?? "";
}
