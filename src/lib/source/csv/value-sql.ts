import { identifier, literal } from "../../duckdb/sql.ts";
import type { Reading } from "./column-reading.ts";
import type { CsvColumn } from "./columns.ts";
import { NULL_WORDS } from "./forms.ts";

/** DuckDB's name of the type that a column is read as. */
export function typeOf({ reading }: Pick<CsvColumn, "reading">): string {
  if (reading.kind === "number" || reading.kind === "date") return reading.type;
  return { text: "VARCHAR", boolean: "BOOLEAN", time: "TIME" }[reading.kind];
}

/**
 * A column's values by its text, in SQL. The casts fail where they can't read a value: what they are given was found to be
 * readable, so that would be a defect, and must not become a null.
 *
 * @param nulls  words of source.csv.nulls
 */
export function valueSql(column: CsvColumn, own: string, nulls: readonly string[]): string {
  const { reading, respelled, hasNullWords } = column;
  const text = identifier(own);
  const words = nulls.map((word) => word.trim());
  if (reading.kind === "text") {
    const spelled = respelled === undefined ? text : respelledSql(respelled, text);
    return words.length === 0 ? spelled : orNull(text, words, spelled);
  }
  const value = typedSql(reading, text);
  return hasNullWords ? orNull(text, ["", ...NULL_WORDS, ...words], value) : value;
}

function orNull(text: string, words: readonly string[], value: string): string {
  return `CASE WHEN trim(${text}) IN (${words.map(literal).join(", ")}) THEN NULL ELSE ${value} END`;
}

function typedSql(reading: Exclude<Reading, { kind: "text" }>, text: string): string {
  switch (reading.kind) {
    case "boolean":
      return `(lower(trim(${text})) IN ('true', 't', 'yes'))`;
    case "time":
      return `CAST(trim(${text}) AS TIME)`;
    case "number":
      return `CAST(${numberSql(reading, text)} AS ${reading.type})`;
    case "date":
      return `CAST(${dateSql(reading, text)} AS ${reading.type})`;
    default:
      // The kinds are text too, for the sake of one type.
      return text;
  }
}

type Numbers = Extract<Reading, { kind: "number" }>;
type Dates = Extract<Reading, { kind: "date" }>;

/** A number with a dot as its decimal and nothing between thousands. */
function numberSql({ decimal, isGrouped }: Numbers, text: string): string {
  const between = decimal === "," ? "." : ",";
  const plain = isGrouped ? `replace(${text}, '${between}', '')` : text;
  return decimal === "," ? `replace(${plain}, ',', '.')` : plain;
}

function dateSql({ format, times }: Dates, text: string): string {
  const plain = `trim(${text})`;
  if (format !== "%Y-%m-%d" || times.length === 0) return `strptime(${plain}, [${formatsOf({ format, times })}])`;
  // A cast knows an offset behind a space for another word.
  return times.includes("zoned") ? `replace(replace(${plain}, ' +', '+'), ' -', '-')` : plain;
}

const CLOCKS = {
  none: [""],
  clock: [" %H:%M:%S", " %H:%M", " %H:%M:%S.%f"],
  "half-day": [" %I:%M:%S %p", " %I:%M %p", " %I:%M:%S.%f %p"],
  zoned: [],
} as const;

function formatsOf({ format, times }: Pick<Dates, "format" | "times">): string {
  const whole =
    times.length === 0 ? [format] : times.flatMap((time) => CLOCKS[time].map((clock) => `${format}${clock}`));
  return whole.map(literal).join(", ");
}

/** Text of which some values are numbers or dates: those as casts read them, the others as they are. */
function respelledSql(reading: Reading, text: string): string {
  if (reading.kind === "number" && (reading.decimal === "," || reading.isGrouped)) {
    const isNumber = `regexp_full_match(trim(${text}), '-?[0-9.,]+([eE][-+]?[0-9]+)?')`;
    return `CASE WHEN ${isNumber} THEN ${numberSql(reading, text)} ELSE ${text} END`;
  }
  if (reading.kind === "date" && reading.format !== "%Y-%m-%d") {
    return `coalesce(CAST(try_strptime(trim(${text}), [${formatsOf(reading)}]) AS VARCHAR), ${text})`;
  }
  return text;
}
