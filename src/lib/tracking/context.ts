import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { userName } from "../workspace/user.ts";
import { mlflowTags } from "./tags.ts";
import type { Tracking } from "./tracking.ts";

interface Variables {
  get(name: string): string | undefined;
}

const GIT_MS = 2000;

/**
 * The same tracking, whose runs say by whom, by which program and at which commit of the workspace's repository they were
 * made: what MLflow's own clients add to each run.
 *
 * @param root  the workspace's folder
 * @see https://mlflow.org/docs/latest/ml/tracking/tracking-api/#system-tags
 */
export function withContext(tracking: Tracking, root: string, environment: Variables): Tracking {
  return {
    ...tracking,
    createRun: async (run) => {
      const commit = await commitOf(root, environment);
      return await tracking.createRun({
        ...run,
        tags: {
          [mlflowTags.user]: userName(),
          [mlflowTags.sourceName]: "churn",
          [mlflowTags.sourceType]: "LOCAL",
          ...(commit === undefined ? {} : { [mlflowTags.gitCommit]: commit }),
          ...run.tags,
        },
      });
    },
  };
}

/** The commit that a folder's repository is at; undefined where it is in none, or there is no git. */
async function commitOf(root: string, { get }: Variables): Promise<string | undefined> {
  const env = { PATH: get("PATH") ?? "/usr/local/bin:/usr/bin:/bin", HOME: get("HOME") ?? "/" };
  try {
    const { stdout } = await promisify(execFile)("git", ["-C", root, "rev-parse", "HEAD"], { timeout: GIT_MS, env });
    return /^[0-9a-f]{40,64}$/.exec(stdout.trim())?.[0];
  } catch {
    return undefined;
  }
}
