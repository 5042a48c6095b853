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

  /**
   * The last lines for people.
   *
   * @param redact  masks secrets
   */
  lines(redact: (text: string) => string): string[] {
    // Masked as a whole, before anything is cut off: half a secret isn't known by its form.
    const text = redact(stripVTControlCharacters(this.#kept.toString("utf8")));
    const said = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    return said.slice(-MOST_LINES).map((line) => visible(line.trimEnd(), MOST_LETTERS));
  }
}
