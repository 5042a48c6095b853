import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { sha256 } from "../../files/fingerprint.ts";
import { makeFolder } from "../../files/folders.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import { holdUnfinished } from "../../files/unfinished.ts";

const known = z.object({
  etag: z.string(),
  size_bytes: z.int().nonnegative(),
  modified: z.string(),
  /** where it was found out */
  sha256: z.string().optional(),
  /** true where the bytes alone say the digest, which may have come otherwise than they lie there: it holds for this session */
  is_unproved: z.boolean().optional(),
});
export type Known = z.infer<typeof known>;

const scope = z.object({
  session: z.string(),
  /** whether a key that isn't among them isn't there */
  complete: z.boolean(),
  /** by key; null for one that isn't there */
  objects: z.record(z.string(), known.nullable()),
});

/** What is known of the keys below a prefix. */
export interface Scope {
  readonly complete: boolean;
  readonly objects: Readonly<Record<string, Known | null>>;
}

const NOTHING: Scope = { complete: false, objects: {} };

/**
 * What the processes of a run know of a bucket, so that none of them asks what another has asked. It holds for a session: as long as
 * nobody else may write there. Of what earlier sessions knew only the digests are of use, by their ETags.
 */
export interface Mirror {
  read(session: string, prefix: string): Scope;
  /** Adds to what is known: at once, so that no other work of this process comes between. */
  update(session: string, prefix: string, change: (before: Scope) => Scope): void;
  /** The digests that objects had, by their ETags: a look at the disk for all of a prefix. */
  digests(prefix: string): (key: string, etag: string) => string | undefined;
}

/**
 * On the disk, a file for each prefix: for a run and its stages' processes.
 *
 * @param folder  in the cache: what is missing or damaged is asked for again
 */
export function openMirror(folder: string): Mirror {
  const place = (prefix: string) => join(folder, `${sha256(prefix)}.json`);
  const load = (prefix: string) => {
    try {
      return scope.parse(JSON.parse(readFileSync(place(prefix), "utf8")));
    } catch {
      return undefined;
    }
  };
  return {
    read: (session, prefix) => {
      const found = load(prefix);
      return found?.session === session ? found : NOTHING;
    },
    update: (session, prefix, change) => {
      const found = load(prefix);
      const earlier = found?.objects ?? {};
      const { complete, objects } = change(found?.session === session ? found : NOTHING);
      const content = { session, complete, objects: withDigests(objects, earlier) };
      makeFolder(folder);
      // Not synced: half of a file is no JSON, and is asked for again.
      using unfinished = holdUnfinished({ folder, stem: "known" });
      try {
        writeFileSync(unfinished.path, JSON.stringify(content), { mode: 0o600, flag: "wx" });
        renameSync(unfinished.path, place(prefix));
      } catch (error) {
        // Deleted this very moment, with all that was known: then it is asked for again.
        if (errorCode(error) !== "ENOENT") throw machineError(error, place(prefix));
      }
    },
    digests: (prefix) => {
      const objects = load(prefix)?.objects ?? {};
      return (key, etag) => {
        const found = objects[key];
        return found?.etag === etag && found.is_unproved !== true ? found.sha256 : undefined;
      };
    },
  };
}

/** In this process alone: for who only looks, beside a run perhaps. Digests are those that runs have left on the disk. */
export function openMemory(left: Pick<Mirror, "digests">): Mirror {
  const scopes = new Map<string, Scope>();
  return {
    read: (_, prefix) => scopes.get(prefix) ?? NOTHING,
    update: (_, prefix, change) => {
      const before = scopes.get(prefix) ?? NOTHING;
      scopes.set(prefix, change(before));
    },
    digests: left.digests,
  };
}

function withDigests(objects: Scope["objects"], earlier: Scope["objects"]): Scope["objects"] {
  return Object.fromEntries(
    Object.entries(objects).map(([key, found]) => {
      const before = earlier[key];
      if (found === null || found.sha256 !== undefined) return [key, found];
      if (before?.etag !== found.etag || before.is_unproved === true) return [key, found];
      return [key, { ...found, ...(before.sha256 === undefined ? {} : { sha256: before.sha256 }) }];
    }),
  );
}
