import { shellWord } from "../cli/shell.ts";

/** Where MLflow's own pages are: at a server's address, or behind a command that serves the folder. */
export type MlflowPages =
  | { readonly url: string; readonly command: null }
  | { readonly url: null; readonly command: string };

/**
 * How to open MLflow's pages. From 3.13 on MLflow opens a folder only where MLFLOW_ALLOW_FILE_STORE says so; older ones take no
 * notice of it.
 *
 * @param uri  of the tracking: a folder's path, or a server's address
 */
export function mlflowPages(uri: string): MlflowPages {
  if (/^https?:\/\//i.test(uri)) return { url: uri, command: null };
  return { url: null, command: `MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri ${shellWord(uri)}` };
}
