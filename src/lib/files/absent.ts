import { unlinkSync } from "node:fs";
import { errorCode } from "./machine-error.ts";

/** What a call on a file returns, or undefined when there is no such file or folder. */
export async function orUndefined<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Removes a file; one that isn't there is fine. Not by rmSync, whose errors have no code on Node 24. */
export function removeFileSync(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
