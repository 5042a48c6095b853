import { Command } from "commander";
import * as z from "zod";
import { addFlags, readFlags } from "../../src/lib/cli/flags.ts";
import type { Row } from "./row.ts";

const flags = z.strictObject({ version: z.int().positive(), rows: z.int().min(1).max(1000).default(5) });

function given(...words: string[]) {
  return () => {
    const command = new Command("promote");
    addFlags(command, flags);
    command.parse(words, { from: "user" });
    readFlags(command, flags);
  };
}

export const cli: readonly Row[] = [
  {
    cause: "an option that is no number",
    by: given("--version", "x"),
    code: 2,
    says: '--version must be a whole number above 0, but is "x"',
    next: "churn promote --help says what --version is",
  },
  {
    cause: "an option beyond its range",
    by: given("--version", "1", "--rows", "0"),
    code: 2,
    says: "--rows must be a whole number from 1 to 1,000, but is 0",
    next: "churn promote --help says what --rows is",
  },
  {
    cause: "an option that is missing",
    by: given(),
    code: 2,
    says: "--version must be a whole number above 0, but is empty",
    next: "churn promote --help says what --version is",
  },
  {
    cause: "Ctrl-C at a question",
    by: "test/program/question.test.ts",
    code: 130,
    says: "stopped by SIGINT",
    next: "nothing was changed; the same command asks again",
  },
];
