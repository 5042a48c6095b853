import { resolve } from "node:path";
import { openFolderStore } from "./folder.ts";
import type { Store } from "./store.ts";

/**
 * Opens the store that churn.yaml names. Nothing is made or asked yet.
 *
 * @param address  `store` of churn.yaml: a folder, relative to the workspace
 * @param root     the workspace's folder
 */
export function openStore(address: string, root: string): Store {
  return openFolderStore(resolve(root, address));
}
