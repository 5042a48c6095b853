import { percent, whole } from "../../cli/numbers.ts";
import { typedValuesOf, valuesOf } from "./column-reading.ts";
import type { CsvColumn } from "./columns.ts";
import { LEADING_ZERO } from "./forms.ts";
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

/** Text of which most would be numbers or dates: one word that nobody thought of makes a category of each. */
function nearlyTyped({ name, reading, merged }: CsvColumn): string[] {
  const { counts } = merged;
  const values = valuesOf(counts);
  if (!merged.isCounted || reading.kind !== "text" || values === 0) return [];
  const share = typedValuesOf(counts) / values;
  const others = merged.texts();
  if (share < NEARLY || (others.length === 0 && (counts[LEADING_ZERO] ?? 0) > 0)) return [];
  const shown = others.map(({ text, line }) => `${JSON.stringify(text)} in line ${line}`).join(", ");
  const why = others.length === 0 ? "they are written in several ways" : `not ${shown}`;
  const words = others.map(({ text }) => JSON.stringify(text)).join(", ");
  const nulls = others.length === 0 ? "" : `source: { csv: { nulls: [${words}] } } or `;
  return [
    `${name} is read as text, although ${percent(share)} of its values are numbers or dates (${why}): ${nulls}dataset: { types: { ${name}: … } } says how it is meant`,
  ];
}
