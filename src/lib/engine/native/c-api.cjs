// @ts-check
"use strict";

const { workerData } = require("node:worker_threads");
const koffi = require("koffi");

/*
 * XGBoost's C API, in the part that 1.7 to 3.4 have in common, for the thread that requires this file: the library keeps its error
 * text, its log callback and its configuration by thread. A worker thread starts from JavaScript, so this is some.
 *
 * https://xgboost.readthedocs.io/en/stable/c.html
 */

/** @typedef {bigint | null} Handle  a pointer of the library's */

koffi.proto("void XgbLog(const char *message)");
koffi.proto("int XgbNext(void *iterator)");
koffi.proto("void XgbReset(void *iterator)");

/** What is called; each returns 0, or -1 where it fails. */
const PROTOTYPES = require("./c-api.json");

const library = koffi.load(workerData.library);
const lastError = library.func("const char *XGBGetLastError()");
const functions = Object.fromEntries(
  Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]),
);

/** @type {string[]} what the library has said, until it is emptied */
const said = [];
call(
  "XGBRegisterLogCallback",
  koffi.register((/** @type {string} */ message) => void said.push(message), koffi.pointer("XgbLog")),
);

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
 * Frees handles, the last one first, each of them once.
 *
 * @param {(() => void)[]} held  empty then
 */
function freeAll(held) {
  for (const free of held.splice(0).reverse()) free();
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

module.exports = { arrayOf, call, create, freeAll, said };
