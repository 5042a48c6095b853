import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Where the system looks where nobody says: see execvp(3). */
const USUAL_PATH = "/bin:/usr/bin";

interface Where {
  /** where relative paths start */
  readonly folder: string;
  /** PATH */
  readonly path: string | undefined;
}

/**
 * The file of a program, as the system looks for it, without running it.
 *
 * @param name  as a command has it: with a slash in it a path, else a name that is looked for in PATH
 * @throws the system's error: ENOENT where there is none, EACCES where this user may not run it
 */
export function requireProgram(name: string, { folder, path = USUAL_PATH }: Where): string {
  if (name.includes("/")) return requireExecutable(resolve(folder, name));
  let refused: unknown;
  for (const place of path.split(delimiter)) {
    try {
      return requireExecutable(join(resolve(folder, place), name));
    } catch (error) {
      // One that may not be run counts where there is no other one.
      if (refused === undefined || isDenied(error)) refused = error;
    }
  }
  throw refused;
}

/** The same; undefined where there is none that this user may run. */
export function findProgram(name: string, where: Where): string | undefined {
  try {
    return requireProgram(name, where);
  } catch {
    return undefined;
  }
}

function requireExecutable(file: string): string {
  accessSync(file, constants.X_OK);
  if (!statSync(file).isFile()) throw Object.assign(new Error(`${file} is no file`), { code: "EACCES" });
  return file;
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EACCES";
}
