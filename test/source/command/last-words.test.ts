import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { expect, test } from "vitest";
import { LastWords } from "../../../src/lib/source/command/last-words.ts";

async function linesOf(...pieces: string[]): Promise<string[]> {
  const words = new LastWords();
  const stream = Readable.from(pieces.map((piece) => Buffer.from(piece)));
  words.hear(stream);
  await finished(stream);
  return words.lines((text) => text.replaceAll("secret", "***"));
}

test("the last five lines, whatever ends them, without blank ones", async () => {
  expect(await linesOf("1\n2\r\n3\n\n4\r5\n", "  6  \n\n")).toEqual(["2", "3", "4", "5", "  6"]);
  expect(await linesOf()).toEqual([]);
});

test("a character and a secret that come in two pieces are whole", async () => {
  const bytes = Buffer.from("é");
  const words = new LastWords();
  const stream = Readable.from([bytes.subarray(0, 1), bytes.subarray(1), Buffer.from(" sec"), Buffer.from("ret\n")]);
  words.hear(stream);
  await finished(stream);
  expect(words.lines((text) => text.replaceAll("secret", "***"))).toEqual(["é ***"]);
});

test("a line without an end is cut, and no secret with it", async () => {
  const [line = ""] = await linesOf("x".repeat(10_000), " secret", "\n");
  expect(line).toHaveLength(400);
  expect(await linesOf(`${"x".repeat(396)}secret`)).toEqual([`${"x".repeat(396)}***`]);
});
