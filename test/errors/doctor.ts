import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { reportInCron } from "../../src/lib/doctor/as-cron.ts";
import type { Row } from "./row.ts";

export const doctor: readonly Row[] = [
  {
    cause: "a churn that doesn't get as far as a report as cron starts it",
    by: (root) => {
      writeFileSync(join(root, "program.cjs"), "process.exitCode = 3;");
      return reportInCron({ program: join(root, "program.cjs"), folder: root, overrides: [], seconds: 1, env: {} });
    },
    code: 5,
    says: "in cron's environment churn doctor ended with 3, and without a report",
    next: "what it said stands above; the command that cron runs ends likewise",
  },
];
