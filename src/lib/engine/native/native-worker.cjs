// @ts-check
"use strict";

const { parentPort, workerData } = require("node:worker_threads");
const koffi = require("koffi");

/*
 * The thread that trains: every call of XGBoost's C API is made here, since the library keeps its error text, its log callback
 * and its configuration by thread. thread.ts starts it. A thread starts from a file, and Node 20 from one of JavaScript, so this
 * is one in the sources and in the build.
 *
 * https://xgboost.readthedocs.io/en/stable/c.html, in the part that 1.7 to 3.4 have in common.
 */

/**
 * @typedef {import("./thread.ts").Job} Job
 * @typedef {import("./thread.ts").Customers} Customers
 * @typedef {import("../thread.ts").Loaded} Loaded
 * @typedef {import("./thread.ts").Round} Round
 * @typedef {import("./thread.ts").Trained} Trained
 * @typedef {bigint | null} Handle  a pointer of the library's
 */

/** Between two words about the progress, in milliseconds. */
const WORD_EVERY = 100;
/** Between two looks at how well the train customers are fitted, in milliseconds: with a million of them it takes as long as a round. */
const LOSS_EVERY = 1_000;

koffi.proto("void XgbLog(const char *message)");
koffi.proto("int XgbNext(void *iterator)");
koffi.proto("void XgbReset(void *iterator)");

/** What is called; each returns 0, or -1 where it fails. */
const PROTOTYPES = {
  XGBRegisterLogCallback: "int XGBRegisterLogCallback(XgbLog *callback)",
  XGDMatrixCreateFromDense: "int XGDMatrixCreateFromDense(const char *array, const char *config, _Out_ void **out)",
  XGDMatrixSetInfoFromInterface:
    "int XGDMatrixSetInfoFromInterface(void *matrix, const char *field, const char *array)",
  XGDMatrixFree: "int XGDMatrixFree(void *matrix)",
  XGProxyDMatrixCreate: "int XGProxyDMatrixCreate(_Out_ void **out)",
  XGProxyDMatrixSetDataDense: "int XGProxyDMatrixSetDataDense(void *proxy, const char *array)",
  XGQuantileDMatrixCreateFromCallback:
    "int XGQuantileDMatrixCreateFromCallback(void *iterator, void *proxy, void *reference, XgbReset *reset, XgbNext *next, const char *config, _Out_ void **out)",
  XGBoosterCreate: "int XGBoosterCreate(void **matrices, uint64_t count, _Out_ void **out)",
  XGBoosterFree: "int XGBoosterFree(void *booster)",
  XGBoosterSetParam: "int XGBoosterSetParam(void *booster, const char *name, const char *value)",
  XGBoosterSetStrFeatureInfo:
    "int XGBoosterSetStrFeatureInfo(void *booster, const char *field, const char **names, uint64_t count)",
  XGBoosterUpdateOneIter: "int XGBoosterUpdateOneIter(void *booster, int round, void *matrix)",
  XGBoosterEvalOneIter:
    "int XGBoosterEvalOneIter(void *booster, int round, void **matrices, const char **names, uint64_t count, _Out_ const char **out)",
  XGBoosterSlice: "int XGBoosterSlice(void *booster, int begin, int end, int step, _Out_ void **out)",
  XGBoosterSaveJsonConfig: "int XGBoosterSaveJsonConfig(void *booster, _Out_ uint64_t *length, _Out_ const char **out)",
  XGBoosterSaveModelToBuffer:
    "int XGBoosterSaveModelToBuffer(void *booster, const char *config, _Out_ uint64_t *length, _Out_ void **out)",
};

/** @param {Loaded | Round | Trained} word */
const tell = (word) => parentPort?.postMessage(word);

const library = koffi.load(workerData.library);
const lastError = library.func("const char *XGBGetLastError()");
const functions = Object.fromEntries(
  Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]),
);

/** @type {string[]} what the library has said while a job is done */
const said = [];
call(
  "XGBRegisterLogCallback",
  koffi.register((/** @type {string} */ message) => void said.push(message), koffi.pointer("XgbLog")),
);
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
 * @param {keyof typeof PROTOTYPES} name
 * @param {unknown[]} values
 */
function call(name, ...values) {
  if (functions[name]?.(...values) === 0) return;
  // Only of a call that failed: the text of an earlier failure stays.
  throw new Error(sentence(lastError()));
}

/**
 * The library's own sentence, without the time and place before it and the calls behind it.
 *
 * @param {string} text  "[10:11:12] /src/data.cc:12: Check failed: … Stack trace: …"
 */
function sentence(text) {
  const [said = ""] = text.split(/\n+Stack trace:/);
  return said.replaceAll(/^\[[\d:]+\] (?:[^\s:]+:\d+: )?/gm, "").trim();
}

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
 * @param {keyof typeof PROTOTYPES} name  makes a handle, which is its last argument
 * @param {unknown[]} values
 * @param {keyof typeof PROTOTYPES} free
 * @param {(() => void)[]} held
 * @returns {Handle}
 */
function create(name, values, free, held) {
  /** @type {Handle[]} */
  const out = [null];
  call(name, ...values, out);
  const [handle = null] = out;
  held.push(() => void functions[free]?.(handle));
  return handle;
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
 * An array as the library is told of one. https://numpy.org/doc/stable/reference/arrays.interface.html
 *
 * @param {Float32Array} array
 * @param {readonly number[]} shape
 */
function arrayOf(array, shape) {
  return `{"data":[${koffi.address(array)},true],"shape":[${shape.join(",")}],"strides":null,"typestr":"<f4","version":3}`;
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
