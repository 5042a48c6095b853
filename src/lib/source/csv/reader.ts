import { fileLiteral, identifier, literal } from "../../duckdb/sql.ts";
import type { CsvColumn } from "./columns.ts";
import type { SurveyedFile } from "./surveyed-file.ts";
import { valueSql } from "./value-sql.ts";

/** A surveyed file, and the file that DuckDB reads instead of it where it isn't plain. */
export interface ReadableFile {
  readonly surveyed: SurveyedFile;
  readonly copy: string | undefined;
}

/** DuckDB takes the longest line into one buffer; a larger one costs memory for each file that is read. */
const LEAST_BUFFER = 16 * 1024 * 1024;

/**
 * Whether DuckDB reads a file as it is for the same that churn takes it for. It has ideas of its own of \r\n when it is told
 * of it (no row comes), of \r in quotes when it isn't, of lines with \n and \r\n mixed, of a backslash before any character.
 */
export function isPlain({ file, dialect, survey, singleByte }: SurveyedFile, skip: number): boolean {
  const { lineEnds, signs, lines, columns } = survey;
  const isUniform = lineEnds.size <= 1 && !lineEnds.has("\r");
  const isSimpleCrlf = !lineEnds.has("\r\n") || (!signs.hasLinesInQuotes && !signs.hasReturnInQuotes);
  const isCommon = dialect.quote === '"' && dialect.escape === '"' && skip === 0 && columns.length > 1;
  const isText = file.mark !== "utf-16" && singleByte === undefined;
  return isText && isUniform && isSimpleCrlf && isCommon && !signs.isOdd && lines.bad === 0 && lines.comments === 0;
}

/**
 * The rows of files as something to SELECT from, each column as `columns` say. Where `hasFilename`, a column `filename` tells
 * the file.
 */
export function rowsSql(
  files: readonly ReadableFile[],
  columns: readonly CsvColumn[],
  settings: { readonly nulls: readonly string[]; readonly header: boolean; readonly hasFilename: boolean },
): string {
  const groups = new Map<string, { sql: (paths: string) => string; paths: string[] }>();
  for (const file of files) {
    const sql = (paths: string) => selectSql(file, columns, settings, paths);
    const same = sql("");
    const group = groups.get(same) ?? { sql, paths: [] };
    group.paths.push(fileLiteral(file.copy ?? file.surveyed.file.path));
    groups.set(same, group);
  }
  const selects = [...groups.values()].map(({ sql, paths }) => sql(paths.join(", ")));
  return `(${selects.join("\nUNION ALL BY NAME ")})`;
}

function selectSql(
  { surveyed, copy }: ReadableFile,
  columns: readonly CsvColumn[],
  {
    nulls,
    header,
    hasFilename,
  }: { readonly nulls: readonly string[]; readonly header: boolean; readonly hasFilename: boolean },
  paths: string,
): string {
  const { file, dialect, survey } = surveyed;
  const own = new Map(survey.columns.map(({ name }) => [name.toLowerCase(), name]));
  const values = columns.flatMap((column) => {
    const name = own.get(column.name.toLowerCase());
    return name === undefined ? [] : [`${valueSql(column, name, nulls)} AS ${identifier(column.name)}`];
  });
  const filename = copy === undefined ? "filename" : `${literal(file.path)} AS filename`;
  const types = survey.columns.map(({ name }) => `${literal(name)}: 'VARCHAR'`);
  const buffer = Math.max(LEAST_BUFFER, 4 * survey.longest);
  const isCopy = copy !== undefined;
  const options = [
    "auto_detect = false",
    `columns = {${types.join(", ")}}`,
    `header = ${header && !isCopy}`,
    `delim = ${literal(dialect.delimiter)}`,
    `quote = '"', escape = '"', comment = '', nullstr = '', allow_quoted_nulls = false, strict_mode = true`,
    ...(isCopy || survey.lineEnds.has("\n") ? ["new_line = '\\n'"] : []),
    `compression = ${file.isCompressed && !isCopy ? "'gzip'" : "'none'"}`,
    // Read by several threads, a text whose lines look like rows is taken for rows.
    "parallel = false",
    `max_line_size = ${buffer}, buffer_size = ${buffer}`,
    `hive_partitioning = false${hasFilename && !isCopy ? ", filename = true" : ""}`,
  ];
  return `SELECT ${[...values, ...(hasFilename ? [filename] : [])].join(", ")} FROM read_csv([${paths}], ${options.join(", ")})`;
}
