import { access } from "node:fs/promises";
import { execa } from "execa";
import { expect } from "vitest";
import { shellWord } from "../../src/lib/cli/shell.ts";
import { cronEnv, digests, lastDay, program } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter(["run-all", "--date", lastDay]);
const script = "/usr/bin/script";
const hasTerminal = await access(script).then(
  () => process.platform === "linux",
  () => false,
);

/** Runs churn on a terminal of its own, presses keys when it asks, and returns what the terminal shows behind the question. */
async function answered(workspace: string, words: readonly string[], keys: string) {
  const command = [process.execPath, program, ...words].map(shellWord).join(" ");
  const env = { ...cronEnv, NO_COLOR: "1", TERM: "xterm" };
  const terminal = execa(script, ["-qec", command, "/dev/null"], {
    cwd: workspace,
    env,
    extendEnv: false,
    reject: false,
  });
  let shown = "";
  let asked = false;
  terminal.stdout.on("data", (text) => {
    shown += String(text);
    if (asked || !shown.includes("[y/N] ")) return;
    asked = true;
    terminal.stdin.write(keys);
  });
  const { exitCode } = await terminal;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's own
  const plain = shown.replaceAll(/\u001b\[[0-9;]*[A-Za-z]|\r/g, "");
  return {
    exitCode,
    lines: plain
      .slice(plain.indexOf("[y/N] ") + "[y/N] ".length)
      .trim()
      .split("\n"),
  };
}

const untouched = { exitCode: 0, lines: ["nothing was changed"] };

test.runIf(hasTerminal).for([
  ["Ctrl-D", "\u0004", untouched],
  ["Return", "\r", untouched],
  ["n", "n\r", { exitCode: 0, lines: ["n", "nothing was changed"] }],
  [
    "Ctrl-C",
    "\u0003",
    {
      exitCode: 130,
      lines: ["error  stopped by SIGINT", "next   nothing was changed; the same command asks again"],
    },
  ],
] as const)("%s at promote's question changes nothing and says so", async ([, keys, end], { workspace }) => {
  const before = await digests(workspace);
  expect(await answered(workspace, ["promote", "--version", "1"], keys)).toEqual(end);
  expect(await digests(workspace)).toEqual(before);
});

test.runIf(hasTerminal)("y promotes", async ({ workspace }) => {
  expect(await answered(workspace, ["promote", "--version", "1"], "y\r")).toEqual({
    exitCode: 0,
    lines: ["y", "churn-model version 1 is in Production"],
  });
});
