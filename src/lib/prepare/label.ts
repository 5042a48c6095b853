import { identifier, literal } from "../duckdb/sql.ts";
import { unpaddedText } from "../source/spelling.ts";

/** The label's column, and its value for a customer who churned. */
export interface Target {
  readonly column: string;
  readonly positive: boolean | number | string;
}

/** The label's value as text, without CHAR padding: what reports show and what text is compared with. */
function labelText(column: string): string {
  return unpaddedText(`CAST(${identifier(column)} AS VARCHAR)`);
}

/** The labels that there are, as a relation of `label`, its text, and `rows`: one text is made of each value, not of each row. */
export function labelCounts(relation: string, column: string): string {
  const name = identifier(column);
  return `(SELECT ${labelText(column)} AS label, sum(__churn_rows) AS rows FROM (
    SELECT ${name}, count(*) AS __churn_rows FROM ${relation} WHERE ${name} IS NOT NULL GROUP BY ${name}
  ) GROUP BY 1)`;
}

/**
 * Whether a customer churned, as SQL over the label's column: NULL where the label is NULL.
 *
 * `positive: true` also means 1 and the text "true"; a number also means the text that it is written as.
 *
 * @param type  the column's canonical type
 */
export function labelCondition(target: Target, type: string): string {
  const column = identifier(target.column);
  const { positive } = target;
  if (type === "BOOLEAN") {
    const asText = String(positive).toLowerCase();
    if (asText === "true" || asText === "1") return column;
    if (asText === "false" || asText === "0") return `NOT ${column}`;
    return `CASE WHEN ${column} IS NOT NULL THEN false END`;
  }
  if (type === "BIGINT" || type === "DOUBLE") {
    const number = typeof positive === "string" && positive.trim() === "" ? Number.NaN : Number(positive);
    const equal = Number.isFinite(number) ? `${column} = CAST(${literal(String(number))} AS DOUBLE)` : "false";
    return `CASE WHEN ${column} IS NOT NULL THEN ${equal} END`;
  }
  const text = labelText(target.column);
  return typeof positive === "boolean"
    ? `lower(${text}) = ${literal(String(positive))}`
    : `${text} = ${literal(String(positive))}`;
}

/** Whether two targets call the same customers churned: true also means 1 and the text "true". The column may have another name. */
export function sameMeaning(a: Target, b: Target): boolean {
  const meaning = ({ positive }: Target) => {
    const text = String(positive).toLowerCase();
    return text === "1" ? "true" : text === "0" ? "false" : text;
  };
  return meaning(a) === meaning(b);
}

/** A target for messages: churned = true */
export function targetText({ column, positive }: Target): string {
  return `${column} = ${JSON.stringify(positive)}`;
}
