import { readFileSync, statSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { expandHome, homeFolder } from "./home.ts";
import { errorCode } from "./machine-error.ts";
import { pathFrom } from "./path-from.ts";

/** Bytes of certificates: all authorities of a browser take a fifth of a mebibyte. */
const LARGEST_PEM = 2 ** 24;

/** Where a path that somebody wrote begins. */
export interface PemPlace {
  /** the workspace's folder: relative paths start there */
  readonly root: string;
  /** HOME, for ~ */
  readonly home: string | undefined;
}

/**
 * The text of a file of certificates or of a key.
 *
 * @param named  its path as somebody wrote it
 * @param name   who names it, for sentences: "sslrootcert"
 * @throws {UsageError} when it isn't there, can't be read, or is no PEM file
 */
export function readPem(named: string, name: string, { root, home }: PemPlace): string {
  const path = pathFrom(
    root,
    expandHome(named, () => homeFolder(home)),
  );
  const text = readText(path, name);
  if (text.includes("-----BEGIN ")) return text;
  throw new UsageError(`${name} names ${path}, which is no PEM file`, `ls -l ${path}`);
}

function readText(path: string, name: string): string {
  try {
    const file = statSync(path);
    // A device has no end, and a pipe waits for a writer.
    return !file.isFile() || file.size > LARGEST_PEM ? "" : readFileSync(path, "utf8");
  } catch (cause) {
    const code = errorCode(cause);
    throw new UsageError(
      `${name} names ${path}, which ${code === "ENOENT" ? "is not there" : `can't be read (${code})`}`,
      "mend the path, or leave it out",
      { cause },
    );
  }
}
