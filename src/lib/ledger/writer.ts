import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { knownError, machineError } from "../files/machine-error.ts";
import { openInPlace } from "../files/within.ts";
import { writeAtOnce } from "../files/write-at-once.ts";
import { redactWithin } from "../workspace/redact.ts";
import { type LedgerEvent, ledgerEvent, lineOf, SENTENCES, type WithoutPlace } from "./events.ts";

/** The ledger's name in the workspace. */
export const LEDGER_FILE = "ledger.jsonl";

/** Letters of a sentence, or of a word: the records and the log have the whole of it. */
const LONGEST_SENTENCE = 1000;
/** Words of a command line. */
const MOST_WORDS = 50;
/** Lines that are kept while the disk takes none; later ones are lost. */
const MOST_KEPT = 1000;
const LINE_END = 0x0a;

/** An event as it is told: time and run are added. */
export type NewEvent = WithoutPlace<LedgerEvent> & {
  readonly run?: string | null;
  /** ISO 8601: of what happened earlier, and is told late */
  readonly time?: string;
};

/**
 * Tells the workspace's ledger what happens: a line each, written in one call and synced, so that lines of several processes
 * never mix. It is opened for each, and behind no link.
 *
 * A line that the disk doesn't take is kept, and written before the next one: what a run does matters more, and whoever listens
 * is told once.
 */
export interface LedgerWriter {
  /** the workspace's folder */
  readonly root: string;
  /** whose events these are, until others are: a run's id, or that of another start */
  run: string | null;
  /** @throws nothing that the machine refuses */
  append(...events: readonly NewEvent[]): void;
  /** Tells whoever watches what is wrong with the ledger. */
  warn(reason: string): void;
}

/**
 * @param options.root    the workspace's folder
 * @param options.run     the run that this process is a part of, if it is one's
 * @param options.redact  masks secrets
 * @param options.onWarn  hears what is wrong with it: why lines are missing, once
 */
export function openLedgerWriter(options: {
  readonly root: string;
  readonly run?: string | null;
  readonly redact: (text: string) => string;
  readonly onWarn: (reason: string) => void;
}): LedgerWriter {
  const { root, redact, onWarn } = options;
  const kept: string[] = [];
  let isTold = false;
  const writer: LedgerWriter = {
    root,
    run: options.run ?? null,
    append: (...events) => {
      const time = new Date().toISOString();
      for (const event of events)
        kept.push(lineOf(ledgerEvent.parse(inShort({ time, run: writer.run, ...event }, redact))));
      try {
        writeLines(root, kept);
      } catch (error) {
        const known = knownError(error);
        if (known === undefined) throw error;
        kept.splice(MOST_KEPT);
        if (!isTold) onWarn(`lines of ${LEDGER_FILE} are missing: ${known.message}`);
        isTold = true;
      }
    },
    warn: onWarn,
  };
  return writer;
}

/** Its sentences are masked, and of a length that one call writes. */
function inShort(event: Readonly<Record<string, unknown>>, redact: (text: string) => string): unknown {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      name,
      SENTENCES.has(name) ? shortened(redactWithin(value, redact)) : value,
    ]),
  );
}

function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST_WORDS).map(shortened);
  return typeof value === "string" ? sentenceOf(value) : value;
}

/** A sentence as a line of the ledger has it. */
export function sentenceOf(text: string): string {
  return text.length <= LONGEST_SENTENCE ? text : `${text.slice(0, LONGEST_SENTENCE - 1)}…`;
}

/** Writes lines, and takes each that is written off the list. */
function writeLines(root: string, lines: string[]): void {
  const path = join(root, LEDGER_FILE);
  try {
    const fd = openInPlace(path, constants.O_RDWR | constants.O_APPEND);
    try {
      const isNew = fstatSync(fd).size === 0;
      for (let line = lines[0]; line !== undefined; [line] = lines) {
        writeLine(fd, path, line);
        lines.shift();
      }
      fsyncSync(fd);
      if (isNew) syncFolder(root);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw machineError(error, path);
  }
}

/**
 * One call writes it all, unless the disk has room for a part alone: then the next call says why, and the part is made into empty lines.
 * What is left of a line that was cut otherwise, as by a power cut, ends where the next one begins.
 */
function writeLine(fd: number, path: string, line: string): void {
  const { size } = fstatSync(fd);
  const bytes = Buffer.from(`${endsWithLine(fd) ? "" : "\n"}${line}\n`);
  try {
    writeAtOnce(fd, bytes);
  } catch (error) {
    const length = partWritten(fd, bytes, size);
    if (length > 0) blankOut(path, size, length);
    throw error;
  }
}

/** Bytes of a line that were written at that place; 0 where something else stands there, which came in between. */
function partWritten(fd: number, bytes: Buffer, at: number): number {
  // One more than the line has, to see what stands behind it.
  const found = Buffer.alloc(bytes.length + 1);
  const end = readSync(fd, found, 0, found.length, at);
  const differs = bytes.findIndex((byte, index) => index >= end || found[index] !== byte);
  const length = differs === -1 ? bytes.length : differs;
  // Behind a part is the file's end, or the line of somebody else, who has begun a new one: all lines begin alike.
  return length === end || found[length] === LINE_END ? length : 0;
}

/**
 * Makes empty lines of what was written, which no reader takes for anything. Cut off they could be only where nobody else writes: what
 * another process had added in the same moment would be gone with them.
 */
function blankOut(path: string, at: number, length: number): void {
  const fd = openInPlace(path, constants.O_WRONLY);
  try {
    writeSync(fd, Buffer.alloc(length, LINE_END), 0, length, at);
  } finally {
    closeSync(fd);
  }
}

function endsWithLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === LINE_END);
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
