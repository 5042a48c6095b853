import { dirname } from "node:path";
import { contains, requireFolderWithin } from "../../files/within.ts";

/** The folders in MLflow's layout that this process has opened. Nothing in one is reached by a link that leads out of it. */
const roots = new Set<string>();

/** @param root  absolute path of a folder in MLflow's layout, there or not */
export function knowTree(root: string): void {
  roots.add(root);
}

/** The tree that a path lies in, as its root's path; for a path in none of them its own folder. */
export function treeOf(path: string): string {
  for (const root of roots) if (contains(root, path)) return root;
  return dirname(path);
}

/**
 * Refuses to make, replace or remove what lies behind a link out of the tree.
 *
 * @param shelter  where it lies until it is whole
 * @throws {ServiceError} when it does
 */
export function requirePlaceInTree(target: string, shelter?: string): void {
  requireFolderWithin(treeOf(target), dirname(target));
  if (shelter !== undefined) requireFolderWithin(treeOf(target), shelter);
}
