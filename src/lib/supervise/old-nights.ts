import { removalLines, unreadableLines } from "../cli/output/gc.ts";
import type { LoadedConfig } from "../config/load.ts";
import { knownError } from "../files/machine-error.ts";
import { collectOld } from "../retention/gc.ts";
import { limitsOf, newestLimit } from "../retention/limits.ts";
import type { Archive } from "../stage/archive.ts";
import { requireKnownRegistry } from "../stage/known-registry.ts";
import { decisionOf } from "../stage/nights.ts";
import type { RunLog } from "../workspace/log.ts";
import { type Night, today } from "../workspace/night.ts";
import type { Services } from "../workspace/services.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { InterruptedError, type Interruption } from "./interruption.ts";

interface GoodNight {
  readonly archive: Archive;
  readonly services: Pick<Services, "tracking">;
  readonly workspace: Pick<Workspace, "root" | "config"> & { readonly loaded: Pick<LoadedConfig, "origins"> };
  readonly night: Night;
  readonly now: Date;
  readonly log: RunLog;
  readonly interruption: Pick<Interruption, "throwIfInterrupted">;
  /** hears why nights stay as they are although they are old */
  readonly onProblem: (problem: string) => void;
}

const REST_HINT = "the night is done; churn gc removes the rest of what is old, and so does the next good night";

/**
 * Removes old nights as the section `retention` says, after a night that is decided. Call it while holding the workspace.
 * Whatever comes of it, the night is a good one.
 *
 * @returns what was removed, for people; nothing where nothing was
 * @throws {InterruptedError} between two removals, as soon as churn is asked to stop
 */
export async function removeOldNights({
  archive,
  services,
  workspace: { root, config, loaded },
  night,
  now,
  log,
  interruption,
  onProblem,
}: GoodNight): Promise<readonly string[]> {
  const limits = limitsOf(undefined, config, now);
  if (newestLimit(limits) === undefined) return [];
  const warn = (problem: string) =>
    log.write({ level: "warn", message: "old nights stay", stage: "run-all", fields: { problem } });
  const tell = (problem: string) => {
    warn(problem);
    onProblem(problem);
  };
  try {
    if ((await decisionOf(archive, night.name)) === undefined) return [];
    // Of a decided night a run may end well with another registry, which knows nothing of what is in production.
    await requireKnownRegistry(archive, { root, settings: config.tracking, origins: loaded.origins });
    const removal = await collectOld({
      archive,
      tracking: services.tracking,
      registry: config.register,
      limits,
      today: today(config.timezone, now),
      root,
      config,
      onStart: () => {},
      goOn: () => interruption.throwIfInterrupted(REST_HINT),
    });
    for (const problem of unreadableLines(removal)) tell(problem);
    if (removal.nights.length === 0 && removal.runs.length === 0) return [];
    const lines = removalLines(removal, { dryRun: false });
    log.write({ level: "info", message: "old nights removed", stage: "run-all", fields: { removed: lines } });
    return lines;
  } catch (error) {
    if (error instanceof InterruptedError) {
      warn(error.message);
      throw error;
    }
    tell(`old nights stay as they are: ${knownError(error)?.message ?? String(error)}`);
    return [];
  }
}
