import { own } from "../../config/own.ts";
import { UsageError } from "../../errors.ts";
import {
  type Counts,
  type Deciding,
  type Guess,
  guessOf,
  isQuestion,
  nullsOf,
  onlyDates,
  onlyNumbers,
  type Question,
  type Reading,
  readingOf,
  valuesOf,
} from "./column-reading.ts";
import { COMMA_OR_GROUP, CONFIGURED_NULL, DAY_FIRST, DOT_OR_GROUP, EITHER_FIRST, EMPTY, MONTH_FIRST } from "./forms.ts";
import { NAMELESS } from "./header.ts";
import { type FoundValue, type MergedColumn, mergedColumns } from "./merged-columns.ts";
import type { ReadingRequest } from "./request.ts";
import type { CsvSettings, Decimal } from "./settings.ts";
import type { SurveyedFile } from "./surveyed-file.ts";

/** A column of CSV files, and how its text becomes values. */
export interface CsvColumn {
  readonly name: string;
  readonly reading: Reading;
  /** of a column that stays text although dataset.types wants numbers or dates: what casts are to read of it */
  readonly respelled: Reading | undefined;
  /** whether NA and the like are null, and there are any: in a column of text they are words like others */
  readonly hasNullWords: boolean;
  /** values that are null; in a column of text those of source.csv.nulls alone */
  readonly nulls: number;
  /** what its values say beyond doubt */
  readonly guess: Guess;
  readonly merged: MergedColumn;
}

/**
 * Decides how each column is read, by all values of all files.
 *
 * @param delimiter  what stands between fields in all files; undefined where they differ
 * @throws {UsageError} with the question and the keys that answer it, where values could be read in two ways
 */
export function decideColumns(
  files: readonly SurveyedFile[],
  settings: CsvSettings,
  request: ReadingRequest,
  delimiter: string | undefined,
): CsvColumn[] {
  const merged = mergedColumns(files).filter((column) => !isNoColumn(column));
  const guesses = merged.map(({ counts }) => guessOf(counts));
  const decimals = new Set(guesses.flatMap(({ decimal }): Decimal[] => (decimal === undefined ? [] : [decimal])));
  const questions: Asked[] = [];
  const columns = merged.map((column, index): CsvColumn => {
    const { name, counts } = column;
    const deciding: Deciding = {
      configured: { decimal: settings.decimal, dateFormat: settings.date_format },
      earlier: {
        decimal: own(request.earlier?.decimals ?? {}, name),
        dateFormat: own(request.earlier?.date_formats ?? {}, name),
      },
      delimiter,
      decimals,
    };
    const decided = (some: Counts): Reading => {
      const reading = readingOf(some, deciding);
      if (!isQuestion(reading)) return reading;
      if (!request.unasked.includes(name)) questions.push({ column, question: reading });
      return { kind: "text" };
    };
    const reading = decided(counts);
    const isText = reading.kind === "text";
    // A column of nothing but NA is no column of text yet: nobody knows what it will be.
    const hasNulls = !isText || (column.isCounted && valuesOf(counts) === 0);
    return {
      name,
      reading,
      respelled: isText && valuesOf(counts) > 0 ? respelling(own(request.kinds, name), counts, decided) : undefined,
      hasNullWords: hasNulls && nullsOf(counts) > (counts[EMPTY] ?? 0),
      nulls: hasNulls ? nullsOf(counts) : (counts[CONFIGURED_NULL] ?? 0),
      guess: guesses[index] ?? { decimal: undefined, dateFormat: undefined },
      merged: column,
    };
  });
  if (questions.length > 0) throw asked(questions);
  return columns;
}

/** A delimiter at the end of each line, header and all, makes a column without a name and without a value. */
function isNoColumn({ name, isCounted, counts }: MergedColumn): boolean {
  return isCounted && NAMELESS.test(name) && valuesOf(counts) + nullsOf(counts) === (counts[EMPTY] ?? 0);
}

/** What dataset.types asks for is read from those values that are it. */
function respelling(
  kind: string | undefined,
  counts: Counts,
  decided: (counts: Counts) => Reading,
): Reading | undefined {
  if (kind === "numeric") return decided(onlyNumbers(counts));
  return kind === "date" ? decided(onlyDates(counts)) : undefined;
}

interface Asked {
  readonly column: MergedColumn;
  readonly question: Question;
}

function asked(questions: readonly Asked[]): UsageError {
  const texts = questions.map(({ column, question }) =>
    question.kind === "which date" ? dateQuestion(column, question.formats) : decimalQuestion(column),
  );
  return new UsageError(
    texts.map(({ text }) => text),
    [...new Set(texts.map(({ hint }) => hint))],
  );
}

function dateQuestion(column: MergedColumn, formats: readonly string[]) {
  const found = column.first(EITHER_FIRST) ?? column.first(DAY_FIRST) ?? column.first(MONTH_FIRST);
  const [one = "%d/%m/%Y", other = "%y/%m/%d"] = formats;
  return {
    text: `source.url: dates of ${column.name} can be read in two ways: is ${placed(found)} ${one} or ${other}?`,
    hint: `source: { csv: { date_format: "${one}" } } in churn.yaml, or "${other}", says it`,
  };
}

function decimalQuestion(column: MergedColumn) {
  const found = column.first(COMMA_OR_GROUP) ?? column.first(DOT_OR_GROUP);
  const mark = found?.text.includes(",") === true ? "comma" : "dot";
  return {
    text: `source.url: numbers of ${column.name} can be read in two ways: is the ${mark} in ${placed(found)} the decimal, or between thousands?`,
    hint: 'source: { csv: { decimal: "." } } in churn.yaml, or ",", says it',
  };
}

function placed(value: FoundValue | undefined): string {
  return value === undefined ? "one" : `${value.text} (${value.file}, line ${value.line})`;
}
