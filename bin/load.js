const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");
/** Absent before Node 20.15, where nothing is kept then. */
const { crc32 } = require("node:zlib");

/**
 * Loads a CommonJS file as require does, but takes V8's compiled code from `FILE.v8` beside it, where there is one: a stage's
 * process would compile for longer than it works. V8 itself refuses code of another version, and compiles as usual.
 *
 * @param {string} file  its text is ASCII
 * @returns {{ exports: object, script: Script, cached: boolean }}  exports: what the file exports
 * @see https://nodejs.org/docs/latest-v20.x/api/vm.html#scriptcreatecacheddata
 */
exports.load = (file) => {
  const cachedData = readCode(`${file}.v8`);
  const script = new Script(wrap(readFileSync(file, "latin1")), { filename: file, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return { exports: module.exports, script, cached: script.cachedDataRejected === false };
};

/** Keeps the code that a loaded file has been compiled to so far, for `load`. */
exports.keepCode = (file, script) => {
  if (crc32 === undefined) return;
  const code = script.createCachedData();
  writeFileSync(`${file}.v8.part`, Buffer.concat([code, checksum(code)]));
  renameSync(`${file}.v8.part`, `${file}.v8`);
};

/** V8 runs whatever has the right length and version, into a crash if need be: code that a disk has damaged is left out here. */
function readCode(file) {
  if (crc32 === undefined) return undefined;
  try {
    const kept = readFileSync(file);
    const code = kept.subarray(0, -4);
    return checksum(code).equals(kept.subarray(-4)) ? code : undefined;
  } catch {
    return undefined;
  }
}

function checksum(bytes) {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(bytes));
  return sum;
}
