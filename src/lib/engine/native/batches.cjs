// @ts-check
"use strict";

const { parentPort } = require("node:worker_threads");
const koffi = require("koffi");
const { arrayOf, call, create } = require("./c-api.cjs");

/*
 * Matrices of the library's, from rows that the other thread lays into memory of both: feed.ts.
 */

/**
 * @typedef {import("./feed.ts").Place} Place
 * @typedef {import("./feed.ts").ReadingWord} ReadingWord
 * @typedef {Extract<ReadingWord, { read: string }>["read"]} Source
 * @typedef {import("./c-api.cjs").Handle} Handle
 *
 * @typedef {object} Matrices
 * @property {readonly Place[]} places
 * @property {number} features
 * @property {number} threads
 * @property {(() => void)[]} held  each of which frees a handle, once
 */

/** As feed.ts has them. */
const EMPTY = -1;
const BROKEN = -2;

/** @param {ReadingWord} word */
const tell = (word) => parentPort?.postMessage(word);

/**
 * Rows from the first to the last; a batch is there until the next one is asked for.
 *
 * @param {readonly Place[]} places
 * @param {Source} source
 * @returns {Generator<{ values: Float32Array, label: Float32Array, rows: number }>}
 */
function* batchesOf(places, source) {
  tell({ read: source });
  for (;;) {
    for (const { values, label, state } of places) {
      while (Atomics.load(state, 0) === EMPTY) Atomics.wait(state, 0, EMPTY);
      const rows = Atomics.load(state, 0);
      // Whoever asked knows why.
      if (rows === BROKEN) throw new Error("the customers can't be read");
      if (rows > 0) yield { values, label, rows };
      Atomics.store(state, 0, EMPTY);
      if (rows === 0) return;
      tell({ emptied: true });
    }
  }
}

/**
 * Customers as values, row by row.
 *
 * @param {Source} source
 * @param {number} rowCount
 * @param {Matrices} matrices
 * @returns {Handle}
 */
function matrixOf(source, rowCount, { places, features, threads, held }) {
  const values = new Float32Array(rowCount * features);
  const labels = new Float32Array(rowCount);
  let row = 0;
  for (const batch of batchesOf(places, source)) {
    values.set(batch.values.subarray(0, batch.rows * features), row * features);
    labels.set(batch.label.subarray(0, batch.rows), row);
    row += batch.rows;
  }
  const config = `{"missing":NaN,"nthread":${threads}}`;
  const described = arrayOf(values, [rowCount, features]);
  const matrix = create("XGDMatrixCreateFromDense", [described, config], "XGDMatrixFree", held);
  call("XGDMatrixSetInfoFromInterface", matrix, "label", arrayOf(labels, [rowCount]));
  return matrix;
}

/**
 * Rows as nothing but the bins that their values fall into. The library reads them four times, three times where it knows the bins.
 *
 * @param {Source} source  labels go with those who are trained on, or judge
 * @param {Handle} reference  the matrix whose bins they are; null: their own
 * @param {string | undefined} maxBin  bins of a feature, at most
 * @param {Matrices} matrices
 * @returns {Handle}
 */
function binnedMatrixOf(source, reference, maxBin, { places, features, threads, held }) {
  const proxy = create("XGProxyDMatrixCreate", [], "XGDMatrixFree", held);
  /** @type {ReturnType<typeof batchesOf> | undefined} */
  let batches;
  let isAnew = true;
  /** @type {unknown} an error must not cross the library's frames */
  let thrown;
  const next = koffi.register(() => {
    if (thrown !== undefined) return 0;
    try {
      // What was asked for before has to come to its end, whether or not the library looks at it.
      if (isAnew) while (batches?.next().done === false);
      if (isAnew || batches === undefined) batches = batchesOf(places, source);
      isAnew = false;
      const { done, value: batch } = batches.next();
      if (done === true) return 0;
      call("XGProxyDMatrixSetDataDense", proxy, arrayOf(batch.values, [batch.rows, features]));
      if (source !== "cuts") {
        const described = arrayOf(batch.label, [batch.rows]);
        call("XGDMatrixSetInfoFromInterface", proxy, "label", described);
      }
      return 1;
    } catch (error) {
      thrown = error;
      return 0;
    }
  }, koffi.pointer("XgbNext"));
  const reset = koffi.register(() => {
    isAnew = true;
  }, koffi.pointer("XgbReset"));
  try {
    const config = `{"missing":NaN,"nthread":${threads},"max_bin":${maxBin}}`;
    const matrix = create(
      "XGQuantileDMatrixCreateFromCallback",
      [null, proxy, reference, reset, next, config],
      "XGDMatrixFree",
      held,
    );
    if (thrown !== undefined) throw thrown;
    return matrix;
  } catch (error) {
    throw thrown ?? error;
  } finally {
    koffi.unregister(next);
    koffi.unregister(reset);
  }
}

module.exports = { binnedMatrixOf, matrixOf };
