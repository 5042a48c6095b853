import { Command } from "commander";
import * as z from "zod";
import { confirm, requireReleased } from "../../src/lib/cli/confirm.ts";
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

/** Nobody is there to answer. */
const nobody = { ask: async () => undefined };

export const cli: readonly Row[] = [
  {
    cause: "a rollback without a terminal",
    by: () => confirm(nobody, "?", { what: "rollback", command: "churn rollback" }),
    code: 2,
    says: "rollback asks before it changes Production, and there is no terminal to ask on",
    next: "churn rollback --yes",
  },
  {
    cause: "a promotion in the days after a rollback, without a terminal",
    by: () =>
      requireReleased(
        nobody,
        { version: 4, by: "maria", at: new Date(0), reason: "too eager", until: new Date(7 * 86_400_000) },
        { despite: false, command: "churn promote --version 5", timezone: "UTC" },
      ),
    code: 2,
    says: "production is on hold: version 4 was rolled back on 1970-01-01 by maria (too eager), and register.hold lasts until 1970-01-08",
    next: "look at why first; then churn promote --version 5 --yes --despite-hold",
  },
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
