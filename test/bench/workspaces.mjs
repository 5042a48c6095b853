import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { measure, scratch } from "./process.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const program = join(repository, "bin", "churn");

/** The sample's last two days: always the same customers. */
export const LAST_DAY = "2026-01-31";
const DAY_BEFORE = "2026-01-30";

export const NODE = [process.execPath, "-e", "0"];

/** @param {readonly string[]} words */
export function churn(...words) {
  return [process.execPath, program, ...words];
}

export function requireBuild() {
  if (!existsSync(join(repository, "dist", "cli.cjs"))) throw new Error("dist/ is not there: npm run build");
}

/**
 * Two prepared workspaces: `first` has the sample and no night, `usual` a night before with its model in production.
 */
export function prepareWorkspaces() {
  const first = join(scratch, "first");
  const usual = join(scratch, "usual");
  measure(churn("-C", first, "init", "--sample", "--date", LAST_DAY));
  cpSync(first, usual, { recursive: true });
  measure(churn("-C", usual, "run-all", "--date", DAY_BEFORE));
  measure(churn("-C", usual, "promote", "--version", "1", "--yes"));
  return { first, usual };
}

/** A new copy of a prepared workspace, at the same place each time. @param {string} prepared */
export function fresh(prepared) {
  const copy = join(scratch, "workspace");
  rmSync(copy, { recursive: true, force: true });
  cpSync(prepared, copy, { recursive: true });
  return copy;
}

/** The customers of the sample's last day as CSV, for the peer. @param {string} workspace */
export async function writeCustomersCsv(workspace) {
  const path = join(scratch, "customers.csv");
  const instance = await DuckDBInstance.create(join(workspace, "customers.duckdb"), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  await connection.run(`COPY (FROM customers WHERE snapshot_date = DATE '${LAST_DAY}') TO '${path}' (HEADER)`);
  connection.closeSync();
  instance.closeSync();
  return path;
}
