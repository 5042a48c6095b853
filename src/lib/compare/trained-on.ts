import * as z from "zod";
import { whole } from "../cli/numbers.ts";
import type { Database } from "../duckdb/database.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";
import { InputError } from "../errors.ts";
import type { Preprocessing } from "../prepare/preprocessing.ts";
import type { Records } from "../stage/archive.ts";
import { whatGcRemoved } from "../stage/inputs.ts";
import { type Reference, readSuccess } from "../stage/record.ts";
import { removedText } from "../stage/removed.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion } from "../tracking/tracking.ts";
import { parseNight } from "../workspace/night.ts";
import { TEST_CUSTOMERS } from "./test-customers.ts";

/** The path of customers_train.parquet, or a sentence where `churn gc` has removed it; undefined where nothing is known of it. */
export type TrainedOn = string | { readonly removed: string } | undefined;

/**
 * Where the customers lie that a version was trained on.
 *
 * @returns the path of its night's customers_train.parquet; undefined where that night is none of this store's, or its file is
 * gone or changed
 */
export async function trainCustomersOf(records: Records, { tag }: Pick<ModelVersion, "tag">): Promise<TrainedOn> {
  const night = parseNight(tag(tags.night) ?? "");
  if (night === undefined || tag(tags.workspace) !== records.workspaceId) return undefined;
  let reference: Reference | undefined;
  try {
    reference = (await readSuccess(records, night.name, "transform"))?.outputs.customersTrain;
    return reference?.kind === "file" ? await records.store.local(reference) : undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const removed = reference && (await whatGcRemoved(records, reference));
    return removed === undefined ? undefined : { removed: removedText(removed) };
  }
}

/**
 * How a model may have seen tonight's test customers although it was split by the same column: a hash puts a customer on one
 * side for life, a column only as long as nobody writes it anew.
 *
 * @param own             the model's preprocessing
 * @param trained.path    its train customers, where they are known
 * @param trained.trusts  compare.trust_split, which is asked where they aren't
 * @returns a sentence; undefined where it has seen none of them
 */
export async function seenByColumn(
  db: Database,
  { split: { column }, dataset }: Preprocessing,
  { path, trusts }: { readonly path: TrainedOn; readonly trusts: boolean },
): Promise<string | undefined> {
  if (column === undefined) return undefined;
  if (typeof path !== "string") {
    if (trusts) return undefined;
    const why = path === undefined ? "this store doesn't have them" : path.removed;
    return `the files of its night would tell which customers trained it, and ${why} (compare.trust_split)`;
  }
  const id = `CAST(trained.${identifier(dataset.id)} AS VARCHAR)`;
  const [counts] = await db.rows(
    `SELECT count(*) AS rows, count(*) FILTER (WHERE CAST(today.id AS VARCHAR) IN (SELECT ${id} FROM ${parquetFile(path)} AS trained)) AS seen
     FROM ${TEST_CUSTOMERS} AS today`,
    z.object({ rows: z.int(), seen: z.int() }),
  );
  const { rows = 0, seen = 0 } = counts ?? {};
  if (seen === 0) return undefined;
  return `${whole(seen)} of ${whole(rows)} ${seen === 1 ? "was" : "were"} on the train side of its own night (a customer's ${column} has to stay the same)`;
}
