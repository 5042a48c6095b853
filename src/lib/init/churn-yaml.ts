import { visibleLine } from "../cli/visible.ts";
import { EDITOR_LINE } from "./editor-schema.ts";
import type { Proposal, Proposed } from "./propose.ts";

/** The first churn.yaml of a workspace: commented, and only what one would change; absent keys have their defaults. */

/** For the sample's table: the ten features that its model is known by. */
export function sampleConfig(timezone: string): string {
  return `${HEAD}
timezone: ${timezone}

dataset:
  id: customer_id
  date: snapshot_date                             # the day that a row describes; one snapshot of all customers a day
  target: { column: churned, positive: true }     # what is predicted, and its value for a customer who left
source: { url: "duckdb:customers.duckdb", table: customers }

gates:                                            # a limit, { limit, severity: warn } or false; a failed one stops the night
  row_count: 1000                                 # at least so many customers
  null_rate: 0.10                                 # at most, mean over all columns
  duplicate_rate: 0.01                            # at most
  ranges:
    tenure_months: { min: 0 }
    monthly_charges: { min: 0 }
    total_charges: { min: 0 }

transform:                                        # SQL expressions over one row
  fill:
    total_charges: "0"                            # null until the first bill
  derive:
    avg_monthly: total_charges / (tenure_months + 1)

features:                                         # the model's columns, in order; or: all
  - tenure_months
  - monthly_charges
  - total_charges
  - avg_monthly
  - contract_type_Month-to-month                  # a category is a column of its own: COLUMN_VALUE
  - contract_type_One year
  - contract_type_Two year
  - payment_method_Bank transfer
  - payment_method_Credit card
  - payment_method_Electronic check

${MODEL}`;
}

/** For a table of one's own: a line that has to be looked at says CHANGE. */
export function ownTableConfig(timezone: string): string {
  return `${HEAD}# Lines that say CHANGE name the columns and the place of your table. The others may stay as they are.

timezone: ${timezone}

dataset:
  id: customer_id                                 # CHANGE: the customer's id
  date: snapshot_date                             # CHANGE: the day that a row describes; null when the table has only today's state
  target: { column: churned, positive: true }     # CHANGE: the label, and its value for a customer who left (true, "Yes", 1)
  exclude: []                                     # CHANGE: columns that must never leave the source, such as names: [name, email]
source: { url: "duckdb:customers.duckdb", table: customers }     # CHANGE: or parquet:FILES, csv:FILES, jsonl:FILES

${REST}${MODEL}`;
}

/**
 * For a table that was looked at: what its catalogue suggests, and its questions, each of which says CHANGE.
 *
 * @param source.url  without a password
 */
export function proposedConfig(
  timezone: string,
  { id, date, target, positive, personal }: Proposal,
  { url, table }: { readonly url: string; readonly table: string | undefined },
): string {
  const about = target.isQuestion ? [target.remark] : [target.remark, positive.remark];
  const lines = [
    line(`  id: ${scalar(id.value)}`, id),
    line(`  date: ${scalar(date.value)}`, date),
    line(`  target: { column: ${scalar(target.value)}, positive: ${scalar(positive.value)} }`, {
      ...target,
      remark: about.filter((remark) => remark !== "").join("; "),
    }),
    line("  exclude: []", {
      remark:
        personal.length === 0
          ? "columns that must never leave the source, such as names: [name, email]"
          : `may these leave the source? otherwise: [${personal.map(scalar).join(", ")}]`,
      isQuestion: false,
    }),
  ];
  const place = table === undefined ? "" : `, table: ${scalar(table)}`;
  return `${HEAD}# Lines that say CHANGE are to be decided: what the table itself says leaves more than one answer, or none.

timezone: ${timezone}

dataset:
${lines.join("\n")}
source: { url: ${JSON.stringify(url)}${place} }

${REST}${MODEL}`;
}

/** Where remarks begin. */
const REMARK_COLUMN = 50;
/** Of a remark: names and comments are a table's own, and may be long. */
const LONGEST_REMARK = 400;

function line(text: string, { remark, isQuestion }: Pick<Proposed<unknown>, "remark" | "isQuestion">): string {
  return `${text.padEnd(REMARK_COLUMN - 1)} # ${isQuestion ? "CHANGE: " : ""}${visibleLine(remark, LONGEST_REMARK)}`;
}

/** A value as YAML has it: a name is quoted unless it could be nothing else. */
function scalar(value: string | number | boolean | null): string {
  if (typeof value !== "string") return String(value);
  const isPlain = /^[A-Za-z_][\w-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}

const REST = `gates:                                            # a limit, { limit, severity: warn } or false; a failed one stops the night
  row_count: 1000                                 # at least so many customers
  null_rate: 0.10                                 # at most, mean over all columns
  duplicate_rate: 0.01                            # at most
  # ranges: { monthly_charges: { min: 0 } }

# transform:                                      # SQL expressions over one row
#   fill: { total_charges: "0" }                  # column: what stands for a null; without, XGBoost takes it as missing
#   derive: { avg_monthly: total_charges / (tenure_months + 1) }

features: all                                     # or a list of columns, a category as COLUMN_VALUE

`;

const HEAD = `${EDITOR_LINE}
# What churn reads, checks, trains and reports. Keys that are not here have their defaults: churn config shows them all.
# No secrets in this file: .env.example says where they go.
`;

const MODEL = `train:
  rounds: 100                                     # trees
  params: { max_depth: 5, learning_rate: 0.1 }    # XGBoost's parameters, by its names
evaluate: { threshold: 0.5 }                      # predicted to leave above this probability
compare: { min_improvement: 0.01 }                # of F1 over production, relative: more than 1 %
notify: { channels: [terminal, file] }
`;
