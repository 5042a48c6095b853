import { whole } from "../../cli/numbers.ts";
import type { Finding } from "./gate.ts";

/** A list for people, cut: the first ones, and how many more. */
export function someOf(items: readonly string[], shown = 3): string {
  const rest = items.length - shown;
  return rest > 0 ? `${items.slice(0, shown).join(", ")} and ${whole(rest)} more` : items.join(", ");
}

/** The finding of a gate that holds where there is nothing to list. */
export function noneOf(found: readonly string[], limit: string): Finding {
  const holds = found.length === 0;
  return { holds, observed: found.length, limit, detail: holds ? undefined : someOf(found) };
}
