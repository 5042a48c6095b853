import { describeColumns } from "../duckdb/describe.ts";
import { type FileFormat, openFiles } from "./files.ts";
import { literalFiles, readerOptions } from "./paths.ts";
import type { SourceSettings } from "./query.ts";
import type { Source } from "./source.ts";

/** Parquet files, one or many. */
export function openParquet(settings: SourceSettings): Source {
  return openFiles(settings, PARQUET);
}

const PARQUET: FileFormat = {
  name: "Parquet",
  async read(db, found) {
    const files = literalFiles(found.files);
    const columns = await describeColumns(
      db,
      `read_parquet(${files}, union_by_name = true, hive_partitioning = false)`,
    );
    return { sql: `read_parquet(${files}, union_by_name = true, ${readerOptions(found)})`, columns };
  },
};
