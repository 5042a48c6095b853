import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";

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

/** The fingerprint of a file that is there. */
export async function fingerprintOf(path: string): Promise<Fingerprint> {
  const { size } = statSync(path);
  if (size <= AT_ONCE_BYTES) {
    const bytes = readFileSync(path);
    return { size_bytes: bytes.length, sha256: sha256(bytes) };
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: AT_ONCE_BYTES }), hash);
  return { size_bytes: size, sha256: hash.digest("hex") };
}
