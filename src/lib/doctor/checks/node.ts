import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { promisify } from "node:util";
import { visible } from "../../cli/visible.ts";
import { findProgram } from "../../source/command/program.ts";
import { isOlder, OLDEST_NODE } from "../../workspace/versions.ts";
import { type Finding, fine, type PlaceCheck, problem, START, warning } from "../check.ts";

const VERSION_MS = 3000;

/** The Node that runs this, and the one that PATH has: churn's own first line asks for that, and cron's PATH is another one than a shell's. */
export const node: PlaceCheck = {
  kind: "place",
  name: "Node",
  stage: START,
  differsBy: "state",
  look: async ({ env }) => [await nodeFinding(process.versions.node, process.execPath, env.PATH)],
};

/**
 * @param version  of the Node that runs, at `path`
 * @param search   PATH
 */
export async function nodeFinding(version: string, path: string, search: string | undefined): Promise<Finding> {
  if (isOlder(version, OLDEST_NODE))
    return problem(`${version}, and churn needs ${OLDEST_NODE} or newer`, {
      exitCode: 2,
      next: `install a newer Node; this one is ${path}`,
    });
  const found = findProgram("node", { folder: "/", path: search });
  if (found === undefined)
    return fine(`${version}, ${path}; PATH (${search ?? ""}) has none: a crontab's line names this one`);
  if (isSame(found, path)) return fine(version);
  const other = await versionOf(found, search);
  const has = `PATH has another one, ${found}${other === undefined ? "" : `, ${other}`}`;
  if (other !== undefined && !isOlder(other, OLDEST_NODE)) return fine(`${version}, ${path}; ${has}`);
  return warning(
    `${version}, ${path}; ${has}, ${other === undefined ? "that doesn't say its version" : `older than ${OLDEST_NODE}`}`,
    `name ${path} before churn's path where cron or a script starts it`,
  );
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** Undefined where it doesn't say it soon, as a Node does. */
async function versionOf(file: string, search = ""): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, ["--version"], { timeout: VERSION_MS, env: { PATH: search } });
    return /^v(\d+\.\d+\.\d+)\s*$/.exec(visible(stdout.trimEnd()))?.[1];
  } catch {
    return undefined;
  }
}
