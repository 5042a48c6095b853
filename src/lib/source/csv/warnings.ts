import { percent, whole } from "../../cli/numbers.ts";
import { typedValuesOf, valuesOf } from "./column-reading.ts";
import type { CsvColumn } from "./columns.ts";
import { LEADING_ZERO, NAN } from "./forms.ts";
import { looksLikeDate, looksLikeNull, looksLikeNumber, namedMonthFormat } from "./lookalikes.ts";
import type { FoundValue } from "./merged-columns.ts";
import type { ReadingRequest } from "./request.ts";
import { badLineText, type SurveyedFile } from "./surveyed-file.ts";

/** Share of numbers and dates from which a column of text was probably meant as such. */
const NEARLY = 0.8;

/** What people should know of how files were read, a sentence each. */
export function readingWarnings(
  files: readonly SurveyedFile[],
  columns: readonly CsvColumn[],
  request: ReadingRequest,
): string[] {
  return [
    ...files.flatMap(leftOut),
    ...files.flatMap(({ file, twice }) =>
      twice.map((name) => `${file.name} has the column ${name} twice: the later one has a number behind its name`),
    ),
    ...columns.filter(({ name }) => !Object.hasOwn(request.kinds, name)).flatMap(nearlyTyped),
  ];
}

function leftOut({ file, survey, encoding }: SurveyedFile): string[] {
  const { bad, lines } = survey;
  if (lines.bad === 0) return [];
  const first = bad.slice(0, 3).map((line) => badLineText(line, encoding));
  const more = lines.bad > first.length ? ", …" : "";
  return [
    `${file.name}: ${whole(lines.bad)} ${lines.bad === 1 ? "line is" : "lines are"} left out: ${first.join("; ")}${more}`,
  ];
}

/** Text that was probably meant as numbers or dates: one word that nobody thought of makes a category of each. */
function nearlyTyped({ name, reading, merged }: CsvColumn): string[] {
  const { counts } = merged;
  const values = valuesOf(counts);
  if (!merged.isCounted || reading.kind !== "text" || values === 0) return [];
  const typed = typedValuesOf(counts) / values;
  const texts = merged.texts();
  const types = `dataset: { types: { ${name}: … } } says how it is meant`;
  if (texts.length > 0 && texts.every(({ text }) => looksLikeNumber(text))) {
    return [
      `${name} is read as text: its numbers have something around them (${placed(texts)}): source.query can make numbers of them, or ${types}`,
    ];
  }
  const format = namedMonthFormat(texts.map(({ text }) => text));
  if (format !== undefined) {
    return [
      `${name} is read as text, although it may be dates (${placed(texts)}): source: { csv: { date_format: ${JSON.stringify(format)} } } or ${types}`,
    ];
  }
  if (texts.length > 0 && texts.every(({ text }) => looksLikeDate(text) && !looksLikeNull(text))) {
    return [
      `${name} is read as text: ${texts.length === 1 ? "a date" : "some dates"} can't be read (${placed(texts)}): source.query can mend them, or ${types}`,
    ];
  }
  // NaN is a number, but no date.
  const others = texts.length === 0 ? [merged.first(NAN) ?? []].flat() : texts;
  const isNothing = typed > 0 && others.length > 0 && others.every(({ text }) => looksLikeNull(text));
  if ((typed < NEARLY && !isNothing) || (others.length === 0 && (counts[LEADING_ZERO] ?? 0) > 0)) return [];
  const why = others.length === 0 ? "they are written in several ways" : `not ${placed(others)}`;
  const words = others.map(({ text }) => JSON.stringify(text)).join(", ");
  const nulls = others.length === 0 ? "" : `source: { csv: { nulls: [${words}] } } or `;
  return [
    `${name} is read as text, although ${percent(typed)} of its values are numbers or dates (${why}): ${nulls}${types}`,
  ];
}

function placed(values: readonly FoundValue[]): string {
  return values.map(({ text, line }) => `${JSON.stringify(text)} in line ${line}`).join(", ");
}
