import type { DatasetInput } from "./tracking.ts";

/** A dataset's fields as MLflow stores them: the last three are texts of JSON. */
export interface StoredDataset {
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string;
  readonly profile: string;
}

/** The tag of an input that says what the run did with it. */
export const CONTEXT_TAG = "mlflow.data.context";

/** Characters of a digest: a column of MLflow's database. */
const DIGEST_LENGTH = 36;
/** Characters of a schema; a longer one is left out. */
const SCHEMA_LENGTH = 1_048_575;

export function storedDataset({ name, digest, sourceType, uri, columns, rows }: DatasetInput): StoredDataset {
  const schema = JSON.stringify({ mlflow_colspec: columns });
  return {
    name,
    digest: digest.slice(0, DIGEST_LENGTH),
    source_type: sourceType,
    source: JSON.stringify({ uri }),
    schema: schema.length > SCHEMA_LENGTH ? "" : schema,
    profile: JSON.stringify({ num_rows: rows, num_elements: rows * columns.length }),
  };
}
