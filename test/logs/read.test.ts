import { appendFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { logLines } from "../../src/lib/logs/read.ts";
import { test } from "../support/folder.ts";

const never = async () => false;
const all = async (lines: AsyncIterable<string>) => {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
};

test("the lines are there in their order, however long, and what has no end", async ({ folder }) => {
  const long = "ü".repeat(100_000);
  const path = join(folder, "log.jsonl");
  await writeFile(path, `one\n\n${long}\nwithout an end`);
  expect(await all(logLines(folder, path, { wait: never }))).toEqual(["one", "", long, "without an end"]);
  await writeFile(path, "");
  expect(await all(logLines(folder, path, { wait: never }))).toEqual([]);
});

test("while more may come they are followed, a line that is written in two parts too, and the last ones", async ({
  folder,
}) => {
  const path = join(folder, "log.jsonl");
  await writeFile(path, "one\ntw");
  const writes = ["o\n", "three\n", ""];
  const wait = async () => {
    const text = writes.shift();
    await appendFile(path, text ?? "written after the end\n");
    return text !== undefined;
  };
  expect(await all(logLines(folder, path, { wait }))).toEqual(["one", "two", "three", "written after the end"]);
});

test("one that isn't there has none, and one that leads out of the workspace is told", async ({ folder }) => {
  const missing = join(folder, "none.jsonl");
  expect(await all(logLines(folder, missing, { wait: never }))).toEqual([]);
  await mkdir(join(folder, "workspace"));
  await writeFile(missing, "a secret\n");
  const link = join(folder, "workspace", "log.jsonl");
  await symlink(missing, link);
  await expect(all(logLines(join(folder, "workspace"), link, { wait: never }))).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(/outside of/),
  });
});
