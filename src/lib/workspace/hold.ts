import { join } from "node:path";
import { renewEditorSchema } from "../init/editor-schema.ts";
import { requireKnownStore } from "./known-store.ts";
import { acquireLock } from "./lock.ts";
import type { Workspace } from "./workspace.ts";

/** A workspace and its store while this process alone may write to them. */
export interface HeldWorkspace {
  readonly workspaceId: string;
  /** descriptors that a child inherits: nobody else gets in as long as one of them lives */
  readonly lockFds: readonly number[];
}

/**
 * Does the work of a run while nobody else writes to the workspace, or to its store from another folder: two folders on one
 * store are one workspace.
 *
 * @param purpose  what is done, for those who are turned away: "run-all of 2026-11-23"
 * @param identify how the store's id is found; by default a store of another id is refused
 * @throws {TryLaterError} when another run has either of them
 * @throws {UsageError} when churn.yaml names another store than the one that the folder has worked with
 */
export async function holdWorkspace<T>(
  workspace: Pick<Workspace, "root" | "store">,
  purpose: string,
  work: (held: HeldWorkspace) => Promise<T>,
  identify = requireKnownStore,
): Promise<T> {
  const { root, store } = workspace;
  const lock = await acquireLock(join(root, ".churn", "lock"), root, purpose);
  try {
    const storeFds = await store.begin(purpose);
    try {
      const workspaceId = await identify(workspace);
      await renewEditorSchema(root);
      return await work({ workspaceId, lockFds: [lock.fd, ...storeFds] });
    } finally {
      await store.end();
    }
  } finally {
    lock.release();
  }
}
