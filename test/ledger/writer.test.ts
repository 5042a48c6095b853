import { execFileSync } from "node:child_process";
import { appendFile, mkdir, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { LEDGER_FILE, type LedgerWriter, openLedgerWriter } from "../../src/lib/ledger/writer.ts";
import { bundle } from "../support/bundled.ts";
import { test as inFolder } from "../support/folder.ts";

interface Opened {
  readonly root: string;
  readonly file: string;
  readonly writer: LedgerWriter;
  /** what was said of lost lines */
  readonly told: string[];
}

const test = inFolder.extend<{ opened: Opened }>({
  opened: async ({ folder: root }, use) => {
    const told: string[] = [];
    const redact = (text: string) => text.replaceAll("s3cret", "***");
    const writer = openLedgerWriter({ root, redact, onWarn: (reason) => told.push(reason) });
    await use({ root, file: join(root, LEDGER_FILE), writer, told });
  },
});

const begins = (reason: string | null = null) =>
  ({ event: "stage_started", night: "2026-11-23", stage: "train", reason }) as const;
const reasonsIn = (root: string) =>
  readLedgerFile(root)?.events.map((event) => (event.event === "stage_started" ? event.reason : event.event));

describe("what is told", () => {
  test("is a line with its time and its run, for its owner alone", async ({ opened: { root, file, writer, told } }) => {
    writer.run = "20261123T050000Z-7f3a";
    writer.append(begins("forced"));
    writer.append({ event: "nothing_to_do", run: null, night: "2026-11-23", started_by: "cron", command: ["churn"] });
    expect((await readFile(file, "utf8")).match(/\n/g)).toHaveLength(2);
    expect(readLedgerFile(root)?.events).toEqual([
      {
        ...begins("forced"),
        run: "20261123T050000Z-7f3a",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
      expect.objectContaining({ event: "nothing_to_do", run: null }),
    ]);
    expect(told).toEqual([]);
  });

  test("has no secret in its sentences and words, and no endless ones", async ({ opened: { root, file, writer } }) => {
    const command = ["churn", "run-all", "--set", "source.url=postgres://churn:s3cret@db"];
    const refused = { event: "run_refused", run: null, night: null, started_by: "cron", exit_code: 2 } as const;
    writer.append({ ...refused, command: [...command, ...Array(99).fill("--verbose")], reason: "s3cret".repeat(5000) });
    expect(await readFile(file, "utf8")).not.toContain("s3cret");
    expect(readLedgerFile(root)?.events).toMatchObject([
      { command: expect.arrayContaining(["source.url=postgres://churn:***@db"]), reason: expect.stringMatching(/…$/) },
    ]);
    expect((await readFile(file)).length).toBeLessThan(4096);
  });

  test("begins a line of its own where another was cut", async ({ opened: { root, file, writer } }) => {
    writer.append(begins("one"), begins("two"));
    await truncate(file, (await readFile(file)).length - 9);
    writer.append(begins("three"));
    expect(reasonsIn(root)).toEqual(["one", "three"]);
    expect(readLedgerFile(root)?.damaged).toEqual([{ line: 2, problem: "it is no whole JSON" }]);
  });

  test("is there once, though all of its line but the end was written before", async ({ opened }) => {
    const { root, file, writer } = opened;
    writer.append(begins("one"));
    const [line = ""] = (await readFile(file, "utf8")).split("\n");
    await truncate(file, line.length);
    await appendFile(file, `\n${line}\n`);
    writer.append(begins("two"));
    expect(reasonsIn(root)).toEqual(["one", "two"]);
  });
});

describe("several processes", () => {
  test("tell without a line among another's, however long their lines are", async ({ opened: { root } }) => {
    await using program = await bundle("append-events");
    const writers = ["a", "b", "c", "d", "e", "f"];
    const each = 200;
    const ends = await Promise.all(
      writers.map((writer, index) => program.run(root, writer, String(each), String(index * 180))),
    );
    expect(ends.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(writers.map(() => [0, "[]"]));
    const { events = [], damaged } = readLedgerFile(root) ?? {};
    expect(damaged).toEqual([]);
    for (const writer of writers) {
      const own = events.filter(({ run }) => run === writer);
      const numbers = own.map((event) =>
        event.event === "stage_started" ? Number.parseInt(event.reason ?? "", 10) : 0,
      );
      expect(numbers, writer).toEqual(Array.from({ length: each }, (_, index) => index + 1));
    }
  });
});

describe("a disk that takes no more", () => {
  // A limit stands for it: the kernel writes a part of the line, and refuses the next call.
  test("leaves no part of a line; the line is told once there is room, and whoever listens hears of it once", async ({
    opened: { root, file },
  }) => {
    await using program = await bundle("append-events");
    await program.run(root, "before", "3");
    const size = (await readFile(file)).length;
    const limited = `ulimit -f $1; shift; exec "$@"`;
    await writeFile(file, `${await readFile(file, "utf8")}${"\n".repeat(1024 - ((size + 60) % 1024))}`);
    const blocks = String(Math.ceil((await readFile(file)).length / 1024));
    const words = ["-c", limited, "sh", blocks, process.execPath, program.file, root, "limited", "5", "300"];
    const stdout = execFileSync("bash", words, { encoding: "utf8" });
    expect(JSON.parse(stdout)).toEqual([
      `lines of ${LEDGER_FILE} are missing: ${file}: the file is larger than this process may write`,
    ]);
    const left = await readFile(file);
    expect(left.length, "nothing is cut off, which another process may have added meanwhile").toBe(
      Number(blocks) * 1024,
    );
    expect(left.at(-1), "the part that was written is gone").toBe(0x0a);
    await program.run(root, "after", "2");
    const { events = [], damaged = [] } = readLedgerFile(root) ?? {};
    expect(events.map(({ run }) => run)).toEqual(["before", "before", "before", "after", "after"]);
    expect(damaged).toEqual([]);
  });

  test("gets what it refused before the next line, as soon as it takes lines again", async ({ opened }) => {
    const { root, file, writer, told } = opened;
    await mkdir(file);
    writer.append(begins("one"));
    writer.append(begins("two"));
    expect(told).toEqual([`lines of ${LEDGER_FILE} are missing: ${file}: a folder stands where a file belongs`]);
    execFileSync("rmdir", [file]);
    writer.append(begins("three"));
    expect(reasonsIn(root)).toEqual(["one", "two", "three"]);
    expect(told).toHaveLength(1);
  });
});

describe("what stands in its place", () => {
  test("is written to behind no link", async ({ opened: { root, file, writer, told } }) => {
    await writeFile(join(root, "mine"), "mine");
    await symlink(join(root, "mine"), file);
    writer.append(begins());
    expect(told).toEqual([
      `lines of ${LEDGER_FILE} are missing: ${file} is a link, and churn writes to no file behind one`,
    ]);
    expect(await readFile(join(root, "mine"), "utf8")).toBe("mine");
  });

  test("is no pipe that somebody might read", async ({ opened: { root, file, writer, told } }) => {
    execFileSync("mkfifo", [file]);
    writer.append(begins());
    expect(told).toEqual([expect.stringContaining("is a named pipe")]);
    expect(await readdir(root)).toEqual([LEDGER_FILE]);
  });
});
