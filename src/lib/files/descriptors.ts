import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

/**
 * Asks whether this process may open so many more files, by opening them.
 *
 * @throws the system's error, EMFILE or ENFILE, when it may not
 */
export function requireRoomForFiles(count: number): void {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync(devNull, "r"));
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
