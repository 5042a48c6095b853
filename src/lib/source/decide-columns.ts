import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { familyOf } from "./canonical.ts";
import { areWholeFloats, countEach, measureColumns } from "./column-facts.ts";
import { idForm, roleOf } from "./dataset-columns.ts";
import { type Decision, decide, decideNamed, needsDistinct } from "./decide.ts";
import type { EarlierColumn } from "./kinds.ts";

/** A column with its decision. */
export interface DecidedForm extends Decision {
  readonly name: string;
}

/**
 * Decides what each column of the loaded rows means. The order of the rows changes nothing.
 *
 * @param table  the rows, as their source has them
 * @throws {UsageError} when dataset.types asks for what a type can't become, or the id's values are no ids
 */
export async function decideColumns(
  db: Database,
  table: string,
  {
    columns,
    dataset,
    earlier = [],
    indexes,
  }: {
    readonly columns: readonly TypedColumn[];
    readonly dataset: Config["dataset"];
    /** as the newest decided earlier night has them */
    readonly earlier?: readonly EarlierColumn[] | undefined;
    /** columns that the source calls indexes */
    readonly indexes: readonly string[];
  },
): Promise<DecidedForm[]> {
  const before = new Map(earlier.map((column) => [column.name, column]));
  const facts = await measureColumns(db, table, columns);
  const questions = columns.flatMap(({ name, type }) => {
    const found = facts.get(name);
    const asked = {
      name,
      type,
      override: own(dataset.types, name),
      earlier: before.get(name),
      index: indexes.includes(name),
    };
    return found === undefined ? [] : [{ ...asked, facts: found }];
  });
  const open = questions.filter((question) => roleOf(question.name, dataset) === undefined && needsDistinct(question));
  const distinct = await countEach(db, table, open);
  const id = questions.find(({ name }) => roleOf(name, dataset) === "id");
  const floats = id !== undefined && familyOf(id.type) === "text" && (await areWholeFloats(db, table, id.name));
  return questions.map((question) => {
    const { name, type } = question;
    const role = roleOf(name, dataset);
    if (role === undefined) return { name, ...decide({ ...question, distinct: distinct.get(name) }) };
    const decision = decideNamed(role, question);
    return { name, ...decision, form: role === "id" ? idForm(name, type, decision.form, floats) : decision.form };
  });
}
