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
 * @typedef {{ values: Float32Array, label: Float32Array, rows: number }} Batch  values row by row
 *
 * @typedef {object} Matrices
 * @property {readonly Place[]} places
 * @property {number} features
 * @property {number} threads
 * @property {number} mostKept  values that are kept in memory until a matrix is there
 * @property {(() => void)[]} held  each of which frees a handle, once
 */

/** @type {Set<Batch>} what the library reads by its address */
const inUse = new Set();

/** As feed.ts has them. */
const EMPTY = -1;
const BROKEN = -2;

/** @param {ReadingWord} word */
const tell = (word) => parentPort?.postMessage(word);

/**
 * Rows from the first to the last; a batch is there until the next one is asked for.
 *
 * @param {Source} source
 * @param {number} rowCount
 * @param {Pick<Matrices, "places">} matrices
 * @returns {Generator<Batch>}
 */
function* batchesOf(source, rowCount, { places }) {
  let read = 0;
  tell({ read: source });
  for (;;) {
    for (const { values, label, state } of places) {
      while (Atomics.load(state, 0) === EMPTY) Atomics.wait(state, 0, EMPTY);
      const rows = Atomics.load(state, 0);
      // Whoever asked knows why.
      if (rows === BROKEN) throw new Error("the customers can't be read");
      read += rows;
      if (read > rowCount || (rows === 0 && read < rowCount)) throw new Error(`${read} customers came, of ${rowCount}`);
      if (rows > 0) yield { values, label, rows };
      Atomics.store(state, 0, EMPTY);
      if (rows === 0) return;
      tell({ emptied: true });
    }
  }
}

/**
 * All rows as one batch, in memory of this thread.
 *
 * @param {Source} source
 * @param {number} rowCount
 * @param {Matrices} matrices
 * @returns {Batch}
 */
function wholeOf(source, rowCount, matrices) {
  const { features } = matrices;
  const values = new Float32Array(rowCount * features);
  const label = new Float32Array(rowCount);
  let rows = 0;
  for (const batch of batchesOf(source, rowCount, matrices)) {
    values.set(batch.values.subarray(0, batch.rows * features), rows * features);
    label.set(batch.label.subarray(0, batch.rows), rows);
    rows += batch.rows;
  }
  return { values, label, rows };
}

/**
 * Customers as values, row by row.
 *
 * @param {Source} source
 * @param {number} rowCount
 * @param {Matrices} matrices
 * @returns {Handle}
 */
function matrixOf(source, rowCount, matrices) {
  const { threads, features, held } = matrices;
  const whole = wholeOf(source, rowCount, matrices);
  const config = `{"missing":NaN,"nthread":${threads}}`;
  // The library is told their address alone, so nobody may collect them before it has read them.
  inUse.add(whole);
  const described = arrayOf(whole.values, [whole.rows, features]);
  const matrix = create("XGDMatrixCreateFromDense", [described, config], "XGDMatrixFree", held);
  call("XGDMatrixSetInfoFromInterface", matrix, "label", arrayOf(whole.label, [whole.rows]));
  inUse.delete(whole);
  return matrix;
}

/**
 * Rows as nothing but the bins that their values fall into. The library reads them three times, or four where it has to find the bins:
 * from memory, unless they are so many that reading them anew is the lesser evil.
 *
 * @param {Source} source
 * @param {number} rowCount
 * @param {Handle} bins  of another matrix; null: their own
 * @param {string | undefined} maxBin  bins of a feature, at most; as `bins` has it
 * @param {Matrices} matrices
 * @returns {Handle}
 */
function binnedMatrixOf(source, rowCount, bins, maxBin, matrices) {
  if (rowCount * matrices.features > matrices.mostKept)
    return fromBatches(() => batchesOf(source, rowCount, matrices), bins, maxBin, matrices);
  const whole = wholeOf(source, rowCount, matrices);
  return fromBatches(() => [whole].values(), bins, maxBin, matrices);
}

/**
 * @param {() => Iterator<Batch>} read  from the first batch to the last
 * @param {Handle} bins  of another matrix; null: its own
 * @param {string | undefined} maxBin
 * @param {Matrices} matrices
 * @returns {Handle}
 */
function fromBatches(read, bins, maxBin, { features, threads, held }) {
  const proxy = create("XGProxyDMatrixCreate", [], "XGDMatrixFree", held);
  /** @type {Iterator<Batch> | undefined} */
  let batches;
  let isAnew = true;
  /** @type {unknown} an error must not cross the library's frames */
  let thrown;
  const next = koffi.register(() => {
    if (thrown !== undefined) return 0;
    try {
      // What was asked for before has to come to its end, whether or not the library looks at it.
      if (isAnew) while (batches?.next().done === false);
      if (isAnew || batches === undefined) batches = read();
      isAnew = false;
      const { done, value: batch } = batches.next();
      if (done === true) return 0;
      call("XGProxyDMatrixSetDataDense", proxy, arrayOf(batch.values, [batch.rows, features]));
      call("XGDMatrixSetInfoFromInterface", proxy, "label", arrayOf(batch.label, [batch.rows]));
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
      [null, proxy, bins, reset, next, config],
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
