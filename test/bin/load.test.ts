import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { execa } from "execa";
import { expect } from "vitest";
import { test } from "../support/churn.ts";

const loader = fileURLToPath(new URL("../../bin/load.js", import.meta.url));
const SOURCE = 'const { basename } = require("node:path"); exports.name = () => basename(__filename);';

/** Loads a file in a process of its own, since V8 remembers within one what it compiled. */
async function loadAlone(file: string, then = ""): Promise<string> {
  const script = `const { exports, script, cached } = require(process.argv[1]).load(process.argv[2]);
    ${then}
    console.log(exports.name(), cached ? "from compiled code" : "compiled now");`;
  const { stdout, stderr } = await execa(process.execPath, ["-e", script, loader, file]);
  expect(stderr).toBe("");
  return stdout;
}
const keepCode = "require(process.argv[1]).keepCode(process.argv[2], script);";

test("a program is loaded without compiled code, and with what was compiled for it", async ({ folder }) => {
  const file = join(folder, "program.cjs");
  await writeFile(file, SOURCE);
  expect(await loadAlone(file, keepCode)).toBe("program.cjs compiled now");
  expect(await loadAlone(file)).toBe("program.cjs from compiled code");
});

test("code of another version, damaged code, another program's or none at all is refused, and the program runs", async ({
  folder,
}) => {
  const file = join(folder, "program.cjs");
  await writeFile(file, SOURCE);
  await loadAlone(file, keepCode);
  const code = await readFile(`${file}.v8`);
  // The fifth to eighth byte are V8's version, as a hash; the last eight are checksums, of the code and of its source.
  const foreign = Buffer.from(code);
  foreign.writeUInt32LE((foreign.readUInt32LE(4) ^ 1) >>> 0, 4);
  foreign.writeUInt32LE(crc32(foreign.subarray(0, -8)), foreign.length - 8);
  const damaged = Buffer.from(code);
  damaged.fill(0, 64, 256);
  for (const bytes of [foreign, damaged, code.subarray(0, code.length / 2), Buffer.alloc(0), Buffer.from("no code")]) {
    await writeFile(`${file}.v8`, bytes);
    expect(await loadAlone(file)).toBe("program.cjs compiled now");
  }

  await writeFile(`${file}.v8`, code);
  await writeFile(file, `${SOURCE} exports.more = 1;`);
  expect(await loadAlone(file)).toBe("program.cjs compiled now");
});

test("code of a file that was edited since is refused, though the text is as long as before", async ({ folder }) => {
  const file = join(folder, "program.cjs");
  await writeFile(file, SOURCE);
  await loadAlone(file, keepCode);
  await writeFile(file, SOURCE.replace("basename(__filename)", '"another program..."'));
  expect(await loadAlone(file)).toBe("another program... compiled now");
});
