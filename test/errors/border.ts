import type { Row } from "./row.ts";

export const border: readonly Row[] = [
  {
    cause: "-C of another user's home",
    by: "test/program/places.test.ts",
    code: 2,
    says: "-C must be a path that begins with no ~ of another user and no variable but $HOME, but is …",
    next: "a folder of such a name is written with ./ before it",
  },
  {
    cause: "a current folder that was removed",
    by: "test/program/mistakes/configuration.test.ts",
    code: 2,
    says: "the current folder is not there any more",
    next: "cd to one that is, or name one by -C DIR",
  },
  {
    cause: "a command like one that is there",
    by: "test/program/mistakes/words.test.ts",
    code: 2,
    says: "unknown command 'run-al'",
    next: "did you mean run-all?",
  },
  {
    cause: "a command like none",
    by: "test/program/mistakes/words.test.ts",
    code: 2,
    says: "unknown command 'frobnicate'",
    next: "churn --help lists commands and options",
  },
  {
    cause: "an option like one that is there",
    by: "test/program/mistakes/words.test.ts",
    code: 2,
    says: "unknown option '--dat'",
    next: "did you mean --date?",
  },
  {
    cause: "an option of another command",
    by: "test/program/mistakes/words.test.ts",
    code: 2,
    says: "unknown option '--limit'",
    next: "churn preview --help lists its options",
  },
  {
    cause: "an option without its value",
    by: "test/program/mistakes/words.test.ts",
    code: 2,
    says: "option '--date <date>' argument missing",
    next: "churn run-all --help lists its options",
  },
  {
    cause: "a word too many",
    by: "test/program/mistakes/words.test.ts",
    code: 2,
    says: "too many arguments for 'extract'. Expected 0 arguments but got 1.",
    next: "churn extract --help lists its options",
  },
];
