import { UsageError } from "../../errors.ts";
import type { RecordScanner } from "./scanner.ts";

/** A record has to fit into memory with what comes behind it. */
const LARGEST_RECORD = 512 * 1024 * 1024;
const FIRST_SIZE = 2 * 1024 * 1024;

/**
 * Scans a file's records one by one.
 *
 * @param pieces  the file's bytes
 * @param visit   is called behind each record, which lies in `bytes` from `start` to `next`; the scanner knows the rest
 * @throws {UsageError} when a record is too long for memory
 */
export async function eachRecord(
  pieces: AsyncIterable<Uint8Array>,
  scanner: RecordScanner,
  visit: (bytes: Uint8Array, start: number, next: number) => void,
): Promise<void> {
  let buffer = new Uint8Array(FIRST_SIZE);
  let length = 0;
  // A record that isn't whole is scanned again once there is as much more of it.
  let enough = 0;

  const drain = (isLast: boolean) => {
    let start = 0;
    while (start < length) {
      const next = scanner.next(buffer, start, length, isLast);
      if (next === -1) break;
      visit(buffer, start, next);
      start = next;
    }
    buffer.copyWithin(0, start, length);
    length -= start;
    enough = length * 2;
  };
  for await (const piece of pieces) {
    if (length + piece.length > LARGEST_RECORD) {
      throw new UsageError("a record is longer than 512 MB", "is a quote left open?");
    }
    if (length + piece.length > buffer.length) {
      const larger = new Uint8Array(2 * (length + piece.length));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(piece, length);
    length += piece.length;
    if (length >= enough) drain(false);
  }
  drain(true);
}
