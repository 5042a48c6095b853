import { distance } from "fastest-levenshtein";

/** The name that was probably meant: at most a third of its letters differ. */
export function closest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const apart = distance(wanted, candidate.toLowerCase());
    if (best === undefined || apart < best.distance) best = { name: candidate, distance: apart };
  }
  return best !== undefined && best.distance <= Math.max(1, Math.floor(name.length / 3)) ? best.name : undefined;
}

/** "did you mean total_charges?", or else the names that exist: "there are a, b, c". */
export function suggestion(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (known.length === 0) return "there are none";
  const shown = known.slice(0, 12).join(", ");
  return known.length > 12 ? `there are ${shown} and ${known.length - 12} more` : `there are ${shown}`;
}
