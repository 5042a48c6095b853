import type { Catalogue, CatalogueColumn, CatalogueFamily } from "../source/catalogue.ts";
import { UNDECIDED } from "../source/dataset-columns.ts";

/** A value of the section `dataset`, and what is to be said of it: a fact, or a question where it is undecided. */
export interface Proposed<Value> {
  readonly value: Value;
  readonly remark: string;
  readonly isQuestion: boolean;
}

/** The section `dataset` as a table's catalogue suggests it. Nothing that is ambiguous is guessed. */
export interface Proposal {
  readonly id: Proposed<string>;
  readonly date: Proposed<string | null>;
  readonly target: Proposed<string>;
  /** undecided only where `target` is, which asks for both */
  readonly positive: Proposed<string | boolean | number>;
  /** columns that may be about persons */
  readonly personal: readonly string[];
  /** what would help besides, a sentence each */
  readonly advice: readonly string[];
}

const NAMED_ID = /(?:^|[_\s-])(?:id|uuid|guid|key|no|nr|number|nummer)$|^(?:customer|client|account|user|kunde)/i;
/** customerId, customerID */
const NAMED_ID_TOO = /[a-z]I[dD]$/;
const NAMED_DAY = /snapshot|as_?of|stichtag|partition|load|extract|^(?:day|date|ds|dt|datum|tag)$/i;
const NAMED_LABEL = /churn|cancel|attrition|exited|terminated|has_?left|^left|label|target|k(?:ü|ue)ndig|abgewandert/i;
const PERSONAL =
  /name|mail|phone|telefon|mobile|address|adresse|street|stra(?:ß|ss)e|birth|geburt|iban|tax_?id|ssn|^ip$|ip_?addr/i;
const YES = /^(?:yes|y|true|t|1|ja|j|oui|si|sí|churned|left|cancelled|canceled|exited)$/i;

/** A day's snapshot is of many customers: a date of theirs, such as that of their contract, has more different values than that. */
const LEAST_ROWS_A_DAY = 100;

/** Below so many rows nobody waits for a table to be read as a whole. */
const MANY_ROWS = 100_000;

/**
 * Decides what each column of `dataset` is where the catalogue leaves one answer, and asks where it leaves more or none.
 *
 * @param table  for advice; undefined for files
 */
export function propose(catalogue: Catalogue, table: string | undefined): Proposal {
  const date = proposedDate(catalogue);
  const day = catalogue.columns.find(({ name }) => name === date.value);
  const id = proposedId(catalogue, day);
  const others = catalogue.columns.filter(({ name }) => name !== date.value && name !== id.value);
  const { target, positive } = proposedLabel(others);
  const named = others.filter(({ name }) => name !== target.value);
  const personal = named.filter(({ name, family }) => family === "text" && PERSONAL.test(name)).map(({ name }) => name);
  return {
    id,
    date,
    target,
    positive,
    personal,
    advice: [...statisticsAdvice(catalogue, table), ...indexAdvice(catalogue, day, table)],
  };
}

function proposedDate({ rows, columns }: Catalogue): Proposed<string | null> {
  const dates = columns.filter(({ family }) => family === "date");
  if (dates.length === 0) return fact(null, "no column is a date: the table shows the current state");
  const always = dates.filter(({ nullable, nullShare }) => !nullable || nullShare === 0);
  const few = always.filter(
    ({ distinct }) =>
      distinct !== undefined && rows !== undefined && distinct > 0 && distinct * LEAST_ROWS_A_DAY <= rows,
  );
  const named = always.filter(({ name }) => NAMED_DAY.test(name));
  const likely = few.length === 1 ? few : few.filter(({ name }) => NAMED_DAY.test(name));
  const [only] = likely;
  if (only !== undefined && likely.length === 1) return fact(only.name, described(only));
  // A small table has few rows a day as well.
  const [called] = named;
  if (few.length === 0 && called !== undefined && named.length === 1 && isRepeated(called, rows))
    return fact(called.name, described(called));
  const listed = few.length > 0 ? few : dates;
  return question(
    UNDECIDED,
    `which is the day that a row describes? ${list(listed)}; null when the table has only today's state`,
  );
}

/** Whether rows share their days; where nobody has counted them, a key of the day and something else says so. */
function isRepeated({ distinct, key }: CatalogueColumn, rows: number | undefined): boolean {
  if (distinct === undefined) return key === "part";
  return rows !== undefined && distinct > 0 && distinct < rows;
}

const IDS: readonly CatalogueFamily[] = ["integer", "text", "uuid"];

function proposedId({ columns }: Catalogue, day: CatalogueColumn | undefined): Proposed<string> {
  const possible = columns.filter(
    ({ name, family, key }) => key !== undefined && name !== day?.name && IDS.includes(family),
  );
  const daily = possible.filter(({ key }) => key === "daily" || key === "part");
  // A customer is in each day's snapshot: what no two days share numbers rows, unless there is one day.
  const isOften = day !== undefined && (day.distinct ?? 2) > 1;
  const candidates = isOften && daily.length > 0 ? daily : possible;
  const primary = candidates.filter(({ key }) => key === "primary");
  const named = candidates.filter(isNamedId);
  const [only] = [primary, candidates, named].find((some) => some.length === 1) ?? [];
  if (only !== undefined && !(isOften && only.key !== "daily" && only.key !== "part"))
    return fact(only.name, described(only));
  // Of a column that isn't unique by itself a server's catalogue doesn't say whether it is so each day.
  const also = columns.filter((column) => column.key === undefined && IDS.includes(column.family) && isNamedId(column));
  const called = also.length === 0 ? "" : `; called like one: ${list(also)}`;
  if (possible.length === 0) {
    return question(
      UNDECIDED,
      `which is the customer's id? no column is known to be unique and without nulls${called}`,
    );
  }
  const doubt = only === undefined ? "" : ", which no two days share";
  const other = isOften ? called : "";
  return question(UNDECIDED, `which is the customer's id? unique: ${list(candidates)}${doubt}${other}`);
}

function isNamedId({ name }: CatalogueColumn): boolean {
  return NAMED_ID.test(name) || NAMED_ID_TOO.test(name);
}

function proposedLabel(columns: readonly CatalogueColumn[]): Pick<Proposal, "target" | "positive"> {
  const possible = columns.filter(({ family }) => ["boolean", "integer", "text", "float"].includes(family));
  const two = possible.filter(({ family, distinct }) => family === "boolean" || distinct === 2);
  // What isn't known is asked, and no reason to pass by a name.
  const named = possible.filter(
    (column) => NAMED_LABEL.test(column.name) && (two.includes(column) || column.distinct === undefined),
  );
  const [only] = named;
  if (only === undefined || named.length > 1) {
    const listed = named.length > 1 ? named : two;
    const known = listed.length === 0 ? "no column has two values" : `of two values: ${list(listed)}`;
    return {
      target: question(UNDECIDED, `which column says who left, and by which value? ${known}`),
      positive: fact(true, ""),
    };
  }
  const positive = positiveOf(only);
  if (positive !== undefined) return { target: fact(only.name, described(only)), positive };
  const known = only.values === undefined ? "its two values aren't known here" : only.values.join(" or ");
  // A value that no row has would not be refused before the gates are asked; a column that isn't there is, by every command.
  return {
    target: question(UNDECIDED, `which value of ${only.name} (${only.type}) says that a customer left? ${known}`),
    positive: fact(UNDECIDED, ""),
  };
}

/** Undefined where neither of two values says it, or both do. */
function positiveOf({ family, values }: CatalogueColumn): Proposal["positive"] | undefined {
  if (family === "boolean") return fact(true, "true");
  const yes = values?.filter((value) => YES.test(value)) ?? [];
  const [only] = yes;
  if (only === undefined || yes.length > 1) return undefined;
  const isNumber = family !== "text" && Number.isFinite(Number(only));
  return fact(isNumber ? Number(only) : only, `of ${values?.join(" and ")}`);
}

function indexAdvice({ rows }: Catalogue, day: CatalogueColumn | undefined, table: string | undefined): string[] {
  if (day?.indexed !== false || (rows !== undefined && rows < MANY_ROWS)) return [];
  return [
    `an index on ${table ?? "the table"} (${day.name}) would help: without one the server reads the whole table for each day`,
  ];
}

/** A server that has never counted knows no different values. */
function statisticsAdvice({ columns }: Catalogue, table: string | undefined): string[] {
  if (table === undefined || columns.some(({ distinct, indexed }) => distinct !== undefined || indexed === undefined))
    return [];
  return [`the server knows nothing of the values of ${table} yet: once it has analysed it, init --from can say more`];
}

function fact<Value>(value: Value, remark: string): Proposed<Value> {
  return { value, remark, isQuestion: false };
}

function question<Value>(value: Value, remark: string): Proposed<Value> {
  return { value, remark, isQuestion: true };
}

/** Candidates that a question names; a wide table has hundreds. */
const LISTED = 6;

function list(columns: readonly CatalogueColumn[]): string {
  const shown = columns.slice(0, LISTED).map(({ name, type }) => `${name} (${type})`);
  const more = columns.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

const KEYS: Readonly<Record<NonNullable<CatalogueColumn["key"]>, string>> = {
  primary: "the primary key",
  part: "part of the primary key",
  unique: "unique",
  daily: "unique each day",
};

/** "DATE, 7 different: the day of the export" */
function described({ type, family, key, distinct, comment }: CatalogueColumn): string {
  const facts = [type];
  if (key !== undefined) facts.push(KEYS[key]);
  else if (family === "date" && distinct !== undefined)
    facts.push(distinct === 1 ? "one day" : `${distinct} different`);
  return `${facts.join(", ")}${comment === undefined || comment.trim() === "" ? "" : `: ${comment}`}`;
}
