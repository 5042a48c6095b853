// @ts-check
"use strict";

const { parentPort } = require("node:worker_threads");
const koffi = require("koffi");
const { arrayOf, call, create, freeAll } = require("./c-api.cjs");

/*
 * The thread that scores: it has one model, and every call of XGBoost's C API about it is made here. scoring-thread.ts starts it.
 * A thread starts from a file, and Node 20 from one of JavaScript, so this is one in the sources and in the build.
 */

/**
 * @typedef {import("./scoring-thread.ts").Task} Task
 * @typedef {import("./scoring-thread.ts").Rows} Rows
 * @typedef {import("./scoring-thread.ts").Answer} Answer
 * @typedef {import("../thread.ts").Loaded} Loaded
 * @typedef {import("./c-api.cjs").Handle} Handle
 */

/** https://xgboost.readthedocs.io/en/stable/c.html: XGBoosterPredictFromDMatrix, which has the types too */
const MARGIN = 1;
const CONTRIBUTIONS = 2;

/** @param {Loaded | Answer} word */
const tell = (word) => parentPort?.postMessage(word);

/** @type {(() => void)[]} each of which frees a handle, once */
const held = [];
/** @type {Handle} */
let booster = null;

tell({ loaded: true });

parentPort?.on("message", (/** @type {Task} */ task) => {
  try {
    tell(answer(task));
  } catch (error) {
    tell({ failed: error instanceof Error ? error.message : String(error) });
  }
});

/**
 * @param {Task} task
 * @returns {Answer}
 */
function answer(task) {
  switch (task.what) {
    case "model":
      load(task);
      return { done: true };
    case "margins":
      predict(task);
      return { done: true };
    case "contributions":
      return { contributions: contributions(task) };
    case "importance":
      return { weight: scores("weight"), gain: scores("gain"), cover: scores("cover") };
    case "end":
      freeAll(held);
      return { done: true };
  }
}

/** @param {{ model: Uint8Array, threads: number }} task */
function load({ model, threads }) {
  booster = create("XGBoosterCreate", [[], 0], "XGBoosterFree", held);
  call("XGBoosterSetParam", booster, "nthread", String(threads));
  // Alone in its memory: the library reads beyond the length that it is told.
  const copy = new Uint8Array(model);
  call("XGBoosterLoadModelFromBuffer", booster, copy, copy.length);
}

/** @param {Rows & { margins: Float32Array }} rows */
function predict({ values, rowCount, features, margins }) {
  /** @type {[Handle[], number[], Handle[]]} */
  const [shape, dimensions, result] = [[null], [0], [null]];
  const config = configOf(MARGIN, ',"missing":NaN,"cache_id":0');
  const array = arrayOf(values, [rowCount, features]);
  call("XGBoosterPredictFromDense", booster, array, config, null, shape, dimensions, result);
  // It is the booster's, until its next prediction.
  margins.set(new Float32Array(koffi.view(result[0], 4 * rowCount)));
}

/** @param {Rows} rows */
function contributions({ values, rowCount, features }) {
  /** @type {(() => void)[]} */
  const mine = [];
  try {
    const array = arrayOf(values, [rowCount, features]);
    const matrix = create("XGDMatrixCreateFromDense", [array, '{"missing":NaN,"nthread":1}'], "XGDMatrixFree", mine);
    /** @type {[Handle[], number[], Handle[]]} */
    const [shape, dimensions, result] = [[null], [0], [null]];
    call("XGBoosterPredictFromDMatrix", booster, matrix, configOf(CONTRIBUTIONS, ""), shape, dimensions, result);
    return new Float32Array(koffi.view(result[0], 4 * rowCount * (features + 1))).slice();
  } finally {
    freeAll(mine);
  }
}

/**
 * @param {number} type
 * @param {string} more
 */
function configOf(type, more) {
  return `{"type":${type},"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false${more}}`;
}

/**
 * A kind of importance by the features' numbers; those that no tree splits by are left out.
 *
 * @param {string} kind
 * @returns {{ feature: number, score: number }[]}
 */
function scores(kind) {
  /** @type {[number[], Handle[], number[], Handle[], Handle[]]} */
  const [count, names, dimensions, shape, result] = [[0], [null], [0], [null], [null]];
  const config = `{"importance_type":"${kind}"}`;
  call("XGBoosterFeatureScore", booster, config, count, names, dimensions, shape, result);
  const [length = 0] = count;
  if (length === 0) return [];
  /** @type {string[]} */
  const texts = koffi.decode(names[0], koffi.array("const char *", length));
  const values = new Float32Array(koffi.view(result[0], 4 * length));
  // It has no names of features but f0, f1, …
  return texts.map((name, index) => ({ feature: Number(name.slice(1)), score: values[index] ?? Number.NaN }));
}
