import { join } from "node:path";
import { own } from "../../config/own.ts";
import { makePrivateFolder, type PrivateFolder } from "../../files/private-folder.ts";
import { type FileFormat, openFiles, type ReadFiles } from "../files.ts";
import { type FoundFiles, fileName } from "../paths.ts";
import type { SourceSettings } from "../query.ts";
import type { CsvFacts, Source, SourceRequest } from "../source.ts";
import { type CsvColumn, decideColumns } from "./columns.ts";
import { agreed, type CsvFormat, carriedOn, formatChanges, NO_FORMAT, only } from "./format.ts";
import { piecesOf } from "./input.ts";
import { isPlain, type ReadableFile, rowsSql } from "./reader.ts";
import type { ReadingRequest } from "./request.ts";
import { rewriteRecords } from "./rewrite.ts";
import { type CsvSettings, csvSettings } from "./settings.ts";
import type { Lines } from "./survey.ts";
import { badReason, type SurveyedFile, surveyFile } from "./surveyed-file.ts";
import { typeOf } from "./value-sql.ts";
import { readingWarnings } from "./warnings.ts";

/**
 * CSV files, one or many. Each is surveyed as a whole, byte by byte, before DuckDB reads it as text by what was found; the
 * types are casts of that text.
 *
 * @param csv  source.csv, as people write it
 */
export function openCsv(settings: SourceSettings, csv: CsvSettings = csvSettings.parse({})): Source {
  const format: FileFormat = {
    name: "CSV",
    read: (_, found, of, request) => readCsv(found, of, csv, readingRequest(of, request)),
  };
  return openFiles(settings, format);
}

/** A query may make of the files' columns what it likes: what dataset names are its own columns then. */
function readingRequest({ query }: SourceSettings, { text, files }: SourceRequest): ReadingRequest {
  const dataset = files?.dataset;
  const kinds = dataset?.types ?? {};
  const excluded = dataset?.exclude ?? [];
  return {
    id: query === undefined ? dataset?.id : undefined,
    text,
    excluded: query === undefined ? excluded : [],
    unasked: [...excluded, ...Object.keys(kinds).filter((name) => own(kinds, name) === "ignore")],
    kinds,
    earlier: files?.earlier,
  };
}

async function readCsv(
  found: FoundFiles,
  settings: SourceSettings,
  csv: CsvSettings,
  request: ReadingRequest,
): Promise<ReadFiles> {
  const files: SurveyedFile[] = [];
  for (const path of found.files) files.push(await surveyFile(path, fileName(settings, path), csv, request));
  const delimiter = only(files.map(({ dialect }) => dialect.delimiter));
  const columns = decideColumns(files, csv, request, delimiter);

  let folder: PrivateFolder | undefined;
  const readable: ReadableFile[] = [];
  try {
    for (const [index, surveyed] of files.entries()) {
      if (isPlain(surveyed, csv.skip)) {
        readable.push({ surveyed, copy: undefined });
        continue;
      }
      folder ??= makePrivateFolder();
      const copy = join(folder.path, `${index}.csv`);
      await copyFile(surveyed, copy, csv, request);
      readable.push({ surveyed, copy });
    }
    return {
      sql: rowsSql(readable, columns, { ...csv, hasFilename: found.partitions.length > 0 }),
      columns: columns.map((column) => ({ name: column.name, type: typeOf(column) })),
      rows: files.reduce((sum, { survey }) => sum + survey.lines.rows, 0),
      csv: factsOf(files, columns, csv, request),
      folder: folder?.path,
      close: () => folder?.[Symbol.dispose](),
    };
  } catch (error) {
    folder?.[Symbol.dispose]();
    throw error;
  }
}

async function copyFile(
  { file, dialect, survey, singleByte }: SurveyedFile,
  path: string,
  { header, skip }: CsvSettings,
  { excluded }: ReadingRequest,
): Promise<void> {
  const left = survey.columns.flatMap(({ name }, index) => (excluded.includes(name) ? [index] : []));
  await rewriteRecords(piecesOf(file), path, {
    dialect,
    hasHeader: header,
    skip,
    encoding: singleByte,
    columns: survey.columns.length,
    left: new Set(left),
  });
}

/** What is to be remembered of how the files were read, and what people should know. */
function factsOf(
  files: readonly SurveyedFile[],
  columns: readonly CsvColumn[],
  settings: CsvSettings,
  request: ReadingRequest,
): CsvFacts {
  const earlier = request.earlier ?? NO_FORMAT;
  const guesses = files.map(({ file, guessed }) => ({ name: file.name, ...guessed }));
  const common = agreed(guesses);
  const guessed: CsvFormat = {
    ...common,
    decimals: entries(columns, ({ guess }) => guess.decimal),
    date_formats: entries(columns, ({ guess }) => guess.dateFormat),
  };
  const now: CsvFormat = {
    ...common,
    decimals: entries(columns, ({ reading }) => (reading.kind === "number" ? reading.decimal : undefined)),
    date_formats: entries(columns, ({ reading }) => (reading.kind === "date" ? reading.format : undefined)),
  };
  const first = files.flatMap(({ file, survey, encoding }) =>
    survey.bad.map((bad) => ({ file: file.name, line: bad.line, reason: badReason(bad, encoding) })),
  );
  const lines = sumOf(files.map(({ survey }) => survey.lines));
  return {
    reading: {
      read: carriedOn(now, earlier, guesses),
      guessed,
      changed: formatChanges(earlier, now, guesses, (key) => settings[key] !== undefined),
      nulls: entries(columns, ({ nulls }) => (nulls > 0 ? nulls : undefined)),
      left_out: { lines: lines.bad, first: first.slice(0, 5) },
      lines,
    },
    warnings: readingWarnings(files, columns, request),
  };
}

function entries<Value>(
  columns: readonly CsvColumn[],
  value: (column: CsvColumn) => Value | undefined,
): Record<string, Value> {
  const found = columns.flatMap((column): [string, Value][] => {
    const one = value(column);
    return one === undefined ? [] : [[column.name, one]];
  });
  return Object.fromEntries(found);
}

function sumOf(all: readonly Lines[]): Lines {
  const sum = { rows: 0, header: 0, skipped: 0, blank: 0, comments: 0, bad: 0 };
  for (const lines of all) {
    sum.rows += lines.rows;
    sum.header += lines.header;
    sum.skipped += lines.skipped;
    sum.blank += lines.blank;
    sum.comments += lines.comments;
    sum.bad += lines.bad;
  }
  return sum;
}
