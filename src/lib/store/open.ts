import { requireFolder } from "../files/address.ts";
import { openFolderStore } from "./folder.ts";
import type { Store } from "./store.ts";

/**
 * Opens the store that churn.yaml names. Nothing is made or asked yet.
 *
 * @param address  `store` of churn.yaml: a folder, relative to the workspace, or a file: URI of one
 * @param root     the workspace's folder
 * @throws {UsageError} for any other address, a file's among them
 */
export function openStore(address: string, root: string): Store {
  return openFolderStore(requireFolder(address, "store", root));
}
