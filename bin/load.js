const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { dirname, join } = require("node:path");
const { Script } = require("node:vm");
const { crc32 } = require("node:zlib");

/**
 * Loads a CommonJS file as require does, but takes V8's compiled code from `FILE.v8` beside it, where there is one: a stage's
 * process would compile for longer than it works. V8 itself refuses code of another version, and compiles as usual.
 *
 * @param {string} file  its text is ASCII
 * @returns {{ exports: object, script: Script, cached: boolean, parts: object }}  exports: what the file exports; parts: what it
 *   has loaded from beside it so far, by path
 * @see https://nodejs.org/docs/latest-v20.x/api/vm.html#scriptcreatecacheddata
 */
exports.load = (file) => {
  const source = readFileSync(file);
  const cachedData = readCode(file, source);
  const script = new Script(wrap(source.toString("latin1")), { filename: file, cachedData });
  const module = { exports: {} };
  const parts = {};
  script.runInThisContext()(module.exports, requireFrom(file, parts), module, file, dirname(file));
  return { exports: module.exports, script, cached: script.cachedDataRejected === false, parts };
};

/** What the file requires from beside it is loaded in the same way, and noted in `parts` by its path. */
function requireFrom(file, parts) {
  const plain = createRequire(file);
  return (id) => {
    if (!id.startsWith("./")) return plain(id);
    const path = join(dirname(file), id);
    parts[path] ??= exports.load(path);
    return parts[path].exports;
  };
}

/** Keeps the code that a loaded file has been compiled to so far, for `load`. */
exports.keepCode = (file, script) => {
  const code = script.createCachedData();
  writeFileSync(`${file}.v8.part`, Buffer.concat([code, checksums(code, readFileSync(file))]));
  renameSync(`${file}.v8.part`, `${file}.v8`);
};

/**
 * V8 runs whatever has the right version and was made from a text of the same length: code that a disk has damaged, into a
 * crash if need be, and code of a file that was edited since. Both are left out here.
 */
function readCode(file, source) {
  try {
    const kept = readFileSync(`${file}.v8`);
    const code = kept.subarray(0, -CHECKSUMS_BYTES);
    return checksums(code, source).equals(kept.subarray(-CHECKSUMS_BYTES)) ? code : undefined;
  } catch {
    return undefined;
  }
}

const CHECKSUMS_BYTES = 8;

/** Of the code and of the text that it was made from. */
function checksums(code, source) {
  const sums = Buffer.alloc(CHECKSUMS_BYTES);
  sums.writeUInt32LE(crc32(code), 0);
  sums.writeUInt32LE(crc32(source), 4);
  return sums;
}
