const { readFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

/**
 * Loads a CommonJS file as require does, but takes V8's compiled code from `FILE.v8` beside it, where there is one: a stage's
 * process would compile for longer than it works. V8 itself refuses code of another version, and compiles as usual.
 *
 * @param {string} file  its text is ASCII
 * @returns {{ exports: any, script: Script, cached: boolean }}
 * @see https://nodejs.org/docs/latest-v20.x/api/vm.html#scriptcreatecacheddata
 */
exports.load = (file) => {
  const cachedData = readIfThere(`${file}.v8`);
  const script = new Script(wrap(readFileSync(file, "latin1")), { filename: file, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return { exports: module.exports, script, cached: script.cachedDataRejected === false };
};

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
