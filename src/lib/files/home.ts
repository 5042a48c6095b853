import { userInfo } from "node:os";
import { isAbsolute } from "node:path";
import { UsageError } from "../errors.ts";

/** ~, $HOME or ${HOME}, alone or before a slash. */
const HOME = /^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/;

/** What the start of a path has to be, for sentences. */
export const KNOWN_START = "a path that begins with no ~ of another user and no variable but $HOME";

/**
 * Whether a path begins with what a shell would put in and churn doesn't know: another user's ~ or another variable. Taken
 * literally it would be a folder of that name.
 */
export function beginsUnknown(path: string): boolean {
  return /^[~$]/.test(path) && !HOME.test(path);
}

/**
 * A path with ~, $HOME or ${HOME} at its start put in: no shell has seen what stands in a file, in a variable or behind an
 * equals sign.
 *
 * @param home  asked for only where it is needed
 */
export function expandHome(path: string, home: () => string): string {
  const [start] = HOME.exec(path) ?? [];
  return start === undefined ? path : `${home().replace(/\/+$/, "")}${path.slice(start.length)}` || "/";
}

/**
 * The home folder: HOME, or what the system knows of the user where that isn't set (under systemd, say).
 *
 * @throws {UsageError} when neither says
 */
export function homeFolder(variable: string | undefined): string {
  if (variable !== undefined && isAbsolute(variable)) return variable;
  try {
    const { homedir } = userInfo();
    if (isAbsolute(homedir)) return homedir;
  } catch {
    // The system has no such user (some containers).
  }
  throw new UsageError(
    "a path begins with ~ or $HOME, and HOME is no absolute path",
    "set HOME, or write the path out",
  );
}
