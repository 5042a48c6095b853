/** What a source knows of a table's columns before anybody has said what they mean: as its catalogue says it, or as measured. */
export interface Catalogue {
  /** exact where they were counted, a server's estimate otherwise; undefined where nothing is known */
  readonly rows: number | undefined;
  /** in the table's order */
  readonly columns: readonly CatalogueColumn[];
}

export interface CatalogueColumn {
  readonly name: string;
  /** as the source calls it: "numeric(10,2)" */
  readonly type: string;
  readonly family: CatalogueFamily;
  /** whether it has nulls, or may have some as far as is known */
  readonly nullable: boolean;
  /** share of rows; undefined where nothing is known */
  readonly nullShare: number | undefined;
  /** different values, estimated or counted; undefined where nothing is known */
  readonly distinct: number | undefined;
  /** what tells a row by this column */
  readonly key: CatalogueKey | undefined;
  /** whether an index begins with it; undefined where the source has no use for one */
  readonly indexed: boolean | undefined;
  /** what the database's people say of it */
  readonly comment: string | undefined;
  /** all its values as text, where there are two and they are known */
  readonly values: readonly [string, string] | undefined;
}

/** What a column may be taken for: only integers, texts and UUIDs are ids, only dates and times snapshots' days. */
export type CatalogueFamily = "boolean" | "integer" | "float" | "date" | "text" | "uuid" | "other";

/**
 * The primary key, a part of it, unique by itself, or unique on each day of a date's column, where a customer's rows of other
 * days have the same value.
 */
export type CatalogueKey = "primary" | "part" | "unique" | "daily";
