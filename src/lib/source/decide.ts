import type { Distinct } from "../duckdb/distinct.ts";
import { type CanonicalType, type Form, familyOf, formOfKind, ownForm, type TypeFamily } from "./canonical.ts";
import { type ColumnFacts, MANY } from "./column-facts.ts";
import { type ColumnKind, type EarlierColumn, isIndexName, kindOfType, type UnusedReason } from "./kinds.ts";

/** All that a column's kind is decided by. */
export interface Question {
  readonly name: string;
  /** DuckDB's name of the source's type */
  readonly type: string;
  /** what dataset.types says */
  readonly override: ColumnKind | undefined;
  /** as the newest decided earlier night has it */
  readonly earlier: EarlierColumn | undefined;
  /** whether the source itself calls it an index */
  readonly index: boolean;
  readonly facts: ColumnFacts;
  /** counted where `needsDistinct` asks for it */
  readonly distinct: Distinct | undefined;
}

/** A column's kind, how it is written, and why it is no feature, as far as that doesn't depend on what was written. */
export interface Decision {
  readonly kind: ColumnKind | null;
  readonly unused: UnusedReason | null;
  readonly form: Form;
}

/** Whether the decision needs to know how many different values there are: only on the night that decides. */
export function needsDistinct(question: Omit<Question, "distinct">): boolean {
  const { type, override, facts } = question;
  if (override !== undefined || isIndex(question)) return false;
  const family = familyOf(type);
  if (family === "text" || family === "uuid") return takenOver(question) === undefined;
  return facts.spansRows;
}

/**
 * What a column means: what dataset.types says; else what an earlier night decided, where today's values can be that; else what
 * the values look like.
 *
 * @throws {UsageError} when dataset.types asks for what the type can't become
 */
export function decide(question: Question): Decision {
  const { name, type, override, earlier, facts, distinct } = question;
  const column = { name, type, fits: facts.fits };
  const own = ownForm(column);
  if (override !== undefined) {
    if (override === "ignore") return { kind: "ignore", unused: "dataset.types", form: own };
    return used(override, asBefore(formAs(override, question), question));
  }
  if (isIndex(question)) return { kind: "ignore", unused: "index", form: own };
  if (!facts.hasValues) return withoutValues(question, own);

  const kind = takenOver(question);
  // Also what churn 1.x took for a number: no two rows have the same one, so there is nothing to learn from it.
  if (kind !== "categorical" && facts.spansRows && numbersRows(distinct))
    return { kind: "ignore", unused: "index", form: own };
  if (kind === "ignore") return { kind, unused: earlier?.unused ?? null, form: own };
  if (kind !== undefined) return used(kind, asBefore(formAs(kind, question), question));

  const family = familyOf(type);
  if (family === "other") return { kind: "ignore", unused: "unknown type", form: own };
  if (family !== "text" && family !== "uuid") return used(kindOfType(own.type).kind, own);
  return isUnique(distinct)
    ? { kind: "ignore", unused: "unique text", form: own }
    : used("categorical", formOfKind("categorical", column));
}

function used(kind: ColumnKind | null, form: Form): Decision {
  return { kind, unused: kind === "date" ? "date" : null, form };
}

function isIndex({ name, index }: Pick<Question, "name" | "index">): boolean {
  return index || isIndexName(name);
}

/**
 * What is decided of a column that dataset names as the id, the target or the date: it is what it is, today and every night,
 * and the gate `columns` says when it has become something else.
 */
export function decideNamed(role: "id" | "target" | "date", question: Omit<Question, "distinct">): Decision {
  const { name, type, override, facts } = question;
  const column = { name, type, fits: facts.fits };
  const logical = role === "target" && takenOver(question) === "boolean" ? "boolean" : undefined;
  const wanted = override ?? logical;
  const form = wanted === undefined ? ownForm(column) : formOfKind(wanted, column);
  if (role === "date") return { kind: "date", unused: null, form: asBefore(form, question) };
  const kind = form.type === "VARCHAR" ? "categorical" : kindOfType(form.type).kind;
  const whole = role === "id" && facts.exact && form.type === "DOUBLE" && familyOf(type) === "float";
  return {
    kind: facts.hasValues ? kind : null,
    unused: null,
    // A null among pandas' ids makes floats of all.
    form: whole ? { ...form, ...castTo(form, "BIGINT") } : asBefore(form, question),
  };
}

/** What an earlier night has decided; what dataset.types alone had said ends with it. */
function decidedEarlier({ earlier }: Pick<Question, "earlier">): EarlierColumn | undefined {
  return earlier?.unused === "dataset.types" || earlier?.kind === null ? undefined : earlier;
}

const NUMBERS: readonly TypeFamily[] = ["integer", "wide", "float"];
const TEXTS: readonly TypeFamily[] = ["text", "uuid"];
const TIMES: readonly TypeFamily[] = ["date", "timestamp", "timestamptz"];

/** The kind of an earlier night, where today's values can be that. */
function takenOver(question: Omit<Question, "distinct">): ColumnKind | undefined {
  const before = decidedEarlier(question);
  const kind = before?.kind ?? undefined;
  if (kind === undefined) return undefined;
  const family = familyOf(question.type);
  if (readable(kind, before?.unused ?? null).includes(family)) return kind;
  // A null makes floats of booleans. Not the other way round: which numbers those were that are booleans now isn't known.
  if (kind === "boolean" && NUMBERS.includes(family) && question.facts.binary) return kind;
  return kind === "categorical" && family === "boolean" && spelledOtherwise(question) !== undefined ? kind : undefined;
}

function readable(kind: ColumnKind, unused: UnusedReason | null): readonly TypeFamily[] {
  if (kind === "numeric") return NUMBERS;
  if (kind === "categorical") return [...TEXTS, ...NUMBERS];
  if (kind === "boolean") return ["boolean"];
  if (kind === "date") return TIMES;
  if (unused === "unique text") return TEXTS;
  return unused === "index" ? NUMBERS : [];
}

/** The form of a kind; a category of two values is spelled as the earlier night's. */
function formAs(kind: ColumnKind, question: Omit<Question, "distinct">): Form {
  const { name, type, facts } = question;
  const form = formOfKind(kind, { name, type, fits: facts.fits });
  const logical = kind === "categorical" ? spelledOtherwise(question) : undefined;
  return logical === undefined ? form : { ...form, expression: `CAST(${logical} AS VARCHAR)` };
}

/**
 * As categories true and 1 are two values; where the earlier night had but one of the spellings, the other means the same.
 *
 * @returns SQL of the value whose text is the earlier night's; undefined where today's own is
 */
function spelledOtherwise({ name, type, earlier, facts }: Omit<Question, "distinct">) {
  const known = earlier?.kind === "categorical" ? (earlier.categories ?? []) : [];
  const only = (...values: string[]) => known.length > 0 && known.every((value) => values.includes(value));
  const { expression } = ownForm({ name, type, fits: facts.fits });
  if (familyOf(type) === "boolean") {
    if (only("0", "1")) return `CAST(${expression} AS BIGINT)`;
    return only("true", "false") ? expression : undefined;
  }
  const isBinary = NUMBERS.includes(familyOf(type)) && facts.binary;
  return isBinary && only("true", "false") ? `CAST(${expression} AS BOOLEAN)` : undefined;
}

/** Nothing is known of an empty column but what an earlier night knew. */
function withoutValues(question: Question, own: Form): Decision {
  const before = decidedEarlier(question);
  if (before === undefined) return { kind: null, unused: "no values", form: own };
  const type = canonical(before.type) ?? own.type;
  return { kind: before.kind, unused: before.unused, form: { ...own, ...nothing(type) } };
}

function nothing(type: CanonicalType): Pick<Form, "type" | "expression"> {
  return { type, expression: `CAST(NULL AS ${type})` };
}

const TYPES: readonly CanonicalType[] = ["BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR"];

function canonical(type: string): CanonicalType | undefined {
  return TYPES.find((known) => known === type);
}

/**
 * Numbers and dates in the type that they had, where each is the same in it: a null makes floats of pandas' integers, pandas
 * has no dates without a time, and expressions (transform.derive) tell them apart.
 */
function asBefore(form: Form, { type: from, earlier, facts }: Pick<Question, "type" | "earlier" | "facts">): Form {
  const type = canonical(earlier?.type ?? "");
  if (type === undefined || type === form.type) return form;
  const isSame = facts.exact || familyOf(from) === "date";
  const among = (types: readonly CanonicalType[]) => types.includes(type) && types.includes(form.type);
  if (earlier?.kind === "numeric" && among(["BIGINT", "DOUBLE"]) && isSame) return { ...form, ...castTo(form, type) };
  if (earlier?.kind === "date" && among(["DATE", "TIMESTAMP"]) && isSame) return { ...form, ...castTo(form, type) };
  return form;
}

function castTo({ expression }: Form, type: CanonicalType): Pick<Form, "type" | "expression"> {
  return { type, expression: `CAST(${expression} AS ${type})` };
}

/** Each number once, in more than a hundred rows: fewer may be so by chance. */
function numbersRows(distinct: Distinct | undefined): boolean {
  return distinct !== undefined && distinct.distinct > MANY && distinct.distinct === distinct.values;
}

/** More than a hundred different texts, and more than half of all: names, addresses, remarks. */
export function isUnique(distinct: Distinct | undefined): boolean {
  return distinct !== undefined && distinct.distinct > MANY && distinct.distinct > distinct.values / 2;
}
