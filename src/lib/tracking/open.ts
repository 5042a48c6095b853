import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../errors.ts";
import type { Tracking } from "./tracking.ts";

/**
 * Opens tracking and registry as churn.yaml names them: a folder, relative to the workspace or absolute, or a file: URI of
 * one. Nothing is made or asked yet.
 *
 * @throws {UsageError} for any other address
 */
export async function openTracking(config: { readonly uri: string }, workspaceRoot: string): Promise<Tracking> {
  const root = folderOf(config.uri, workspaceRoot);
  const { openFolder } = await import("./folder/folder.ts");
  return openFolder(root);
}

function folderOf(uri: string, workspaceRoot: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === "file") return fileFolder(uri);
  // "databricks" is an address of MLflow's without a colon. The address itself may hold a password: it isn't shown.
  if (scheme === undefined && uri !== "databricks") return resolve(workspaceRoot, uri);
  throw new UsageError(
    `tracking.uri: churn can't use a ${scheme ?? uri} address, only a folder or an absolute file: URI`,
    "set it to a folder such as mlruns: churn config shows where the value comes from",
  );
}

function fileFolder(uri: string): string {
  // file:mlruns would mean /mlruns.
  if (/^file:\//i.test(uri)) {
    try {
      return fileURLToPath(uri);
    } catch {
      // a host, or an encoded slash: told below
    }
  }
  throw new UsageError(
    `tracking.uri: ${uri} is no absolute file: URI on this machine (file:///srv/mlruns is one)`,
    "a folder relative to the workspace is written plainly: mlruns",
  );
}
