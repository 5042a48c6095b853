import { Chalk } from "chalk";
import type { CommandContext, Terminal } from "../../src/lib/cli/command.ts";

/** A terminal that keeps what it is given; it answers questions in order, and without answers it is no terminal. */
export function quietTerminal(answers: readonly string[] = []) {
  const printed: string[] = [];
  const said: string[] = [];
  const questions: string[] = [];
  const plain = new Chalk({ level: 0 });
  const terminal: Terminal = {
    print: (line) => printed.push(line),
    printJson: (value) => printed.push(JSON.stringify(value)),
    printBytes: (bytes) => printed.push(Buffer.from(bytes).toString("utf8")),
    mask: () => {},
    say: (line) => said.push(line),
    status: () => {},
    ask: async (question) => {
      questions.push(question);
      return answers[questions.length - 1];
    },
    chalk: { stdout: plain, stderr: plain },
    interactive: answers.length > 0,
    onScreen: false,
    columns: 80,
  };
  return { terminal, printed, said, questions };
}

/** A command's context in a folder, as the border would make it. */
export function contextIn(cwd: string, terminal: Terminal, { json = false } = {}): CommandContext {
  const now = new Date();
  return {
    cwd,
    now,
    goTo: () => {},
    env: {},
    overrides: [],
    json,
    terminal,
    program: "bin/churn",
    commands: [],
    argv: ["churn"],
  };
}
