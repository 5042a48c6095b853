import { visible } from "../../cli/visible.ts";
import { ServiceError } from "../../errors.ts";
import { sha256 } from "../../files/fingerprint.ts";
import { SIZE_LIMITS } from "../../files/size-limits.ts";
import type { Bucket, Listed } from "../../s3/bucket.ts";
import { inOrder, MOST_BYTES, MOST_FILES, mlmodelApart, tooMuch } from "../model-files.ts";
import { liesNowhere } from "./artifact-url.ts";
import { inTurns } from "./in-turns.ts";

/** Artifacts of a server that hands out addresses of a bucket: they go there straight, as MLflow's own clients do it. */

/** Files at a time. */
const AT_ONCE = 8;

/** A folder of a bucket. Its name is what MLflow's client makes of an address: as it is written there, blanks and percent signs too. */
export interface BucketFolder {
  readonly bucket: Bucket;
  /** without slashes around it; "" for the whole bucket */
  readonly prefix: string;
  /** s3://…, as the server says it */
  readonly address: string;
}

/** MLmodel last. The bucket's server holds each file to its SHA-256. */
export async function writeBucketFiles(
  { bucket, prefix }: BucketFolder,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const turn of mlmodelApart(files)) {
    await inTurns(turn, AT_ONCE, async ([name, content]) => {
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      await bucket.put(`${beginOf(prefix)}${name}`, { bytes, sha256: sha256(bytes) });
    });
  }
}

/** Bytes of the files below a folder, by their paths there: the server may have no rights to the bucket, who wrote there has. */
export async function bucketSizes({ bucket, prefix }: BucketFolder): Promise<ReadonlyMap<string, number>> {
  const begin = beginOf(prefix);
  const { objects } = await bucket.list(begin);
  return new Map(objects.map(({ key, size_bytes }) => [key.slice(begin.length), size_bytes]));
}

/** All files below a folder, by their paths there, in byte order. Empty where there are none. */
export async function readBucketFiles(folder: BucketFolder): Promise<Map<string, Uint8Array>> {
  const { bucket, address } = folder;
  const listed = await filesOf(folder);
  if (listed.length > MOST_FILES) throw tooMuch(address, `more than ${MOST_FILES} files, which is all that is read`);
  const said = listed.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  if (said > MOST_BYTES) throw tooMuch(address, `${said} bytes, and at most ${MOST_BYTES} are read`);
  const large = listed.find(({ size_bytes }) => size_bytes > SIZE_LIMITS.model);
  if (large !== undefined)
    throw tooMuch(`${address}/${large.path}`, `${large.size_bytes} bytes, and at most ${SIZE_LIMITS.model} are read`);
  const contents = new Map<string, Uint8Array>();
  await inTurns(listed, AT_ONCE, async ({ key, path, etag }) => {
    // Of what was listed, and so of its size.
    const found = await bucket.get(key, etag);
    if (found === undefined)
      throw new ServiceError(
        `${visible(`${address}/${path}`, 300)} was changed or removed while it was read`,
        "run it again when nobody writes there",
      );
    contents.set(path, found.bytes);
  });
  return inOrder(
    contents,
    listed.map(({ path }) => path),
  );
}

/** The objects below a folder, with their paths there. More than a model folder has aren't all listed. */
async function filesOf({ bucket, prefix }: BucketFolder): Promise<readonly (Listed & { readonly path: string })[]> {
  const begin = beginOf(prefix);
  const { objects } = await bucket.list(begin, undefined, MOST_FILES);
  return (
    objects
      // Consoles and file managers mark a folder with an empty object.
      .filter(({ key, size_bytes }) => size_bytes > 0 || !key.endsWith("/"))
      .map((object) => {
        const path = object.key.slice(begin.length);
        if (path.split("/").some((segment) => ["", ".", ".."].includes(segment))) throw liesNowhere(path);
        return { ...object, path };
      })
  );
}

function beginOf(prefix: string): string {
  return prefix === "" ? "" : `${prefix}/`;
}
