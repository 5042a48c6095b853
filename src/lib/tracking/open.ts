import { requireFolder } from "../files/address.ts";
import type { Tracking } from "./tracking.ts";

/**
 * Opens tracking and registry as churn.yaml names them: a folder, relative to the workspace or absolute, or a file: URI of
 * one. Nothing is made or asked yet.
 *
 * @throws {UsageError} for any other address, a file's among them
 */
export async function openTracking(config: { readonly uri: string }, workspaceRoot: string): Promise<Tracking> {
  const root = requireFolder(config.uri, "tracking.uri", workspaceRoot);
  const { openFolder } = await import("./folder/folder.ts");
  return openFolder(root);
}
