import { InputError } from "../errors.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion } from "../tracking/tracking.ts";
import { type Night, parseNight } from "../workspace/night.ts";
import type { ComparisonReport } from "./report.ts";

/**
 * What makes the date's night an older one, as the start of a sentence; undefined when nothing does.
 *
 * @param date        YYYY-MM-DD
 * @param later       the newest decided night of a later date
 * @param production  the version in Production: its tag says of which night it is
 */
export function newerThan(
  date: string,
  later: Night | undefined,
  production: Pick<ModelVersion, "version" | "tag"> | undefined,
): string | undefined {
  if (later !== undefined) return `The night of ${later.name} is decided already`;
  const night = parseNight(production?.tag(tags.night) ?? "");
  if (production === undefined || night === undefined || night.date <= date) return undefined;
  return `Version ${production.version} in production is of ${night.name}`;
}

/**
 * A verdict holds as long as its night is not overtaken.
 *
 * @throws {InputError} when a later night was decided since compare judged this one
 */
export function requireStillNewest(
  { outcome }: Pick<ComparisonReport, "outcome">,
  later: Night | undefined,
  date: string,
): void {
  if (later === undefined || outcome === "older_night") return;
  throw new InputError(
    `the night of ${later.name} was decided since compare judged that of ${date}`,
    `churn compare --date ${date}`,
  );
}
