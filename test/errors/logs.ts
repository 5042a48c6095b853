import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findLog } from "../../src/lib/logs/find.ts";
import type { Row } from "./row.ts";

/** Looks for a log where there are two runs of one date, whose last digits are the same. */
const findIn = (run: string | undefined, night?: string) => (root: string) => {
  const folder = join(root, "logs", "2026-11-23");
  mkdirSync(folder, { recursive: true });
  for (const hour of ["05", "06"]) writeFileSync(join(folder, `20261123T${hour}0000Z-7f3a.jsonl`), "");
  findLog(root, { night, run });
};

export const logs: readonly Row[] = [
  {
    cause: "logs where there are none",
    by: (root) => findLog(root, { night: undefined, run: undefined }),
    code: 2,
    says: "there is no log in this workspace yet",
    next: "a night writes one: churn run-all",
  },
  {
    cause: "logs of another night",
    by: findIn(undefined, "2026-11-22"),
    code: 2,
    says: "there is no log of … in this workspace",
    next: "logs.keep says how long logs are kept; churn logs shows the newest one",
  },
  {
    cause: "logs of digits that two runs have",
    by: findIn("7f3a"),
    code: 2,
    says: "2 runs end in 7f3a: 20261123T050000Z-7f3a and 20261123T060000Z-7f3a",
    next: "the whole name means one: churn logs --run 20261123T060000Z-7f3a",
  },
];
