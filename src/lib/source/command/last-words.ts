import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { visible } from "../../cli/visible.ts";

const KEPT_BYTES = 8 * 1024;
const MOST_LINES = 5;
const MOST_LETTERS = 400;

/** Keeps the last of what programs say, however much that is. */
export class LastWords {
  #kept = Buffer.alloc(0);

  hear(stream: Readable | null): void {
    stream?.on("data", (piece: Buffer) => {
      this.#kept = Buffer.concat([this.#kept, piece]).subarray(-KEPT_BYTES);
    });
  }

  /** The end of what was said, as it is: for who looks for a word, and not for people. */
  get text(): string {
    return this.#kept.toString("utf8");
  }

  /**
   * The last lines for people.
   *
   * @param redact  masks secrets
   */
  lines(redact: (text: string) => string): string[] {
    return linesOf(this.#kept, redact);
  }
}

/** Error in query string: …, ERROR 1146 (42S02) …, BigQuery error in query operation: … */
const BEGINS_AS_ERROR = /^\W*(?:\w+ ){0,2}(?:error|fatal|exception)[ :(]/i;

/**
 * What a program wrote where its rows belong, if that is an error and no rows: bq, for one, says there why a query fails. Of rows
 * nothing is shown, since they are customers.
 *
 * @param path  its file
 */
export async function wordsInPlaceOfRows(path: string, redact: (text: string) => string): Promise<string[]> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(KEPT_BYTES), 0, KEPT_BYTES, 0);
  const start = buffer.subarray(0, bytesRead);
  return bytesRead < KEPT_BYTES && BEGINS_AS_ERROR.test(start.toString("utf8")) ? linesOf(start, redact) : [];
}

function linesOf(bytes: Buffer, redact: (text: string) => string): string[] {
  // Masked as a whole, before anything is cut off: half a secret isn't known by its form.
  const text = redact(stripVTControlCharacters(bytes.toString("utf8")));
  const said = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  return said.slice(-MOST_LINES).map((line) => visible(line.trimEnd(), MOST_LETTERS));
}
