import { type Dialect, RecordScanner } from "./scanner.ts";

const CANDIDATES = [",", ";", "\t", "|"] as const;

/** What a file's beginning says of what stands between fields. */
export interface DelimiterGuess {
  /** undefined: nothing does, all records have one field */
  readonly delimiter: string | undefined;
  /** whether no other one would do as well */
  readonly isSure: boolean;
}

/**
 * Finds what stands between fields: with which the most records have as many as the first one, the header.
 *
 * @param sample  begins with the header
 * @param isWhole whether nothing comes behind the sample
 * @param isHeader  whether names are those of a header, where that is known: decides between two that would both do
 */
export function guessDelimiter(
  sample: Uint8Array,
  isWhole: boolean,
  dialect: Omit<Dialect, "delimiter">,
  isHeader: (fields: readonly Uint8Array[]) => boolean,
): DelimiterGuess {
  const tried = CANDIDATES.filter((delimiter) => ![dialect.quote, dialect.escape, dialect.comment].includes(delimiter))
    .map((delimiter) => ({ delimiter, ...tryDelimiter(sample, isWhole, { ...dialect, delimiter }, isHeader) }))
    .filter(({ fields }) => fields > 1)
    .sort((a, b) => b.share - a.share || Number(b.hasId) - Number(a.hasId) || b.fields - a.fields);
  const [best, next] = tried;
  if (best === undefined) return { delimiter: undefined, isSure: false };
  const isSure = next === undefined || next.share < best.share || next.hasId !== best.hasId;
  return { delimiter: best.delimiter, isSure };
}

function tryDelimiter(
  sample: Uint8Array,
  isWhole: boolean,
  dialect: Dialect,
  isHeader: (fields: readonly Uint8Array[]) => boolean,
) {
  const scanner = new RecordScanner(dialect);
  let fields = 0;
  let hasId = false;
  let records = 0;
  let alike = 0;
  for (let at = 0; at < sample.length; ) {
    const next = scanner.next(sample, at, sample.length, isWhole);
    if (next === -1) break;
    at = next;
    if (scanner.kind === "blank" || scanner.kind === "comment") continue;
    if (records === 0) {
      fields = scanner.fields;
      hasId = isHeader(scanner.fieldsIn(sample));
    }
    records += 1;
    if (scanner.kind === "row" && scanner.fields === fields) alike += 1;
  }
  return { fields, hasId, share: records === 0 ? 0 : alike / records };
}

/** Whether lines end with \r alone: the first line does. */
export function guessLineEnd(sample: Uint8Array, quote: string): "lf" | "cr" {
  const quoteByte = quote === "" ? -1 : quote.charCodeAt(0);
  let isQuoted = false;
  for (const [at, byte] of sample.entries()) {
    if (byte === quoteByte) isQuoted = !isQuoted;
    else if (!isQuoted && byte === 0x0a) return "lf";
    else if (!isQuoted && byte === 0x0d) return sample[at + 1] === 0x0a ? "lf" : "cr";
  }
  return "lf";
}
