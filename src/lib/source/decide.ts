import { type CanonicalType, type Form, familyOf, formOfKind, ownForm, type TypeFamily } from "./canonical.ts";
import { type ColumnFacts, type Distinct, MANY } from "./column-facts.ts";
import { type ColumnKind, type DecidedColumn, isIndexName, kindOfType, type UnusedReason } from "./kinds.ts";

/** All that a column's kind is decided by. */
export interface Question {
  readonly name: string;
  /** DuckDB's name of the source's type */
  readonly type: string;
  /** what dataset.types says */
  readonly override: ColumnKind | undefined;
  /** as the newest decided earlier night has it */
  readonly earlier: DecidedColumn | undefined;
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
    return used(override, asBefore(formOfKind(override, column), question));
  }
  if (isIndex(question)) return { kind: "ignore", unused: "index", form: own };
  if (!facts.hasValues) return withoutValues(question, own);

  const kind = takenOver(question);
  // Also what churn 1.x took for a number: no two rows have the same one, so there is nothing to learn from it.
  if (kind !== "categorical" && facts.spansRows && numbersRows(distinct))
    return { kind: "ignore", unused: "index", form: own };
  if (kind === "ignore") return { kind, unused: earlier?.unused ?? null, form: own };
  if (kind !== undefined) return used(kind, asBefore(formOfKind(kind, column), question));

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
  const form = override === undefined ? ownForm(column) : formOfKind(override, column);
  if (role === "date") return { kind: "date", unused: null, form };
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
function decidedEarlier({ earlier }: Pick<Question, "earlier">): DecidedColumn | undefined {
  return earlier?.unused === "dataset.types" || earlier?.kind === null ? undefined : earlier;
}

const NUMBERS: readonly TypeFamily[] = ["integer", "wide", "float"];
const TEXTS: readonly TypeFamily[] = ["text", "uuid"];
const TIMES: readonly TypeFamily[] = ["date", "timestamp", "timestamptz"];

/** The kind of an earlier night, where values of today's type can be that. */
function takenOver({ type, earlier }: Pick<Question, "type" | "earlier">): ColumnKind | undefined {
  const before = decidedEarlier({ earlier });
  const kind = before?.kind ?? undefined;
  if (kind === undefined) return undefined;
  return readable(kind, before?.unused ?? null).includes(familyOf(type)) ? kind : undefined;
}

function readable(kind: ColumnKind, unused: UnusedReason | null): readonly TypeFamily[] {
  if (kind === "numeric") return NUMBERS;
  if (kind === "categorical") return [...TEXTS, ...NUMBERS];
  if (kind === "boolean") return ["boolean"];
  if (kind === "date") return TIMES;
  if (unused === "unique text") return TEXTS;
  return unused === "index" ? NUMBERS : [];
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
 * Numbers in the type that they had, where each is the same in it: a null makes floats of pandas' integers, and expressions
 * (transform.derive) tell the two apart.
 */
function asBefore(form: Form, { earlier, facts }: Pick<Question, "earlier" | "facts">): Form {
  const type = canonical(earlier?.type ?? "");
  if (type === form.type || earlier?.kind !== "numeric" || !facts.exact) return form;
  if (form.type !== "BIGINT" && form.type !== "DOUBLE") return form;
  return type === "BIGINT" || type === "DOUBLE" ? { ...form, ...castTo(form, type) } : form;
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
