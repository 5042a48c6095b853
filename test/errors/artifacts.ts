import { parseJson } from "../../src/lib/artifacts/json-text.ts";
import { evaluationFormat } from "../../src/lib/model/evaluation.ts";
import type { Row } from "./row.ts";

const WHERE = "models/2026-11-23/evaluation.json";

export const artifacts: readonly Row[] = [
  {
    cause: "a file that was cut",
    by: () => parseJson(Buffer.from('{ "schema_version": 2'), WHERE),
    code: 4,
    says: "models/2026-11-23/evaluation.json is damaged: it is not whole JSON",
    next: "restore it from a backup, or run the stage again that wrote it (--force)",
  },
  {
    cause: "a file of another form",
    by: () => evaluationFormat.read({ schema_version: 2, churn_version: "1.1.0" }, WHERE),
    code: 4,
    says: "models/2026-11-23/evaluation.json is damaged: threshold: Invalid input: expected number, received undefined",
    next: "restore it from a backup, or run the stage again that wrote it (--force)",
  },
  {
    cause: "a file of a newer churn",
    by: () => evaluationFormat.read({ schema_version: 99, churn_version: "9.4.0" }, WHERE),
    code: 2,
    says: "models/2026-11-23/evaluation.json was written by churn 9.4.0, this is churn …",
    next: "install the newer churn again",
  },
  {
    cause: "a file of a newer churn that doesn't say which",
    by: () => evaluationFormat.read({ schema_version: 99 }, WHERE),
    code: 2,
    says: "models/2026-11-23/evaluation.json was written by a newer churn, this is churn …",
    next: "install the newer churn again",
  },
];
