// @ts-check
"use strict";

const { parentPort } = require("node:worker_threads");
const koffi = require("koffi");
const { binnedMatrixOf, matrixOf } = require("./batches.cjs");
const { call, create, freeAll, said } = require("./c-api.cjs");

/*
 * The thread that trains: every call of XGBoost's C API is made here. thread.ts starts it. A thread starts from a file, and
 * Node 20 from one of JavaScript, so this is one in the sources and in the build.
 */

/**
 * @typedef {import("./thread.ts").Job} Job
 * @typedef {import("../thread.ts").Loaded} Loaded
 * @typedef {import("./thread.ts").Round} Round
 * @typedef {import("./thread.ts").Trained} Trained
 * @typedef {import("./c-api.cjs").Handle} Handle
 */

/** Between two words about the progress, in milliseconds. */
const WORD_EVERY = 100;
/** Between two looks at how well the train customers are fitted, in milliseconds. */
const LOSS_EVERY = 1_000;
/** And so many times as long as a look takes, a third of a round's time: it costs training a fiftieth at most. */
const LOSS_SELDOM = 50;

/** Digits of a log loss: in what is behind them the threads' order of adding shows. */
const LOSS_DIGITS = 9;

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
function train(job) {
  const { featureNames, parameters, given, rounds, stopping } = job;
  /** @type {(() => void)[]} each of which frees a handle, once */
  const held = [];
  try {
    const { matrix, judged } = makeMatrices(job, held);
    const matrices = judged === null ? [matrix] : [matrix, judged];
    const booster = create("XGBoosterCreate", [matrices, matrices.length], "XGBoosterFree", held);
    for (const [name, value] of Object.entries(parameters)) call("XGBoosterSetParam", booster, name, value);
    /** @type {number[]} */
    const losses = [];
    let best = 0;
    /** @type {number | undefined} */
    let loss;
    let lastWord = performance.now();
    let nextLoss = Number.NEGATIVE_INFINITY;
    for (let round = 0; round < rounds; round += 1) {
      call("XGBoosterUpdateOneIter", booster, round, matrix);
      const unknown = round === 0 ? notUsed().filter((name) => given.includes(name)) : [];
      if (unknown.length > 0) return { unknown };
      if (judged !== null) {
        losses.push(lossOf(booster, round, judged));
        if ((losses[round] ?? Number.NaN) < (losses[best] ?? Number.NaN)) best = round;
      }
      const now = performance.now();
      if (now - lastWord >= WORD_EVERY || round === rounds - 1) {
        lastWord = now;
        if (now >= nextLoss) {
          loss = lossOf(booster, round, matrix);
          const seen = performance.now();
          nextLoss = seen + Math.max(LOSS_EVERY, LOSS_SELDOM * (seen - now));
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
    const model = savedModel(kept);
    // Of its own trees a booster remembers what they predict; a part of it has to predict anew.
    const isWhole = stopping === undefined || best === losses.length - 1;
    const keptLoss = lossOf(isWhole ? booster : kept, losses.length, matrix);
    return { model, config: savedConfig(booster), said: [...said], losses, loss: keptLoss };
  } finally {
    freeAll(held);
  }
}

/**
 * The customers that are trained on, and those that judge.
 *
 * @param {Job} job
 * @param {(() => void)[]} held
 */
function makeMatrices(job, held) {
  const { places, mostKept, featureNames, rowCount, validationRowCount, cutRowCount, threads, parameters } = job;
  const of = { places, features: featureNames.length, mostKept, threads, held };
  /** @type {(() => void)[]} of what is needed until the matrices are there */
  const meanwhile = [];
  try {
    const { max_bin: maxBin } = parameters;
    const bins =
      cutRowCount === undefined ? null : binnedMatrixOf("cuts", cutRowCount, null, maxBin, { ...of, held: meanwhile });
    /**
     * @param {"trained" | "validation"} source
     * @param {number} rows
     */
    const make = (source, rows) =>
      bins === null ? matrixOf(source, rows, of) : binnedMatrixOf(source, rows, bins, maxBin, of);
    const matrix = make("trained", rowCount);
    return { matrix, judged: validationRowCount === undefined ? null : make("validation", validationRowCount) };
  } finally {
    freeAll(meanwhile);
  }
}

/** Parameters that the library has said it doesn't know, which it does before its first round. */
function notUsed() {
  return said.flatMap((line) => /Parameters: \{ (.+?) \} are not used/s.exec(line)?.[1]?.match(/\w+/g) ?? []);
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
  return Number(Number(out[0]?.split("x-logloss:")[1]).toPrecision(LOSS_DIGITS));
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
