import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** A workspace, and where its store is. */
export interface Place {
  readonly workspace: string;
  /** a folder in which each of the store's keys is a file: the workspace itself, or where a server keeps its buckets */
  readonly store: string;
  /** what a churn process needs beside cron's environment */
  readonly env: Readonly<Record<string, string>>;
}

/** A workspace that is its own store, as it is where churn.yaml names none. */
export function placeOf(workspace: string): Place {
  return { workspace, store: workspace, env: {} };
}

/** Copies on this machine, and what a run tells its stages: made anew, deleted at any time. */
const PASSING = /^\.churn\/(?:cache|session\.json)(?:\/|$)/;

/** All files and folders of a workspace and its store, each by its path in either. */
export async function pathsOf({ workspace, store }: Place): Promise<readonly string[]> {
  const own = (await readdir(workspace, { recursive: true })).filter((path) => !PASSING.test(path));
  if (store === workspace) return own;
  return [...own, ...(await readdir(store, { recursive: true }).catch(() => []))];
}

/** The folders of a place, each once. */
export function rootsOf({ workspace, store }: Place): readonly string[] {
  return [...new Set([workspace, store])];
}

/** Where a key of the store lies as a file. */
export function fileOf({ store }: Place, key: string): string {
  return join(store, key);
}
