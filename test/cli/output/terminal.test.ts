import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { openTerminal } from "../../../src/lib/cli/output/terminal.ts";

const terminalFile = fileURLToPath(new URL("../../../src/lib/cli/output/terminal.ts", import.meta.url));

/** What a program that opens the terminal leaves on stdout and stderr, neither of which is a terminal. */
function written(program: string, command = ["node", "-"]): { stdout: string; stderr: string; status: number | null } {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { openTerminal } from ${JSON.stringify(terminalFile)};
        const terminal = openTerminal({});
        ${program}`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
  });
  const [name = "", ...words] = command;
  const input = outputFiles[0]?.text ?? "";
  const { stdout, stderr, status } = spawnSync(name, words, { input, encoding: "utf8" });
  return { stdout, stderr, status };
}

test("results go to stdout, messages to stderr, what is under way nowhere but to a terminal", () => {
  expect(
    written(`
      terminal.print("a result");
      terminal.say("a message");
      terminal.status("at work");
      terminal.status(undefined);
      terminal.print("another");
    `),
  ).toEqual({ stdout: "a result\nanother\n", stderr: "a message\n", status: 0 });
});

test("from the moment on that secrets are known they are masked in results and messages", () => {
  const masked = written(`
    terminal.print("s3cret");
    terminal.mask((text) => text.replaceAll("s3cret", "***"));
    terminal.print("with s3cret");
    terminal.say("of s3cret");
    terminal.printJson({ note: "s3cret", bytes: 68343 });
  `);
  expect(masked).toEqual({ stdout: 's3cret\nwith ***\n{"note":"***","bytes":68343}\n', stderr: "of ***\n", status: 0 });
});

test("a long result arrives whole", () => {
  expect(written('terminal.print("x".repeat(500_000));').stdout).toHaveLength(500_001);
});

test("a reader of results that went away is no error", () => {
  const program = 'for (let line = 0; line < 5_000; line += 1) terminal.print("x".repeat(80)); terminal.say("done");';
  expect(written(program, ["bash", "-c", "set -o pipefail; node - | head -n 1"])).toEqual({
    stdout: `${"x".repeat(80)}\n`,
    stderr: "done\n",
    status: 0,
  });
});

test("a result that can't be written is the machine's fault, a message that can't is let go", () => {
  const program = `
    terminal.say("lost");
    try { terminal.print("a result"); } catch (error) { process.exitCode = error.exitCode; }
  `;
  expect(written(program, ["bash", "-c", "node - > /dev/full 2> /dev/full"])).toEqual({
    stdout: "",
    stderr: "",
    status: 5,
  });
});

describe("without a terminal", () => {
  const terminal = openTerminal({});

  test("nothing redraws, and a line has 80 columns", () => {
    expect(terminal).toMatchObject({ interactive: false, columns: 80 });
  });

  test("nobody can be asked", async () => {
    expect(await terminal.ask("Promote? [y/N] ")).toBeUndefined();
  });

  test.each([
    [{}, 0],
    [{ FORCE_COLOR: "1" }, 1],
    [{ FORCE_COLOR: "3", TERM: "dumb" }, 1],
    [{ FORCE_COLOR: "0" }, 0],
    [{ FORCE_COLOR: "" }, 0],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, 0],
    [{ NO_COLOR: "", FORCE_COLOR: "1" }, 1],
  ])("colour is what %j asks for", (env, level) => {
    const { chalk } = openTerminal(env);
    expect([chalk.stdout.level, chalk.stderr.level]).toEqual([level, level]);
  });
});
