import { finished } from "node:stream/promises";
import type { Connection, Submittable } from "pg";
import type { RowFiles, WrittenRows } from "../server/staged.ts";

/** Letters of messages from the server, which is also their first byte. */
const COPY_DATA = 0x64; // d
const COPY_OUT_RESPONSE = 0x48; // H
const COPY_DONE = 0x63; // c
const NEWLINE = 0x0a;
/** A letter and a length. */
const HEADER_BYTES = 5;
/**
 * Messages that aren't rows: that the statement was parsed and bound, and what may come at any time, in the midst of rows too:
 * notices, changed settings, notifications.
 */
const ASIDE = new Set([0x31, 0x32, 0x4e, 0x53, 0x41]); // 1 2 N S A
/** No notice is as long; whoever says so has something else in mind. */
const LONGEST_ASIDE_BYTES = 64 * 1024 * 1024;

/** Bytes that a file gets before the next one has its turn. */
const TURN_BYTES = 8 * 1024 * 1024;
/** Bytes that may wait for the disk before the server is made to wait. */
const AHEAD_BYTES = 4 * 1024 * 1024;

/** What the stream's bytes are split into. */
export interface CopyHandlers {
  /** a part of a row, or all of it */
  data(bytes: Uint8Array): void;
  /** A row begins, of so many bytes. Returns whether it is to begin a turn. */
  row(byteLength: number): boolean;
  /** All rows before the one that has just begun were handed on. */
  turn(): void;
  /** a whole message of another kind that came between rows */
  aside(message: Uint8Array): void;
  /** rows are over: what follows them, from a message's beginning on */
  end(rest: Uint8Array): void;
}

/**
 * Splits what a server sends in answer to COPY … TO STDOUT, in chunks of any size, into rows and the rest. A driver's own parser makes an
 * object of each row, which takes longer than the server needs for it.
 *
 * @returns what takes the next chunk, and throws where a message's length can't be one
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function copySplitter(handlers: CopyHandlers): (chunk: Buffer) => void {
  /** a header, or a whole message that isn't a row, as far as it has come */
  let held = Buffer.alloc(0);
  /** bytes of the row that are still to come */
  let left = 0;
  let ended = false;

  return (chunk) => {
    if (ended) return handlers.end(chunk);
    // Rows are pushed together at the beginning of the chunk's own copy: one piece a chunk goes to the disk.
    const rows = Buffer.allocUnsafe(chunk.length);
    let handedOn = 0;
    let filled = 0;
    let at = 0;
    const flush = () => {
      if (filled > handedOn) handlers.data(rows.subarray(handedOn, filled));
      // Who has got it may not have written it yet: its bytes stay as they are.
      handedOn = filled;
    };
    while (at < chunk.length) {
      if (left > 0) {
        const end = Math.min(chunk.length, at + left);
        filled += chunk.copy(rows, filled, at, end);
        left -= end - at;
        at = end;
        continue;
      }
      const { type, length, start } = headerAt(chunk, at);
      if (type === undefined) break;
      // A length counts itself.
      if (length < HEADER_BYTES || (type !== COPY_DATA && length > LONGEST_ASIDE_BYTES))
        throw new Error("Received unexpected length of a message");
      if (type === COPY_DATA) {
        left = length - HEADER_BYTES;
        if (handlers.row(left)) {
          flush();
          handlers.turn();
        }
        at = start;
        held = Buffer.alloc(0);
        continue;
      }
      // All of the message is needed: its beginning is what was held.
      const message = Buffer.concat([held, chunk.subarray(at, at + length - held.length)]);
      if (message.length < length && (ASIDE.has(type) || type === COPY_OUT_RESPONSE || type === COPY_DONE)) break;
      if (ASIDE.has(type)) handlers.aside(message);
      else if (type !== COPY_OUT_RESPONSE) {
        flush();
        ended = true;
        const rest = Buffer.concat([held, chunk.subarray(at)]);
        held = Buffer.alloc(0);
        return handlers.end(type === COPY_DONE ? rest.subarray(length) : rest);
      }
      at += length - held.length;
      held = Buffer.alloc(0);
    }
    flush();
    if (at < chunk.length) held = Buffer.concat([held, chunk.subarray(at)]);
  };

  /** The message that begins in what is held, or at a place of the chunk; without a type where its header isn't all there. */
  function headerAt(chunk: Buffer, at: number): { type: number | undefined; length: number; start: number } {
    const missing = Math.max(0, HEADER_BYTES - held.length);
    if (chunk.length - at < missing) return { type: undefined, length: 0, start: at };
    const header = missing === 0 ? held : Buffer.concat([held, chunk.subarray(at, at + missing)]);
    return { type: header[0], length: 1 + header.readUInt32BE(1), start: at + missing };
  }
}

/**
 * A COPY (…) TO STDOUT whose rows go into files as they come, some megabytes into each in turn. It is whole only once `written` has
 * resolved: the server has said how many rows there were, and is ready for what comes next.
 *
 * pg-copy-streams does the same and ships no licence; this is the part of it that is needed.
 */
export function copyOut(
  sql: string,
  files: RowFiles,
): { readonly query: Submittable; readonly written: Promise<WrittenRows> } {
  const sinks = files.map((file) => file.createWriteStream({ highWaterMark: AHEAD_BYTES }));
  const flushed = Promise.all(sinks.map((sink) => finished(sink)));
  flushed.catch(() => {}); // told by `written`
  let resolve: (written: WrittenRows) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const written = new Promise<WrittenRows>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  let rows: number | undefined;
  let longest = 0;
  let release = () => {};

  const query = {
    submit(connection: Connection) {
      release = divert(connection);
      // The extended protocol takes one statement and no more, however the session has come to read quotes meanwhile.
      connection.parse({ name: "", text: sql, types: [] }, true);
      connection.bind({}, true);
      connection.execute({}, true);
      connection.sync();
    },
    handleCommandComplete({ text }: { readonly text: string }) {
      const [, count] = /^COPY (\d+)$/.exec(text) ?? [];
      if (count !== undefined) rows = Number(count);
    },
    handleReadyForQuery() {
      const count = rows;
      for (const sink of sinks) sink.end();
      flushed.then(() => {
        if (count === undefined) reject(new Error("COPY ended without a count of its rows"));
        else resolve({ rows: count, longest });
      }, reject);
    },
    handleError(error: unknown) {
      release();
      for (const sink of sinks) sink.destroy();
      reject(error);
    },
    // What a driver may hand on to any query of its own.
    handleRowDescription() {},
    handleDataRow() {},
    handleCopyData() {},
    handlePortalSuspended() {},
    handleEmptyQuery() {},
  };
  return { query, written };

  /** Takes the server's bytes before the driver does, until the rows are over. */
  function divert({ stream }: Connection): () => void {
    const drivers = stream.listeners("data");
    const handOn = (bytes: Uint8Array) => {
      if (bytes.length > 0) for (const driver of drivers) driver.call(stream, bytes);
    };
    /** bytes that the present file has got in its turn */
    let inTurn = 0;
    let turns = 0;
    let last: number | undefined;
    const split = copySplitter({
      data(bytes) {
        last = bytes.at(-1);
        const sink = sinks[turns % sinks.length];
        if (sink === undefined || sink.write(bytes)) return;
        stream.pause();
        sink.once("drain", () => stream.resume());
      },
      row(byteLength) {
        if (byteLength > longest) longest = byteLength;
        inTurn += byteLength;
        return inTurn > TURN_BYTES;
      },
      turn() {
        // A message is a row; the protocol doesn't promise it, and half of one is for no file.
        if (last !== NEWLINE) return;
        inTurn = 0;
        turns += 1;
      },
      aside: handOn,
      end(rest) {
        giveBack();
        handOn(rest);
      },
    });
    const giveBack = () => {
      // What waits for the disk is little now, and nobody would wake a stream whose file has been given up.
      stream.resume();
      if (!stream.listeners("data").includes(take)) return;
      stream.off("data", take);
      for (const driver of drivers) stream.on("data", (bytes: Buffer) => driver.call(stream, bytes));
    };
    const take = (chunk: Buffer) => {
      try {
        split(chunk);
      } catch (error) {
        reject(error);
        stream.destroy();
      }
    };
    stream.removeAllListeners("data");
    stream.on("data", take);
    for (const sink of sinks) {
      sink.on("error", (error) => {
        // A full disk: nobody reads on.
        reject(error);
        stream.destroy();
      });
    }
    return giveBack;
  }
}
