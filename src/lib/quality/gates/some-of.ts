import { whole } from "../../cli/numbers.ts";

/** A list for people, cut: the first ones, and how many more. */
export function someOf(items: readonly string[], shown = 3): string {
  const rest = items.length - shown;
  return rest > 0 ? `${items.slice(0, shown).join(", ")} and ${whole(rest)} more` : items.join(", ");
}
