import type { Counts } from "./column-reading.ts";
import { textOf } from "./file-format.ts";
import { COUNTERS } from "./forms.ts";
import type { SurveyedFile } from "./surveyed-file.ts";

/** A column of all files, matched by its name in any case and spelled as in the first file that has it. */
export interface MergedColumn {
  readonly name: string;
  /** whether its values were looked at */
  readonly isCounted: boolean;
  readonly counts: Counts;
  /** the first value of a form */
  first(form: number): FoundValue | undefined;
  /** some of the values that are text */
  texts(): FoundValue[];
}

/** A value and where it stands. */
export interface FoundValue {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** The columns of all files, in the order in which they come. */
export function mergedColumns(files: readonly SurveyedFile[]): MergedColumn[] {
  const places = new Map<string, { name: string; isCounted: boolean; in: { file: SurveyedFile; index: number }[] }>();
  for (const file of files) {
    for (const [index, { name, isCounted }] of file.survey.columns.entries()) {
      const known = places.get(name.toLowerCase()) ?? { name, isCounted, in: [] };
      known.in.push({ file, index });
      places.set(name.toLowerCase(), known);
    }
  }
  return [...places.values()].map(({ name, isCounted, in: found }) => ({
    name,
    isCounted,
    counts: sum(found.map(({ file, index }) => file.survey.counts?.countsOf(index))),
    first: (form) => shown(found, ({ file, index }) => file.survey.counts?.firstOf(index, form))[0],
    texts: () => shown(found, ({ file, index }) => file.survey.counts?.textsOf(index)),
  }));
}

function sum(all: readonly (Counts | undefined)[]): Counts {
  const total = new Uint32Array(COUNTERS);
  for (const counts of all) {
    for (let form = 0; form < COUNTERS; form += 1) total[form] = (total[form] ?? 0) + (counts?.[form] ?? 0);
  }
  return total;
}

type Example = { readonly bytes: Uint8Array; readonly line: number };
type InFile = { readonly file: SurveyedFile; readonly index: number };

function shown(places: readonly InFile[], find: (place: InFile) => Example | readonly Example[] | undefined) {
  return places.flatMap((place) => {
    const examples = [find(place) ?? []].flat();
    return examples.map(({ bytes, line }): FoundValue => {
      return { text: textOf(bytes, place.file.encoding).trim(), file: place.file.file.name, line };
    });
  });
}
