import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { UsageError } from "../errors.ts";

/** What a scheduler starts, every path absolute: it knows no folder to begin in, and nothing of a shell's PATH. */
export interface Start {
  readonly node: string;
  /** the program's file */
  readonly program: string;
  /** the workspace's folder */
  readonly root: string;
  /** variables that it is given, in their order */
  readonly variables: Readonly<Record<string, string>>;
}

/** Where programs of all users lie; a scheduler's own list lacks the first. */
const PLAIN_PATH = ["/usr/local/bin", "/usr/bin", "/bin"];

/**
 * What starts churn in a workspace as this process was started: the same Node, the same program. Its PATH is the same in every
 * shell; the folder of the program in source.command stands before it, where that is found here by its name alone.
 *
 * @param env      the variables of this process: PATH, and NODE_EXTRA_CA_CERTS, which Node reads before anybody reads .env
 * @param command  source.command of churn.yaml
 * @throws {UsageError} for a path that no line can hold
 */
export function startOf({
  node,
  program,
  root,
  env,
  command,
}: {
  readonly node: string;
  readonly program: string;
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly command: readonly string[] | undefined;
}): Start {
  const folder = command?.[0] === undefined ? undefined : folderInPath(command[0], env.PATH);
  const path = [...new Set([...(folder === undefined ? [] : [folder]), ...PLAIN_PATH])].join(":");
  const { NODE_EXTRA_CA_CERTS: authorities } = env;
  const variables = {
    PATH: path,
    ...(authorities !== undefined && isAbsolute(authorities) ? { NODE_EXTRA_CA_CERTS: authorities } : {}),
  };
  for (const text of [node, program, root, ...Object.values(variables)]) {
    if (/\p{Cc}/u.test(text))
      throw new UsageError(
        `${JSON.stringify(text)} has a control character, which no line of a crontab or a unit can have`,
        "give the folder another name",
      );
  }
  return { node, program, root, variables };
}

/** The folder of PATH that a program is found in; undefined where its own words say where it lies, or it isn't there. */
export function folderInPath(program: string, path: string | undefined): string | undefined {
  if (program.includes("/")) return undefined;
  return path?.split(":").find((folder) => isAbsolute(folder) && isProgram(join(folder, program)));
}

/** Whether this user may run a file. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
