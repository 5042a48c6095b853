import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readSync } from "node:fs";
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

/** An event as it is told: time and run are added. */
export type NewEvent = WithoutPlace<LedgerEvent> & { readonly run?: string | null };

/**
 * Tells the workspace's ledger what happens: a line each, written in one call and synced, so that lines of several processes
 * never mix. It is opened for each, and behind no link.
 *
 * A line that the disk doesn't take is kept, and written before the next one: what a run does matters more, and whoever listens
 * is told once.
 */
export interface LedgerWriter {
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
  if (typeof value !== "string" || value.length <= LONGEST_SENTENCE) return value;
  return `${value.slice(0, LONGEST_SENTENCE - 1)}…`;
}

/** Writes lines, and takes each that is written off the list. */
function writeLines(root: string, lines: string[]): void {
  const path = join(root, LEDGER_FILE);
  try {
    const fd = openInPlace(path, constants.O_RDWR | constants.O_APPEND);
    try {
      const isNew = fstatSync(fd).size === 0;
      for (let line = lines[0]; line !== undefined; [line] = lines) {
        writeLine(fd, line);
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
 * One call writes it all, unless the disk has room for a part alone: then the next call says why, and the part is taken back. What is
 * left of a line that was cut otherwise, as by a power cut, ends where the next one begins.
 */
function writeLine(fd: number, line: string): void {
  const { size } = fstatSync(fd);
  const bytes = Buffer.from(`${endsWithLine(fd) ? "" : "\n"}${line}\n`);
  try {
    writeAtOnce(fd, bytes);
  } catch (error) {
    // Where it isn't the last that was written, somebody else's line stands behind it.
    const left = Buffer.alloc(bytes.length);
    const length = readSync(fd, left, 0, left.length, size);
    if (bytes.subarray(0, length).equals(left.subarray(0, length)) && fstatSync(fd).size === size + length)
      ftruncateSync(fd, size);
    throw error;
  }
}

function endsWithLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === 0x0a);
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
