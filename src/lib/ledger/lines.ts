import { closeSync, readSync } from "node:fs";
import { join } from "node:path";
import { errorCode, machineError } from "../files/machine-error.ts";
import { openWithin } from "../files/within.ts";
import { type LedgerEvent, LINE_START, type Line, readLine } from "./events.ts";
import { LEDGER_FILE } from "./writer.ts";

/** Bytes that are read at once: some five nights. */
const CHUNK_BYTES = 1 << 15;
/** No line is so long; what is, is none. */
const LONGEST_LINE = 1 << 20;

/** A line that says nothing: cut by a full disk or a kill, or changed by others. */
export interface DamagedLine {
  /** counted from 1; null where the file was not read up to its beginning */
  readonly line: number | null;
  readonly problem: string;
}

/** What lines say. */
export interface LedgerLines {
  /** in the order in which they were written */
  readonly events: readonly LedgerEvent[];
  readonly damaged: readonly DamagedLine[];
  /** of lines that only a newer churn understands: that churn */
  readonly newer: readonly string[];
}

/** The run that a line is of, by its text alone; undefined for none. In what was typed, or said, no quote stands without a backslash. */
export function runOfLine(line: string): string | undefined {
  return /"run":"([^"]+)"/.exec(line)?.[1];
}

export interface LinesWanted {
  /** Whether a line is worth reading, by its text: for who looks for few among many. */
  readonly isWanted?: (line: string) => boolean;
  /** Asked for each chunk, the newest first, with the events of it: whether no older line is needed. */
  readonly isEnough?: (events: readonly LedgerEvent[]) => boolean;
}

/**
 * Reads the workspace's ledger from its end, as far as it is needed.
 *
 * @returns undefined where there is none
 * @throws {ServiceError} when it can't be read, is no file, or leads out of the workspace
 */
export function readLedgerFile(root: string, wanted: LinesWanted = {}): LedgerLines | undefined {
  const path = join(root, LEDGER_FILE);
  try {
    const { fd, size } = openWithin(root, path);
    try {
      return readBackwards((bytes, at) => readSync(fd, bytes, 0, bytes.length, at), size, wanted);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw machineError(error, path);
  }
}

/** The lines of a whole text, likewise. */
export function readLines(content: Buffer): LedgerLines {
  return readBackwards((bytes, at) => content.copy(bytes, 0, at), content.length, {});
}

type ReadAt = (bytes: Buffer, at: number) => number;

function readBackwards(
  read: ReadAt,
  size: number,
  { isWanted = () => true, isEnough = () => false }: LinesWanted,
): LedgerLines {
  const chunks: LedgerEvent[][] = [];
  const damaged: { fromEnd: number; problem: string }[] = [];
  const newer: string[] = [];
  let lines = 0;
  let isWhole = true;
  let next: string | undefined;
  for (const texts of chunksOf(read, size)) {
    const events: LedgerEvent[] = [];
    for (const text of texts.toReversed()) {
      lines += 1;
      // Whoever wrote all of a line but its end has written it once more.
      const isAgain = text === next;
      next = text;
      if (isAgain || text === "") continue;
      const isMeant = isWanted(text);
      // What is damaged may have been of any kind.
      if (!isMeant && looksWhole(text)) continue;
      for (const line of linesIn(text)) {
        if (line.kind === "event") events.push(...(isMeant ? [line.event] : []));
        else if (line.kind === "newer") newer.push(line.churn);
        else damaged.push({ fromEnd: lines, problem: line.problem });
      }
    }
    chunks.push(events.reverse());
    if (!isEnough(events)) continue;
    isWhole = false;
    break;
  }
  return {
    events: chunks.reverse().flat(),
    damaged: damaged.reverse().map(({ fromEnd, problem }) => ({ line: isWhole ? lines - fromEnd + 1 : null, problem })),
    newer: newer.reverse(),
  };
}

/** By its ends alone: to read all lines takes far longer. */
function looksWhole(text: string): boolean {
  return text.startsWith(LINE_START) && text.endsWith("}") && text.lastIndexOf(LINE_START) === 0;
}

/** Behind a line that was cut the next one may stand, whole: the later one first. */
function linesIn(text: string): readonly Line[] {
  const line = readLine(text);
  const at = text.lastIndexOf(LINE_START);
  if (line.kind !== "damaged" || at <= 0) return [line];
  return [readLine(text.slice(at)), line];
}

/** The lines of each chunk, in their order, the last chunk first. Where a line is longer than any, its parts are lines. */
function* chunksOf(read: ReadAt, size: number): Generator<readonly string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const chunk = Buffer.alloc(end - start);
    const bytes = Buffer.concat([chunk.subarray(0, read(chunk, start)), rest]);
    // What stands before the first line's end may begin further in front.
    const firstEnd = start === 0 ? 0 : bytes.indexOf(LINE_END) + 1;
    const isInMidst = start > 0 && firstEnd === 0;
    rest = isInMidst && bytes.length < LONGEST_LINE ? bytes : bytes.subarray(0, firstEnd);
    const whole = bytes.subarray(rest.length);
    end = start;
    if (whole.length > 0) yield withoutEnd(whole).toString("utf8").split("\n");
  }
}

const LINE_END = 0x0a;

function withoutEnd(bytes: Buffer): Buffer {
  return bytes.at(-1) === LINE_END ? bytes.subarray(0, -1) : bytes;
}
