import { distance } from "fastest-levenshtein";

/**
 * How many slips apart two names are: letters put in, left out or changed (Levenshtein), two of them if they stand in each
 * other's place (trian, train), which is one slip of the hand.
 */
export function slipsBetween(a: string, b: string): number {
  const apart = distance(a, b);
  return apart === 2 && a.length === b.length && sortedLetters(a) === sortedLetters(b) ? 1 : apart;
}

/**
 * The name that was probably meant: at most a third of its letters are slips, or it is the only one that begins with what
 * was written (churn, churned).
 */
export function closest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const apart = slipsBetween(wanted, candidate.toLowerCase());
    if (best === undefined || apart < best.distance) best = { name: candidate, distance: apart };
  }
  if (best !== undefined && best.distance <= Math.max(1, Math.floor(name.length / 3))) return best.name;
  const longer = wanted.length < 3 ? [] : [...known].filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  return longer.length === 1 ? longer[0] : undefined;
}

function sortedLetters(text: string): string {
  return [...text].sort().join("");
}

/** "did you mean total_charges?", or else the names that exist: "there are a, b, c". */
export function suggestion(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (known.length === 0) return "there are none";
  const shown = known.slice(0, 12).join(", ");
  return known.length > 12 ? `there are ${shown} and ${known.length - 12} more` : `there are ${shown}`;
}
