import { join } from "node:path";
import * as z from "zod";
import type { Cache } from "../../cache/cache.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import { readWithin } from "../../files/within.ts";

/** An object as it was once fetched: where the bucket says the same ETag, it has the same bytes. */
export interface KnownObject {
  readonly server: string;
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

/** What is known of a bucket's objects from earlier nights, for as long as nobody deletes .churn/cache. */
export interface KnownObjects {
  find(key: string, etag: string): KnownObject | undefined;
  add(object: Pick<KnownObject, "key" | "etag" | "size_bytes" | "sha256">): void;
  /** Writes it down, where something was added. */
  save(): Promise<void>;
}

const NAME = "source-objects.json";
/** As many as some years of daily files; of more the oldest are forgotten. */
const MOST = 10_000;

const form = z.array(
  z.strictObject({
    server: z.string(),
    bucket: z.string(),
    key: z.string(),
    etag: z.string(),
    size_bytes: z.int(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

/** @param place.server  where the bucket is: another server may have one of that name */
export function openKnownObjects(
  { folder }: Pick<Cache, "folder">,
  place: Pick<KnownObject, "server" | "bucket">,
): KnownObjects {
  const path = join(folder, NAME);
  const known = new Map(readKnown(folder, path).map((object) => [idOf(object), object]));
  let added = 0;
  return {
    find: (key, etag) => {
      const found = known.get(idOf({ ...place, key }));
      return found?.etag === etag ? found : undefined;
    },
    add: ({ key, etag, size_bytes, sha256 }) => {
      const object = { ...place, key, etag, size_bytes, sha256 };
      // The newest stand last.
      known.delete(idOf(object));
      known.set(idOf(object), object);
      added += 1;
    },
    save: async () => {
      if (added === 0) return;
      const kept = [...known.values()].slice(-Math.max(MOST, added));
      added = 0;
      await writeFileAtomic(path, `${JSON.stringify(kept)}\n`, { syncFolder: false });
    },
  };
}

function idOf({ server, bucket, key }: Pick<KnownObject, "server" | "bucket" | "key">): string {
  return JSON.stringify([server, bucket, key]);
}

/** What can't be read is nothing that was known: objects are fetched once more then. */
function readKnown(folder: string, path: string): readonly KnownObject[] {
  try {
    return form.parse(JSON.parse(readWithin(folder, path, "stored").toString("utf8")));
  } catch {
    return [];
  }
}
