import type { Row } from "./row.ts";

export const watchdog: readonly Row[] = [
  {
    cause: "two watchdogs at once",
    by: "test/watchdog/state.test.ts",
    code: 75,
    says: "another watchdog is at work on …",
    next: "what it finds is told once: nothing is to be done",
  },
];
