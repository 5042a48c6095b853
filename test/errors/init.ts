import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lookAt } from "../../src/lib/init/from.ts";
import { makeWorkspaceFolder } from "../../src/lib/init/place.ts";
import type { Row } from "./row.ts";

const look = (from: string, table?: string) => (root: string) =>
  lookAt({ from, table, root, env: {}, today: "2026-11-23" });

export const init: readonly Row[] = [
  {
    cause: "a database without a table",
    by: look("duckdb:customers.duckdb"),
    code: 2,
    says: "--from names a database, and --table doesn't say which of its tables",
    next: "churn init --from URL --table TABLE",
  },
  {
    cause: "a source that is none",
    by: look("https://example.org/customers.csv"),
    code: 2,
    says: "--from takes duckdb:FILE, parquet:FILES, csv:FILES, jsonl:FILES, or a postgres:// or mysql:// address",
    next: "churn init --from csv:customers.csv",
  },
  {
    cause: "a bucket to look at",
    by: look("parquet:s3://b12/exports/dt={date}/"),
    code: 2,
    says: "--from looks at files of this machine and at databases, not at a bucket",
    next: "churn init --from csv:FILE, with one of its files here; then write its address into source.url",
  },
  {
    cause: "a password on the command line",
    by: look("postgres://reader:hunter2@db/shop", "customers"),
    code: 2,
    says: "--from: source.url has a secret in it, which doesn't belong on a command line",
    next: "leave it out there: PGPASSWORD or MYSQL_PWD, in the environment or the workspace's .env (mode 0600)",
  },
  {
    cause: "a file in the place of the workspace",
    by: (root) => {
      writeFileSync(join(root, "churn"), "");
      makeWorkspaceFolder(join(root, "churn"));
    },
    code: 2,
    says: "FOLDER/churn can't be a workspace: a file is in the way",
    next: "churn -C ANOTHER_FOLDER init",
  },
];
