import { type Cache, cacheError } from "../../cache/cache.ts";
import type { Bucket, Listed } from "../../s3/bucket.ts";
import type { SourceObject } from "../source.ts";
import type { KnownObjects } from "./known-objects.ts";

/** So many objects are on their way at once. */
const AT_ONCE = 8;

/** An object, and where its copy lies. */
export interface FetchedObject extends SourceObject {
  readonly path: string;
}

/**
 * Brings objects into the cache, as they were listed; what is there already isn't fetched again.
 *
 * @returns in the order in which they are given; undefined when one of them is no longer what was listed
 * @throws as `Bucket.download`
 */
export async function fetchObjects(
  bucket: Bucket,
  objects: readonly Listed[],
  cache: Cache,
  known: KnownObjects,
): Promise<readonly FetchedObject[] | undefined> {
  const fetched = new Map<string, FetchedObject>();
  let goesOn = true;
  const queue = objects.values();
  const workers = Array.from({ length: Math.min(AT_ONCE, objects.length) }, async () => {
    for (const object of queue) {
      if (!goesOn) return;
      try {
        const found = (await inCache(object)) ?? (await download(object));
        if (found === undefined) goesOn = false;
        else fetched.set(object.key, found);
      } catch (error) {
        goesOn = false;
        throw error;
      }
    }
  });
  const failed = (await Promise.allSettled(workers)).find((end) => end.status === "rejected");
  // What came whole needn't come again, whatever befell another one.
  await known.save();
  if (failed !== undefined) throw failed.reason;
  return goesOn ? objects.flatMap(({ key }) => fetched.get(key) ?? []) : undefined;

  async function inCache({ key, etag, size_bytes }: Listed): Promise<FetchedObject | undefined> {
    const found = known.find(key, etag);
    if (found === undefined || found.size_bytes !== size_bytes) return undefined;
    const path = await cache.find({ sha256: found.sha256, name: key });
    return path === undefined ? undefined : { key, size_bytes, sha256: found.sha256, path };
  }

  async function download({ key, etag, size_bytes: size }: Listed): Promise<FetchedObject | undefined> {
    using held = cache.begin();
    const got = await bucket.download(key, held.path, etag).catch((error: unknown) => {
      throw cacheError(error, held.path);
    });
    // A server that ignores the condition gives another object's bytes.
    if (got === undefined || got.etag !== etag || got.size_bytes !== size) return undefined;
    const { size_bytes, sha256 } = got;
    const path = cache.keep(held.path, { sha256, name: key });
    // What the bytes alone say they may have said otherwise than they lie there.
    if (got.isProved) known.add({ key, etag, size_bytes, sha256 });
    return { key, size_bytes, sha256, path };
  }
}
