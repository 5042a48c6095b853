import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { load } from "./bin/load.js";

/**
 * Writes what docs/schemas lacks, from the built program. The file of a version that is there stays: a released form never
 * changes, another form is another version. For other words in a description, or a version that isn't released yet, remove
 * the file first.
 */
const { schemas } = load(resolve("dist/cli.cjs")).exports;
await mkdir("docs/schemas", { recursive: true });
for (const [file, schema] of schemas()) {
  const flag = /\.\d+\.schema\.json$/.test(file) ? "wx" : "w";
  await writeFile(`docs/schemas/${file}`, `${JSON.stringify(schema, null, 2)}\n`, { flag }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
}
