import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { parseStat, type StartFacts, startedBy } from "../../src/lib/ledger/started-by.ts";
import { bundle } from "../support/bundled.ts";
import { test as inFolder } from "../support/folder.ts";

const nothing: StartFacts = { env: {}, hasTerminal: false, ancestors: [], isFromInit: false, streams: ["8:1", "8:2"] };
/** Debian's cron: the daemon's child that it forks for a job is called CRON, and runs the job's shell. */
const cron = { ancestors: ["sh", "CRON", "cron"], isFromInit: true };
const unit = { env: { INVOCATION_ID: "8f14e45fceea167a5a36dedd4bea2543" }, ancestors: ["sh"], isFromInit: true };

test.each<[string, Partial<StartFacts>, string]>([
  ["a shell on a terminal", { hasTerminal: true, ancestors: ["bash", "sshd", "sshd"] }, "terminal"],
  ["make on a terminal", { hasTerminal: true, env: { MAKELEVEL: "1" }, ancestors: ["sh", "make", "bash"] }, "make"],
  [
    "a terminal of a desktop, which is a unit itself",
    { ...unit, hasTerminal: true, ancestors: ["bash", "gnome-terminal-", "systemd"] },
    "terminal",
  ],
  ["tmux that cron has started", { ...cron, hasTerminal: true }, "terminal"],
  ["Debian's cron", cron, "cron"],
  ["busybox's", { ancestors: ["sh", "crond"] }, "cron"],
  ["a script of the user's that cron starts", { ancestors: ["nightly.sh", "sh", "CRON", "cron"] }, "cron"],
  ["make that cron starts", { ...cron, env: { MAKELEVEL: "1" } }, "cron"],
  ["a unit's command", unit, "timer"],
  ["a unit's that knows its timer", { env: { TRIGGER_UNIT: "churn.timer" } }, "timer"],
  ["a unit's whose ancestors are hidden", { env: { JOURNAL_STREAM: "8:2" }, ancestors: [undefined] }, "timer"],
  ["one that has another's journal", { env: { JOURNAL_STREAM: "8:3" }, ancestors: [undefined] }, "other"],
  ["make that a unit starts", { ...unit, env: { ...unit.env, MAKELEVEL: "2" }, ancestors: ["sh", "make"] }, "timer"],
  ["ssh without a terminal", { ...unit, ancestors: ["bash", "sshd", "sshd"] }, "other"],
  ["at", { ...unit, ancestors: ["sh", "atd", "atd"] }, "other"],
  ["one that inherited a unit's variables, and is not below it", { ...unit, isFromInit: false }, "other"],
  ["make without a terminal", { env: { MAKELEVEL: "1" }, ancestors: ["sh", "make", "runner"] }, "make"],
  ["a make that has started nothing", { env: { MAKELEVEL: "0" } }, "other"],
  ["a container's only process", { isFromInit: true }, "other"],
])("%s", (_, facts, by) => {
  expect(startedBy({ ...nothing, ...facts })).toBe(by);
});

describe("a process's line in /proc", () => {
  test.each([
    ["4711 (node) S 4710 4711 4711 34816 4711 0", { name: "node", parent: 4710, hasTerminal: true }],
    ["12 (cron) S 1 12 12 0 -1 0", { name: "cron", parent: 1, hasTerminal: false }],
    ["12 (a) b (c) R 7 1 (x) S 1 12 12 0 -1 0", { name: "a) b (c) R 7 1 (x", parent: 1, hasTerminal: false }],
  ])("%s", (line, found) => {
    expect(parseStat(line)).toEqual(found);
  });

  test("that says nothing of the kind", () => {
    expect(parseStat("")).toBeUndefined();
  });
});

describe.skipIf(process.platform !== "linux")("a process says of itself that it was started", () => {
  const test = inFolder.extend<{ program: string }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
    program: async ({}, use) => {
      await using bundled = await bundle("say-started-by");
      await use(bundled.file);
    },
  });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  /** The last command in a shell takes the shell's place, and its name with it. */
  const shell = (program: string, before = ":") => ["-c", `${before}; ${process.execPath} ${program}; true`];
  /** As cron's child is called while the job's shell runs below it. */
  const asCron = `printf CRON >/proc/self/comm`;

  test("by cron, in a session that it begins without a terminal", async ({ program }) => {
    const { stdout } = await execa("setsid", ["--wait", "sh", ...shell(program, asCron)], { env, extendEnv: false });
    expect(stdout).toBe("cron");
  });

  test("at a terminal, whoever has opened that and wherever output goes", async ({ program, folder }) => {
    const out = join(folder, "out");
    const command = `sh -c '${asCron}; ${process.execPath} ${program} >${out} 2>&1 </dev/null; true'`;
    await execa("script", ["--quiet", "--return", "--command", command, "/dev/null"], { env, extendEnv: false });
    expect(await readFile(out, "utf8")).toBe("terminal");
  });

  test("by a unit of systemd, whose journal has its output", async ({ program, folder }) => {
    const out = join(folder, "out");
    const command = `JOURNAL_STREAM=$(stat --format %d:%i ${out}) exec ${process.execPath} ${program}`;
    await execa("setsid", ["--wait", "sh", "-c", `: >${out}; (${command}) >>${out}`], { env, extendEnv: false });
    expect(await readFile(out, "utf8")).toBe("timer");
  });
});
