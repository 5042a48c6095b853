import { join } from "node:path";
import type { Config } from "../config/schema.ts";
import { HeldError } from "../errors.ts";
import { clearAllLeftovers } from "../files/unfinished.ts";
import { renewEditorSchema } from "../init/editor-schema.ts";
import type { OnWait } from "../store/store.ts";
import { keepStore, requireKnownStore } from "./known-store.ts";
import { acquireLock } from "./lock.ts";
import { inWallClock } from "./timezone.ts";
import type { Workspace } from "./workspace.ts";

/** A workspace and its store while this process alone may write to them. */
export interface HeldWorkspace {
  readonly workspaceId: string;
  /** descriptors that a child inherits: nobody else gets in as long as one of them lives */
  readonly lockFds: readonly number[];
  /** Says in the locks at which stage the run is, for those who are turned away. */
  at(stage: string): void;
}

/**
 * Does the work of a run while nobody else writes to the workspace, or to its store from another folder: two folders on one
 * store are one workspace.
 *
 * @param purpose  what is done, for those who are turned away: "run-all of 2026-11-23"
 * @param onWait   hears of another run that may live, while that is found out
 * @param tidy     that work which fails leaves nothing unfinished: the next holder need not know of it
 * @param adopt    takes the store that churn.yaml names whatever the folder has worked with
 * @throws {HeldError} when another run has either of them
 * @throws {UsageError} when churn.yaml names another store than the one that the folder has worked with
 */
export async function holdWorkspace<T>(
  workspace: Pick<Workspace, "root" | "store" | "redact"> & { readonly config: Pick<Config, "timezone"> },
  purpose: string,
  work: (held: HeldWorkspace) => Promise<T>,
  how: Holding = {},
): Promise<T> {
  try {
    return await hold(workspace, purpose, work, how);
  } catch (error) {
    throw byClocksOf(workspace.config, error);
  }
}

interface Holding {
  readonly adopt?: boolean;
  readonly tidy?: boolean;
  readonly onWait?: OnWait;
}

async function hold<T>(
  workspace: Pick<Workspace, "root" | "store" | "redact">,
  purpose: string,
  work: (held: HeldWorkspace) => Promise<T>,
  { adopt = false, tidy = false, onWait }: Holding,
): Promise<T> {
  const { root, store, redact } = workspace;
  // It stands in the lock files, as it was typed.
  const shown = redact(purpose);
  const own = join(root, ".churn");
  const lock = await acquireLock(join(own, "lock"), root, shown);
  let inOrder = false;
  try {
    if (lock.wasLeft) clearAllLeftovers(own);
    inOrder = tidy;
    // Before anything is made in a place that may be mistyped.
    if (!adopt) await requireKnownStore(workspace);
    const storeFds = await store.begin(shown, onWait).catch((error: unknown) => {
      // A run that is turned away has begun nothing, and leaves nothing.
      inOrder = error instanceof HeldError;
      throw error;
    });
    try {
      const workspaceId = await keepStore(workspace);
      await renewEditorSchema(root);
      const at = (stage: string) => {
        const doing = `${shown}, at ${stage}`;
        lock.note(doing);
        store.note(doing);
      };
      const result = await work({ workspaceId, lockFds: [lock.fd, ...storeFds], at });
      inOrder = true;
      return result;
    } finally {
      await store.end(inOrder);
    }
  } finally {
    lock.release(inOrder);
  }
}

/** The lock's file, and the lease, which the first write takes, say in UTC since when; whoever is turned away reads it by the workspace's clocks. */
function byClocksOf({ timezone }: Pick<Config, "timezone">, error: unknown): unknown {
  if (!(error instanceof HeldError)) return error;
  return new HeldError(inWallClock(error.message, timezone), error.hint, { cause: error.cause });
}
