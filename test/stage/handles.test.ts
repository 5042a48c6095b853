import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parquet } from "../../src/lib/artifacts/artifact.ts";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { openOutputs } from "../../src/lib/stage/handles.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { test } from "../support/folder.ts";

const table = parquet("features/NIGHT/table.parquet");

/** A stage's one output, and what is told of it. */
function outputIn(folder: string) {
  const told: unknown[] = [];
  const outputs = openOutputs({ store: openFolderStore(folder), redact: String }, { table }, "2026-11-23", {
    beforeFirst: async () => void told.push("first"),
    onWritten: (name, reference) => void told.push(name, reference),
  });
  const output = outputs.table;
  if (output === undefined || !("folder" in output)) throw new Error("no table");
  return { told, output };
}

test("a table that an earlier attempt has written is taken with its digest, and no other", async ({ folder }) => {
  const { sha256: digest } = await outputIn(folder).output.write((path) => writeFile(path, "rows"));
  expect(digest).toBe(sha256("rows"));
  const { told, output } = outputIn(folder);
  expect(await output.adopt(sha256("other rows"))).toBe(false);
  expect(told).toEqual([]);
  expect(await output.adopt(digest)).toBe(true);
  const reference = { kind: "file", key: "features/2026-11-23/table.parquet", size_bytes: 4, sha256: digest };
  expect(told).toEqual(["first", "table", reference]);
});

test("where there is none, none is taken", async ({ folder }) => {
  const { told, output } = outputIn(folder);
  expect(await output.adopt(sha256("rows"))).toBe(false);
  expect(told).toEqual([]);
});

test("what an earlier attempt has written is removed, after the night's record has been told, and named nowhere", async ({
  folder,
}) => {
  await outputIn(folder).output.write((path) => writeFile(path, "rows"));
  const { told, output } = outputIn(folder);
  for (let time = 0; time < 2; time += 1) await output.remove();
  expect(existsSync(join(folder, "features/2026-11-23/table.parquet"))).toBe(false);
  expect(told).toEqual(["first"]);
});
