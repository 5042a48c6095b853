import type { StartedBy } from "../ledger/events.ts";
import type { InstalledSchedules } from "./installed.ts";
import type { Daily } from "./next-run.ts";

/** Starts that a schedule of this machine made. */
export const FIRED: readonly StartedBy[] = ["cron", "timer"];
/** Likewise where it is none of this machine's: Kubernetes, a scheduler of the house. */
export const UNATTENDED: readonly StartedBy[] = [...FIRED, "other"];

/**
 * What starts the nights without anybody there, as far as is known: what is installed here, else what has started some; undefined where
 * only persons do. Such a night is missed where it was due and didn't begin, and no other is.
 *
 * @param ways  how nights were started
 * @returns by whose rules a time counts that clocks leave out
 */
export function startsUnattended(
  { installed, strays }: Pick<InstalledSchedules, "installed" | "strays">,
  ways: readonly (StartedBy | null)[],
): Daily["by"] | undefined {
  if (installed.some(({ by }) => by === "timer")) return "timer";
  const isKnown = ways.some((way) => way !== null && UNATTENDED.includes(way));
  return installed.length > 0 || strays.length > 0 || isKnown ? "cron" : undefined;
}
