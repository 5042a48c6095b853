/** A part of a text. */
export interface Span {
  readonly from: number;
  /** where the rest begins */
  readonly to: number;
}

/** So many letters decide whether a place is looked at any closer, and whether a long value is compared as a whole. */
const EDGE = 12;
/** Within a longer value no other one is looked for: one letter repeated 60,000 times would be found at each of them. */
const LONG = 256;

const ENDS_IN_WORD = /[\p{L}\p{N}]$/u;
const BEGINS_WITH_WORD = /^[\p{L}\p{N}]/u;

/**
 * Makes a function that finds values in a text, all in one pass: at each place they are looked up by their first letters and
 * their lengths, however many there are.
 *
 * @param values         what is looked for; empty ones are not
 * @param options.alone  only where no letter or digit adjoins
 * @returns              spans in order, none of which overlap: values that do are one span
 */
export function findValues(values: Iterable<string>, { alone = false } = {}): (text: string) => readonly Span[] {
  const longestFirst = [...new Set(values)].filter((value) => value !== "").sort((a, b) => b.length - a.length);
  const size = Math.min(EDGE, longestFirst.at(-1)?.length ?? EDGE);
  const firstLetters = new Set(longestFirst.map((value) => value.charCodeAt(0)));
  const byEdge = new Map<string, Alike>();
  for (const value of longestFirst) {
    const edge = value.slice(0, size);
    const alike = byEdge.get(edge) ?? { long: [], short: new Map<number, Set<string>>() };
    byEdge.set(edge, alike);
    if (value.length > LONG) alike.long.push(value);
    else alike.short.set(value.length, (alike.short.get(value.length) ?? new Set<string>()).add(value));
  }

  return (text) => {
    const spans: { from: number; to: number }[] = [];
    for (let from = 0; from + size <= text.length; from += 1) {
      if (!firstLetters.has(text.charCodeAt(from))) continue;
      const alike = byEdge.get(text.slice(from, from + size));
      const to = alike && endsAt(alike, text, from).find((end) => !(alone && adjoins(text, from, end)));
      if (to === undefined) continue;
      const last = spans.at(-1);
      if (last === undefined || last.to <= from) spans.push({ from, to });
      else last.to = Math.max(last.to, to);
      if (to - from > LONG) from = to - 1;
    }
    return spans;
  };
}

/** Values with the same first letters, longest first. */
interface Alike {
  readonly long: string[];
  readonly short: Map<number, Set<string>>;
}

/** Where the values that begin at a place end, the longest first. */
function endsAt({ long, short }: Alike, text: string, from: number): number[] {
  const ends = long.filter((value) => isAt(text, value, from)).map(({ length }) => from + length);
  for (const [length, values] of short) if (values.has(text.slice(from, from + length))) ends.push(from + length);
  return ends;
}

/** The end first: a text of which a value is nearly a part differs there. */
function isAt(text: string, value: string, from: number): boolean {
  return text.startsWith(value.slice(-EDGE), from + value.length - EDGE) && text.startsWith(value, from);
}

function adjoins(text: string, from: number, to: number): boolean {
  return ENDS_IN_WORD.test(text.slice(Math.max(0, from - 2), from)) || BEGINS_WITH_WORD.test(text.slice(to, to + 2));
}
