import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, type FileHandle, open, readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect } from "vitest";
import { connectPostgres, type PostgresConnection } from "../../../src/lib/source/postgres/connection.ts";
import { copySplitter } from "../../../src/lib/source/postgres/copy-out.ts";
import { test } from "../../support/folder.ts";

/** A message of the protocol: a letter, a length that counts itself, and what it says. */
function message(letter: string, payload: string | Uint8Array = ""): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(5, letter);
  head.writeUInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
const COPY_BEGINS = Buffer.concat([message("1"), message("2"), message("H", new Uint8Array([0, 0, 1, 0, 0]))]);
const READY = message("Z", "T");
const done = (rows: number) => Buffer.concat([message("c"), message("C", `COPY ${rows}\0`), READY]);
const failure = (code: string, words: string) => message("E", `SERROR\0VERROR\0C${code}\0M${words}\0\0`);
const notice = message("N", "SNOTICE\0VNOTICE\0C00000\0Mwords\0\0");
const setting = message("S", "TimeZone\0UTC\0");

/** What a splitter makes of bytes that come in chunks. */
function split(chunks: readonly Buffer[]) {
  const parts: { data: Uint8Array[]; rows: number[]; asides: Uint8Array[]; rest: Uint8Array[]; turns: number[] } = {
    ...{ data: [], rows: [], asides: [], rest: [], turns: [] },
  };
  const take = copySplitter({
    data: (bytes) => void parts.data.push(Buffer.from(bytes)),
    row: (length) => {
      parts.rows.push(length);
      return parts.rows.length % 3 === 0;
    },
    turn: () => void parts.turns.push(parts.data.reduce((sum, { length }) => sum + length, 0)),
    aside: (bytes) => void parts.asides.push(Buffer.from(bytes)),
    end: (bytes) => void parts.rest.push(Buffer.from(bytes)),
  });
  for (const chunk of chunks) take(chunk);
  const whole = (bytes: readonly Uint8Array[]) => Buffer.concat(bytes).toString("latin1");
  return { ...parts, data: whole(parts.data), asides: whole(parts.asides), rest: whole(parts.rest) };
}

/** The bytes in chunks that end at some of their places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length));
}

test("rows, what comes between them and what follows are told apart, wherever the chunks end", () => {
  const payload = fc.uint8Array({ maxLength: 40 });
  const between = fc.record({ letter: fc.constantFrom("d", "d", "d", "N", "S", "A"), payload });
  fc.assert(
    fc.property(
      fc.array(between, { maxLength: 12 }),
      fc.constantFrom("c", "E"),
      fc.array(fc.record({ letter: fc.constantFrom("C", "Z", "d", "N", "E"), payload }), { maxLength: 4 }),
      fc.array(fc.nat({ max: 2000 }), { maxLength: 60 }),
      (messages, ending, after, places) => {
        const last = message(ending, ending === "c" ? "" : "words");
        const following = Buffer.concat(after.map((one) => message(one.letter, one.payload)));
        const bytes = Buffer.concat([
          COPY_BEGINS,
          ...messages.map((one) => message(one.letter, one.payload)),
          ...[last, following],
        ]);
        const rows = messages.filter(({ letter }) => letter === "d").map((row) => row.payload);
        const others = messages.filter(({ letter }) => letter !== "d").map((one) => message(one.letter, one.payload));
        const asides = [message("1"), message("2"), ...others];
        const latin = (all: readonly Uint8Array[]) => Buffer.concat(all).toString("latin1");
        expect(split(cut(bytes, places))).toEqual({
          data: latin(rows),
          rows: rows.map((row) => row.length),
          // Each third row begins a turn, behind whole rows.
          turns: rows.flatMap((_, index) => (index % 3 === 2 ? [latin(rows.slice(0, index)).length] : [])),
          asides: latin(asides),
          rest: latin(ending === "c" ? [following] : [last, following]),
        });
      },
    ),
    { numRuns: 500 },
  );
});

test("byte by byte it is the same", () => {
  const bytes = Buffer.concat([COPY_BEGINS, message("d", "1,a\n"), notice, message("d", ""), setting, done(2)]);
  expect(split([...bytes].map((byte) => Buffer.from([byte])))).toEqual({
    ...{ data: "1,a\n", rows: [4, 0], turns: [] },
    asides: Buffer.concat([message("1"), message("2"), notice, setting]).toString("latin1"),
    rest: done(2).subarray(5).toString("latin1"),
  });
});

test("an error in the place of rows is the driver's", () => {
  const bytes = Buffer.concat([failure("42501", "no right"), READY]);
  expect(split([bytes])).toEqual({ data: "", rows: [], turns: [], asides: "", rest: bytes.toString("latin1") });
});

/** A server that lets anybody in and answers COPY by plan, and all else by nothing; the real driver speaks to it. */
async function withServer<T>(
  copy: (socket: Socket) => unknown,
  work: (connection: PostgresConnection, socket: () => Socket | undefined) => Promise<T>,
  limitSeconds = 60,
): Promise<T> {
  let socket: Socket | undefined;
  const server = createServer((one) => {
    socket = one;
    one.setNoDelay(true);
    one.on("error", () => {});
    let begun = false;
    one.on("data", (bytes: Buffer) => {
      if (!begun) one.write(Buffer.concat([message("R", new Uint8Array(4)), READY]));
      else if (bytes.includes("COPY (")) copy(one);
      else if (bytes[0] === 0x51) one.write(Buffer.concat([message("C", "COMMIT\0"), READY]));
      else one.end();
      begun = true;
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const login = { host: "127.0.0.1", port, database: "shop", user: "ann" };
  const connection = await connectPostgres({
    ...login,
    answerSeconds: limitSeconds,
    tls: () => ({ kind: "none" }),
    password: () => undefined,
  });
  try {
    return await work(connection, () => socket);
  } finally {
    await connection[Symbol.asyncDispose]();
    socket?.destroy();
    server.close();
  }
}
const COPY = "COPY (SELECT 1) TO STDOUT";

test("rows go into the file, and the connection is the driver's again", async ({ folder }) => {
  const path = join(folder, "rows");
  const rows = Array.from({ length: 5000 }, (_, index) => `${index},"${"x".repeat(index % 300)}"\n`);
  const whole = [
    COPY_BEGINS,
    ...rows.flatMap((row, index) => [message("d", row), ...(index % 999 === 0 ? [notice, setting] : [])]),
  ];
  await withServer(
    async (socket) => {
      const bytes = Buffer.concat([...whole, done(rows.length)]);
      for (let at = 0; at < bytes.length; at += 70_001) {
        socket.write(bytes.subarray(at, at + 70_001));
        await sleep(1);
      }
    },
    async (connection) => {
      for (const round of [1, 2]) {
        await using file = await open(path, "w", 0o600);
        const written = await connection.copyOut(COPY, [file]);
        expect(written, `round ${round}`).toEqual({
          rows: rows.length,
          longest: Math.max(...rows.map((row) => row.length)),
        });
        expect(await readFile(path, "utf8")).toBe(rows.join(""));
        await connection.run("COMMIT");
      }
    },
  );
});

test("no row at all is none", async ({ folder }) => {
  await withServer(
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, done(0)])),
    async (connection) => {
      await using file = await open(join(folder, "rows"), "w");
      expect(await connection.copyOut(COPY, [file])).toEqual({ rows: 0, longest: 0 });
    },
  );
});

test.each<[name: string, answer: (socket: Socket) => unknown, error: string | RegExp]>([
  ["refused", (socket) => socket.write(Buffer.concat([failure("42501", "no right"), READY])), "no right"],
  [
    "an error behind rows",
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, message("d", "1\n"), failure("40001", "conflict"), READY])),
    "conflict",
  ],
  [
    "the end of the connection, exactly behind a row",
    (socket) => socket.end(Buffer.concat([COPY_BEGINS, message("d", "1\n")])),
    "Connection terminated unexpectedly",
  ],
  [
    "the end of the connection in a row",
    (socket) => socket.end(Buffer.concat([COPY_BEGINS, message("d", "1234567\n").subarray(0, 8)])),
    "Connection terminated unexpectedly",
  ],
  [
    "the end of the connection before the count",
    (socket) => socket.end(Buffer.concat([COPY_BEGINS, message("d", "1\n"), message("c")])),
    "Connection terminated unexpectedly",
  ],
  [
    "a reset",
    (socket) => {
      socket.write(Buffer.concat([COPY_BEGINS, message("d", "1\n")]));
      setTimeout(() => socket.resetAndDestroy(), 50);
    },
    /ECONNRESET|terminated/,
  ],
  ...["d", "N", "c"].map((letter): [string, (socket: Socket) => unknown, string] => [
    `a length of ${letter} that is none`,
    (socket) =>
      socket.write(
        Buffer.concat([COPY_BEGINS, message("d", "1\n"), Buffer.from([letter.charCodeAt(0), 0, 0, 0, 3, 9])]),
      ),
    "Received unexpected length of a message",
  ]),
  [
    "a notice of gigabytes",
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, Buffer.from([0x4e, 0x7f, 0xff, 0xff, 0xff])])),
    "Received unexpected length of a message",
  ],
  [
    "no count of rows",
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, message("c"), message("C", "SELECT 1\0"), READY])),
    "COPY ended without a count of its rows",
  ],
])("%s is an error, and nothing hangs", async (_, answer, error) => {
  await withServer(answer, async (connection) => {
    await using file = await open("/dev/null", "w");
    await expect(connection.copyOut(COPY, [file])).rejects.toThrow(error);
  });
});

test.for([
  ["a row a message", (row: string) => [row]],
  // The protocol allows it.
  ["two messages a row", (row: string) => [row.slice(0, 50_000), row.slice(50_000)]],
] as const)("rows are shared out to the files, whole ones to each, by %s", async ([, told], { folder }) => {
  const paths = ["a", "b", "c"].map((name) => join(folder, name));
  const rows = Array.from({ length: 400 }, (_, index) => `${index},"${"x".repeat(100_000)}"\n`);
  const messages = rows.flatMap((row) => told(row).map((part) => message("d", part)));
  await withServer(
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, ...messages, done(rows.length)])),
    async (connection) => {
      const [a, b, c] = await Promise.all(paths.map((path) => open(path, "w")));
      if (a === undefined || b === undefined || c === undefined) return;
      const written = await connection.copyOut(COPY, [a, b, c]);
      expect(written.rows).toBe(rows.length);
      const found = (await Promise.all(paths.map((path) => readFile(path, "utf8")))).map((text) =>
        text.split(/(?<=\n)/),
      );
      expect(found.every((lines) => lines.length > 80)).toBe(true);
      expect(new Set(found.flat())).toEqual(new Set(rows));
    },
  );
});

test("a server that says nothing more is given up, and the file is whole for nobody", async ({ folder }) => {
  await withServer(
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, message("d", "1\n")])),
    async (connection) => {
      await using file = await open(join(folder, "rows"), "w");
      await expect(connection.copyOut(COPY, [file])).rejects.toThrow("no end of an answer in 0.3 s");
    },
    0.3,
  );
});

test("a disk that is full ends it", async () => {
  const rows = Array.from({ length: 1000 }, () => message("d", "x".repeat(1000)));
  await withServer(
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, ...rows, done(1000)])),
    async (connection) => {
      await using file = await open("/dev/full", "w");
      await expect(connection.copyOut(COPY, [file])).rejects.toMatchObject({ code: "ENOSPC" });
    },
  );
});

/** A pipe that takes nothing more until `cat` empties it: a disk that stands still. */
async function stoppedDisk(folder: string): Promise<{ file: FileHandle; go: () => Promise<number> }> {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const file = await open(path, "r+");
  const full = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  let filled = 0;
  for (;;) {
    const written = await full.write(Buffer.alloc(4096)).catch(() => undefined);
    if (written === undefined) break;
    filled += written.bytesWritten;
  }
  await full.close();
  const go = async () => {
    const cat = spawn("cat", [path], { stdio: ["ignore", "pipe", "inherit"] });
    let read = 0;
    cat.stdout.on("data", (bytes: Buffer) => {
      read += bytes.length;
    });
    await once(cat, "close");
    return read - filled;
  };
  return { file, go };
}

test("a server waits for the disk", async ({ folder }) => {
  const row = message("d", `${"x".repeat(999_999)}\n`);
  const { file, go } = await stoppedDisk(folder);
  await withServer(
    (socket) => socket.write(Buffer.concat([COPY_BEGINS, ...Array.from({ length: 64 }, () => row), done(64)])),
    async (connection, socket) => {
      const copied = connection.copyOut(COPY, [file]);
      let waiting = -1;
      // The kernel's buffers fill; then nothing moves.
      while (socket() === undefined || socket()?.writableLength !== waiting) {
        waiting = socket()?.writableLength ?? -1;
        await sleep(300);
      }
      expect(waiting).toBeGreaterThan(0);
      const read = go();
      expect(await copied).toEqual({ rows: 64, longest: 1_000_000 });
      await file.close();
      expect(await read).toBe(64_000_000);
    },
  );
});

test("an error that comes while the disk stands still ends the connection all the same", async ({ folder }) => {
  const { file, go } = await stoppedDisk(folder);
  // The last chunk fills what may wait, and has the error in it.
  const row = message("d", "x".repeat(4 * 1024 * 1024 + 1));
  await withServer(
    async (socket) => {
      socket.write(Buffer.concat([COPY_BEGINS, row, failure("57014", "canceling statement")]));
      await sleep(50);
      socket.write(READY);
    },
    async (connection) => {
      const copied = connection.copyOut(COPY, [file]);
      await expect(copied).rejects.toThrow("canceling statement");
      await sleep(100);
      const closed = connection[Symbol.asyncDispose]().then(() => "closed");
      expect(await Promise.race([closed, sleep(3000).then(() => "hangs")])).toBe("closed");
    },
  );
  const read = go();
  await file.close();
  expect(await read).toBeGreaterThanOrEqual(0);
});
