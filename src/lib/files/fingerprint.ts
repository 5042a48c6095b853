import { createHash } from "node:crypto";
import { closeSync, createReadStream } from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { openWithin, readSize } from "./within.ts";

/** Size and content of a file. */
export interface Fingerprint {
  readonly size_bytes: number;
  readonly sha256: string;
}

/** SHA-256 of text or bytes, in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** So much is read at once; a larger file in parts, so that signals and the supervisor's pipe are heard meanwhile. */
const AT_ONCE_BYTES = 1 << 20;

/**
 * The fingerprint of a file that is there.
 *
 * @param root  the folder that links must not leave
 * @throws as `openWithin`
 */
export async function fingerprintOf(path: string, root: string = dirname(path)): Promise<Fingerprint> {
  const { fd, size } = openWithin(root, path);
  try {
    if (size <= AT_ONCE_BYTES) {
      const bytes = readSize(fd, size);
      return { size_bytes: bytes.length, sha256: sha256(bytes) };
    }
    const hash = createHash("sha256");
    await pipeline(
      createReadStream("", { fd, autoClose: false, start: 0, end: size - 1, highWaterMark: AT_ONCE_BYTES }),
      hash,
    );
    return { size_bytes: size, sha256: hash.digest("hex") };
  } finally {
    closeSync(fd);
  }
}
