import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { say, scratch } from "./process.mjs";

/**
 * Says how much disk a bench will take, at most, and refuses where the folder for temporary files has less.
 *
 * @param {number} rows      customers
 * @param {number} perRow    bytes that one takes, with a reserve
 */
export function requireRoom(rows, perRow) {
  const { bavail, bsize } = statfsSync(scratch);
  const [needed, free] = [rows * perRow, bavail * bsize];
  const text = `${rows.toLocaleString("en")} customers take up to ${gigabytes(needed)} of ${tmpdir()}, which has ${gigabytes(free)} free`;
  if (needed > free) throw new Error(`${text}: set TMPDIR to a folder with more`);
  say(text);
}

/** @param {number} bytes */
export function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
