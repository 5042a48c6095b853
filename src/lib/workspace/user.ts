import { userInfo } from "node:os";

/** The user's name as the system knows it; its number where the system has none (some containers). */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}
