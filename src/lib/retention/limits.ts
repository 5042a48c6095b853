import type { Artifact } from "../artifacts/artifact.ts";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { today } from "../workspace/night.ts";

/** The folders whose files are removed once a night is old, as the section `retention` names them. */
export const AGING = ["raw", "processed", "features", "models"] as const;
export type Aging = (typeof AGING)[number];

/** How long the files of a folder are kept. */
export interface Limit {
  /** for people and removed.json: --keep 30d, retention.raw 30d */
  readonly name: string;
  /** YYYY-MM-DD: nights of earlier dates are old */
  readonly before: string;
}
export type Limits = Readonly<Partial<Record<Aging, Limit>>>;

/**
 * The limits in force.
 *
 * @param keep  --keep, which counts for all folders; without it `retention` does, where nothing is said of a folder it is kept
 */
export function limitsOf(
  keep: string | undefined,
  { retention, timezone }: Pick<Config, "retention" | "timezone">,
  now: Date,
): Limits {
  const limits = AGING.flatMap((folder): [Aging, Limit][] => {
    const duration = keep ?? retention[folder];
    if (duration === undefined) return [];
    const before = today(timezone, new Date(now.getTime() - secondsOf(duration) * 1000));
    const name = keep === undefined ? `retention.${folder} ${duration}` : `--keep ${keep}`;
    return [[folder, { name, before }]];
  });
  return Object.fromEntries(limits);
}

/** The date before which a night is old for one of the folders at least; undefined where everything is kept. */
export function newestLimit(limits: Limits): string | undefined {
  return Object.values(limits)
    .map(({ before }) => before)
    .sort()
    .at(-1);
}

/** The folder in which an artifact gets old; undefined for reports, which are kept. */
export function agingFolder(artifact: Artifact): Aging | undefined {
  if (artifact.kind === "json" || artifact.kind === "result") return undefined;
  return AGING.find((folder) => artifact.key.startsWith(`${folder}/`));
}
