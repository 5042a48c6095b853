// @ts-check
"use strict";

const { parentPort } = require("node:worker_threads");
const koffi = require("koffi");
const { arrayOf, call, create, said } = require("./c-api.cjs");

/*
 * The thread that trains: every call of XGBoost's C API is made here. thread.ts starts it. A thread starts from a file, and
 * Node 20 from one of JavaScript, so this is one in the sources and in the build.
 */

/**
 * @typedef {import("./thread.ts").Job} Job
 * @typedef {import("./thread.ts").Customers} Customers
 * @typedef {import("../thread.ts").Loaded} Loaded
 * @typedef {import("./thread.ts").Round} Round
 * @typedef {import("./thread.ts").Trained} Trained
 * @typedef {import("./c-api.cjs").Handle} Handle
 */

/** Between two words about the progress, in milliseconds. */
const WORD_EVERY = 100;
/** Between two looks at how well the train customers are fitted, in milliseconds: with a million of them it takes as long as a round. */
const LOSS_EVERY = 1_000;

/** @param {Loaded | Round | Trained} word */
const tell = (word) => parentPort?.postMessage(word);

tell({ loaded: true });

parentPort?.on("message", (/** @type {Job} */ job) => {
  said.length = 0;
  try {
    tell(train(job));
  } catch (error) {
    tell({ failed: error instanceof Error ? error.message : String(error) });
  }
});

/**
 * @param {Job} job
 * @returns {Trained}
 */
function train({ customers, validation, featureNames, parameters, rounds, inBins, batchRows, threads, stopping }) {
  /** @type {(() => void)[]} each of which frees a handle, once */
  const held = [];
  try {
    const options = { inBins, batchRows, threads, maxBin: parameters.max_bin };
    const matrix = makeMatrix(customers, null, options, held);
    const judged = validation === undefined ? null : makeMatrix(validation, matrix, options, held);
    const matrices = judged === null ? [matrix] : [matrix, judged];
    const booster = create("XGBoosterCreate", [matrices, matrices.length], "XGBoosterFree", held);
    for (const [name, value] of Object.entries(parameters)) call("XGBoosterSetParam", booster, name, value);
    /** @type {number[]} */
    const losses = [];
    let best = 0;
    /** @type {number | undefined} */
    let loss;
    let lastWord = performance.now();
    let lastLoss = Number.NEGATIVE_INFINITY;
    for (let round = 0; round < rounds; round += 1) {
      call("XGBoosterUpdateOneIter", booster, round, matrix);
      if (judged !== null) {
        losses.push(lossOf(booster, round, judged));
        if ((losses[round] ?? Number.NaN) < (losses[best] ?? Number.NaN)) best = round;
      }
      const now = performance.now();
      if (now - lastWord >= WORD_EVERY || round === rounds - 1) {
        lastWord = now;
        const isDue = now - lastLoss >= LOSS_EVERY;
        if (isDue) {
          loss = lossOf(booster, round, matrix);
          lastLoss = performance.now();
        }
        tell({ round: round + 1, loss, validationLoss: losses[round] });
      }
      // As stopping.ts has it, which a thread can't import.
      if (stopping !== undefined && round - best >= stopping) break;
    }
    const kept =
      stopping === undefined ? booster : create("XGBoosterSlice", [booster, 0, best + 1, 1], "XGBoosterFree", held);
    // Those of the matrix do not get into the model.
    call("XGBoosterSetStrFeatureInfo", kept, "feature_name", featureNames, featureNames.length);
    return { model: savedModel(kept), config: savedConfig(booster), said: [...said], losses };
  } finally {
    for (const free of held.reverse()) free();
  }
}

/**
 * Customers as the library keeps them: their values, row by row, or only the bins that they fall into.
 *
 * @param {Customers} customers
 * @param {Handle} reference  the matrix whose bins it shares
 * @param {{ inBins: boolean, batchRows: number, threads: number, maxBin: string | undefined }} options
 * @param {(() => void)[]} held
 * @returns {Handle}
 */
function makeMatrix({ columns, rowCount, label }, reference, { inBins, batchRows, threads, maxBin }, held) {
  const labels = Float32Array.from(label);
  if (!inBins) {
    const values = new Float32Array(rowCount * columns.length);
    interleave(columns, 0, rowCount, values);
    const config = `{"missing":NaN,"nthread":${threads}}`;
    const described = arrayOf(values, [rowCount, columns.length]);
    const matrix = create("XGDMatrixCreateFromDense", [described, config], "XGDMatrixFree", held);
    call("XGDMatrixSetInfoFromInterface", matrix, "label", arrayOf(labels, [rowCount]));
    return matrix;
  }

  const proxy = create("XGProxyDMatrixCreate", [], "XGDMatrixFree", held);
  const batch = new Float32Array(Math.min(batchRows, rowCount) * columns.length);
  let start = 0;
  /** @type {unknown} an error must not cross the library's frames */
  let thrown;
  const next = koffi.register(() => {
    if (start >= rowCount || thrown !== undefined) return 0;
    try {
      const size = Math.min(batchRows, rowCount - start);
      interleave(columns, start, size, batch);
      call("XGProxyDMatrixSetDataDense", proxy, arrayOf(batch, [size, columns.length]));
      const described = arrayOf(labels.subarray(start, start + size), [size]);
      call("XGDMatrixSetInfoFromInterface", proxy, "label", described);
      start += size;
      return 1;
    } catch (error) {
      thrown = error;
      return 0;
    }
  }, koffi.pointer("XgbNext"));
  const reset = koffi.register(() => {
    start = 0;
  }, koffi.pointer("XgbReset"));
  try {
    const config = `{"missing":NaN,"nthread":${threads},"max_bin":${maxBin}}`;
    return create(
      "XGQuantileDMatrixCreateFromCallback",
      [null, proxy, reference, reset, next, config],
      "XGDMatrixFree",
      held,
    );
  } catch (error) {
    throw thrown ?? error;
  } finally {
    koffi.unregister(next);
    koffi.unregister(reset);
  }
}

/**
 * Rows of columns one after the other.
 *
 * @param {readonly Float32Array[]} columns
 * @param {number} start
 * @param {number} size
 * @param {Float32Array} rows  room for them
 */
function interleave(columns, start, size, rows) {
  const width = columns.length;
  for (const [index, column] of columns.entries()) {
    for (let row = 0, at = index; row < size; row += 1, at += width) rows[at] = column[start + row] ?? Number.NaN;
  }
}

/**
 * The log loss after a round, from the library's "[19]\tx-logloss:0.5002".
 *
 * @param {Handle} booster
 * @param {number} round
 * @param {Handle} matrix
 */
function lossOf(booster, round, matrix) {
  /** @type {string[]} */
  const out = [""];
  call("XGBoosterEvalOneIter", booster, round, [matrix], ["x"], 1, out);
  return Number(out[0]?.split("x-logloss:")[1]);
}

/**
 * The model as JSON text in UTF-8: a copy, since what the library gives is overwritten by its next call.
 *
 * @param {Handle} booster
 */
function savedModel(booster) {
  const length = [0];
  /** @type {Handle[]} */
  const out = [null];
  call("XGBoosterSaveModelToBuffer", booster, '{"format":"json"}', length, out);
  const [size = 0] = length;
  return new Uint8Array(koffi.view(out[0], size)).slice();
}

/** @param {Handle} booster */
function savedConfig(booster) {
  const [length, out] = [[0], [""]];
  call("XGBoosterSaveJsonConfig", booster, length, out);
  return out[0] ?? "";
}
