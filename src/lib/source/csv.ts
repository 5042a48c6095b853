import { describeColumns } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { literal } from "../duckdb/sql.ts";
import { type ChurnError, TryLaterError, UsageError } from "../errors.ts";
import { type FileFormat, openFiles } from "./files.ts";
import { literalFiles, readerOptions } from "./paths.ts";
import { KNOWN_SOURCES, type SourceSettings } from "./query.ts";
import type { Source } from "./source.ts";

/** CSV files, one or many. */
export function openCsv(settings: SourceSettings): Source {
  return openFiles(settings, CSV);
}

const CSV: FileFormat = {
  name: "CSV",
  async read(db, found, { description }, text) {
    const files = literalFiles(found.files);
    // All rows are looked at: a type guessed from the first ones may not fit the last. An empty text in quotes is no null.
    const options = "union_by_name = true, sample_size = -1, allow_quoted_nulls = false";
    const guessed = await describeColumns(db, `read_csv(${files}, ${options}, hive_partitioning = false)`);
    const [only, ...others] = guessed.map(({ name }) => name);
    if (others.length === 0 && only === "column0") {
      throw new TryLaterError(`source.url: ${description} is empty`, "run it again once it is written");
    }
    if (others.length === 0 && /[,;|\t]/.test(only ?? "")) {
      throw new UsageError(
        `source.url: the lines of ${description} don't all have the same columns`,
        "is a line cut short, or a quote left open?",
      );
    }
    const columns = guessed.map(({ name, type }) => ({ name, type: text.includes(name) ? "VARCHAR" : type }));
    const types = columns.filter(({ name }) => text.includes(name)).map(({ name }) => `${literal(name)}: 'VARCHAR'`);
    const typed = types.length === 0 ? "" : `, types = {${types.join(", ")}}`;
    return { sql: `read_csv(${files}, ${options}, ${readerOptions(found)}${typed})`, columns };
  },
  refusal,
};

function refusal(error: unknown, { description }: SourceSettings): ChurnError | undefined {
  if (/not utf-8 encoded/i.test(String(error))) {
    return new UsageError(
      `source.url: ${description} is not UTF-8 text`,
      "iconv -f ISO-8859-1 -t UTF-8 converts Latin-1",
      { cause: error },
    );
  }
  // DuckDB names the line of a CSV file first, then shows it, and only then says what is wrong with it.
  const [, shown = "", reason = ""] = String(error).split("\n");
  if (!shown.startsWith("Original Line")) return undefined;
  return new UsageError(
    `source.url: ${description} can't be read as CSV: ${firstLine(error)}: ${reason}`,
    KNOWN_SOURCES,
    { cause: error },
  );
}
