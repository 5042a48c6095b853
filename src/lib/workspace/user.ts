import { userInfo } from "node:os";

/** The user's name as the system knows it; its number where the system has none (some containers). */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

/** The user's home folder as the system knows it, whatever HOME says; undefined where the system has no such user. */
export function userHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** Who does what has to be answered for: behind sudo the person as well as the user that they act as. */
export function personName(env: Readonly<Record<string, string | undefined>>): string {
  const user = userName();
  const person = env.SUDO_USER?.trim();
  return person === undefined || person === "" || person === user ? user : `${person} (as ${user})`;
}
