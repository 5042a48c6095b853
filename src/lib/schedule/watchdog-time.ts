import type { Config } from "../config/schema.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What comes at the last minute has come in time. */
const AFTER_MINUTES = 5;
const DAY_MINUTES = 24 * 60;
/** Where nights have no deadline: when people come to look. */
const DEFAULT_BY = "09:00";

/** When the watchdog looks, HH:MM by the workspace's clocks: a few minutes after the deadline. */
export function watchdogTime({ by }: Config["watchdog"]): string {
  const [hours = 0, minutes = 0] = (by ?? DEFAULT_BY).split(":").map(Number);
  const at = (hours * 60 + minutes + AFTER_MINUTES) % DAY_MINUTES;
  return [Math.floor(at / 60), at % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Whether somebody has asked for a watchdog: has set any of its keys. */
export function isWatched(origins: Workspace["loaded"]["origins"]): boolean {
  return [...origins].some(([key, { kind }]) => key.startsWith("watchdog.") && kind !== "default");
}
