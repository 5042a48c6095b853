import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { startThread } from "../../src/lib/engine/thread.ts";
import { test } from "../support/folder.ts";

const answer = z.strictObject({ answer: z.int() });
const early = z.strictObject({ early: z.int() });

/** A thread of these lines, after it has said that it is there. */
async function threadOf(folder: string, lines: string) {
  const file = join(folder, "thread.cjs");
  await writeFile(file, `const { parentPort, workerData } = require("node:worker_threads");\n${lines}`);
  const thread = await startThread(file, { twice: 2 });
  if ("failed" in thread) throw new Error(thread.failed);
  return thread;
}

const READY = "parentPort.postMessage({ loaded: true });";

test("what a thread says at once before its answer arrives whole and in order", async ({ folder }) => {
  await using thread = await threadOf(
    folder,
    `${READY} parentPort.on("message", (work) => {
      for (let n = 0; n < work; n += 1) parentPort.postMessage({ early: n });
      parentPort.postMessage({ answer: work * workerData.twice });
    });`,
  );
  const told: number[] = [];
  const meanwhile = { schema: early, tell: ({ early: n }: z.infer<typeof early>) => void told.push(n) };
  const answers = await Promise.all([3, 2].map((work) => thread.ask(work, answer, meanwhile)));
  expect(answers).toEqual([{ answer: 6 }, { answer: 4 }]);
  expect(told).toEqual([0, 1, 2, 0, 1]);
});

test("a thread that ends in the midst of its work says so, and an error that nobody caught is its reason", async ({
  folder,
}) => {
  const ending = await threadOf(folder, `${READY} parentPort.on("message", () => process.exit(7));`);
  expect(await ending.ask(1, answer)).toEqual({ failed: "its thread ended with 7" });
  const throwing = await threadOf(folder, `${READY} parentPort.on("message", () => { throw new Error("oh"); });`);
  expect(await throwing.ask(1, answer)).toEqual({ failed: "Error: oh" });
});

test("one that can't load its library is none", async ({ folder }) => {
  await expect(threadOf(folder, `parentPort.postMessage({ failed: "no library" });`)).rejects.toThrow("no library");
});
