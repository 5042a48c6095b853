import { closeSync, constants, fstatSync, fsyncSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { channelName } from "../config/notify-section.ts";
import { ChurnError, HeldError, InputError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { makeFolder } from "../files/folders.ts";
import { machineError } from "../files/machine-error.ts";
import { openInPlace, openWithin, readSize, requireFolderWithin } from "../files/within.ts";
import { letter } from "../notify/letter.ts";
import { delivery } from "../notify/outbox/format.ts";
import { tryFlock } from "../workspace/native.ts";
import { findingKind } from "./finding.ts";

const standing = z.strictObject({
  what: findingKind,
  subject: z.string().nullable(),
  since: z.iso.datetime().describe("when it was found first"),
});
/** A finding that was told, and has not cleared. */
export type Standing = z.infer<typeof standing>;

const state = z.strictObject({
  standing: z.array(standing),
  letter: letter.nullable().describe("the newest message"),
  channels: z.partialRecord(channelName, delivery).describe("what became of it, by channel"),
});
export type WatchdogState = z.infer<typeof state>;

/** `.churn/watchdog.json`: what was told of what the watchdog found. */
export const watchdogStateFormat = defineFormat({ version: 1, signedFrom: 1, schema: state, upgrades: {} });

export const NOTHING_TOLD: WatchdogState = { standing: [], letter: null, channels: {} };

const FILE = join(".churn", "watchdog.json");
/** The file has always at least so many bytes, which a disk that is full still takes in their place. */
const LEAST_BYTES = 1 << 14;
const MOST_BYTES = 1 << 20;

/** What was told, held by this process alone. */
export interface HeldState {
  readonly state: WatchdogState;
  /** whether nothing was ever kept */
  readonly isNew: boolean;
  /** Keeps another state. @throws {ServiceError} where the disk takes it no more */
  keep(changed: WatchdogState): void;
  close(): void;
}

/**
 * Opens what the watchdog has told, and keeps another one out. The file is written in its own place, by one call, so that it can be
 * kept on a disk that is full; one that is damaged says that nothing was told.
 *
 * @throws {HeldError} when another watchdog is at work
 * @throws {ServiceError} when it can't be opened
 */
export async function holdState(root: string): Promise<HeldState> {
  const path = join(root, FILE);
  let fd: number | undefined;
  try {
    requireFolderWithin(root, dirname(path));
    makeFolder(dirname(path));
    fd = openInPlace(path, constants.O_RDWR);
    const file = fd;
    if (!(await tryFlock(file, path)))
      throw new HeldError(
        `another watchdog is at work on ${root}`,
        "what it finds is told once: nothing is to be done",
      );
    return {
      state: stateIn(file),
      isNew: fstatSync(file).size === 0,
      keep: (changed) => {
        try {
          write(file, jsonText(watchdogStateFormat.write(changed)));
        } catch (error) {
          throw machineError(error, path);
        }
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw machineError(error, path);
  }
}

/**
 * What was told, held by this process. A disk that is full keeps nobody from being told: what was told then is told again.
 *
 * @param onTrouble  hears why it can't be kept
 * @throws {HeldError} when another watchdog is at work
 */
export async function holdStateIfPossible(root: string, onTrouble: (reason: string) => void): Promise<HeldState> {
  const unkept = (error: unknown) => {
    if (!(error instanceof ChurnError) || error instanceof HeldError) throw error;
    onTrouble(`what is told can't be kept, so it is told again next time: ${error.message}`);
  };
  try {
    const held = await holdState(root);
    let isKept = true;
    const keep: HeldState["keep"] = (state) => {
      try {
        if (isKept) held.keep(state);
      } catch (error) {
        isKept = false;
        unkept(error);
      }
    };
    return { ...held, keep };
  } catch (error) {
    unkept(error);
    return { state: NOTHING_TOLD, isNew: false, keep: () => {}, close: () => {} };
  }
}

/** What was told, for who only looks. @throws {ServiceError} when it can't be read */
export async function readState(root: string): Promise<WatchdogState> {
  const path = join(root, FILE);
  try {
    const opened = await orUndefined(() => openWithin(root, path));
    if (opened === undefined) return NOTHING_TOLD;
    try {
      return stateIn(opened.fd);
    } finally {
      closeSync(opened.fd);
    }
  } catch (error) {
    throw machineError(error, path);
  }
}

function stateIn(fd: number): WatchdogState {
  const content = readSize(fd, Math.min(fstatSync(fd).size, MOST_BYTES));
  if (content.toString("utf8").trim() === "") return NOTHING_TOLD;
  try {
    return watchdogStateFormat.read(parseJson(content, FILE), FILE);
  } catch (error) {
    if (error instanceof InputError) return NOTHING_TOLD;
    throw error;
  }
}

/** Never shorter than what stands there, so that nothing of it is left behind. */
function write(fd: number, text: string): void {
  const length = Math.max(LEAST_BYTES, fstatSync(fd).size, Buffer.byteLength(text));
  const bytes = Buffer.alloc(length, " ");
  bytes.write(text);
  bytes.write("\n", length - 1);
  for (let at = 0; at < length; ) at += writeSync(fd, bytes, at, length - at, at);
  fsyncSync(fd);
}
