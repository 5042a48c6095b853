import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** A workspace with the sample and no night. */
export function prepareFirst() {
  const first = join(scratch, "first");
  measure(churn("-C", first, "init", "--sample", "--date", LAST_DAY));
  return first;
}

/** Two prepared workspaces: `first` has the sample and no night, `usual` a night before with its model in production. */
export function prepareWorkspaces() {
  const first = prepareFirst();
  const usual = join(scratch, "usual");
  cpSync(first, usual, { recursive: true });
  measure(churn("-C", usual, "run-all", "--date", DAY_BEFORE));
  measure(churn("-C", usual, "promote", "--version", "1", "--yes"));
  return { first, usual };
}

/**
 * A workspace without a night, whose customers are a Parquet file elsewhere with the sample's columns. Its features, fill,
 * parameters and tree method are the peer's, so that both do the same work.
 *
 * @param {string} name       of its folder
 * @param {string} customers  the file's path
 */
export function prepareScaled(name, customers) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(
    join(folder, "churn.yaml"),
    `timezone: UTC
dataset: { id: customer_id, date: snapshot_date, target: { column: churned, positive: true } }
source: { url: ${JSON.stringify(`parquet:${customers}`)} }
transform:
  fill: { total_charges: "0" }
  derive: { avg_monthly: total_charges / (tenure_months + 1) }
features:
  - tenure_months
  - monthly_charges
  - total_charges
  - avg_monthly
  - contract_type_Month-to-month
  - contract_type_One year
  - contract_type_Two year
  - payment_method_Bank transfer
  - payment_method_Credit card
  - payment_method_Electronic check
train:
  rounds: 100
  params: { max_depth: 5, learning_rate: 0.1, seed: 42, tree_method: hist }
notify: { channels: [terminal, file] }
`,
  );
  return folder;
}

/** Where `fresh` puts its copies. */
export const COPY = join(scratch, "workspace");

/** A new copy of a prepared workspace, at the same place each time. @param {string} prepared */
export function fresh(prepared) {
  rmSync(COPY, { recursive: true, force: true });
  cpSync(prepared, COPY, { recursive: true });
  return COPY;
}
