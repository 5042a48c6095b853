import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Cache, cacheError, KNOWN_FOLDER, openCache } from "../../cache/cache.ts";
import { secondsOf } from "../../config/duration.ts";
import { bytesOf } from "../../config/size.ts";
import { InputError, RESTORE_HINT, ServiceError, TryLaterError } from "../../errors.ts";
import { orUndefined } from "../../files/absent.ts";
import { fingerprintOf, sha256 } from "../../files/fingerprint.ts";
import { errorCode } from "../../files/machine-error.ts";
import { SIZE_LIMITS } from "../../files/size-limits.ts";
import { type S3Address, s3Text } from "../../s3/address.ts";
import { awsCommand } from "../../s3/aws-command.ts";
import type { Body, Bucket, Condition } from "../../s3/bucket.ts";
import { openBucket } from "../../s3/client.ts";
import type { S3Settings } from "../../s3/settings.ts";
import { RUN_ID_VARIABLE } from "../../workspace/run-id.ts";
import { changeOf } from "../change.ts";
import type { Store } from "../store.ts";
import { askedAnew, type Knowledge, openKnowledge } from "./knowledge.ts";
import { type BucketLease, openLease, soleWriter } from "./lease.ts";
import { LEASE_KEY } from "./lease-format.ts";
import { keepsConditions, requireConditions, requireWritable } from "./promises.ts";
import { openSessionFile } from "./session.ts";

/** A store's bucket with all that stands around it. */
interface Parts {
  readonly address: string;
  /** with a slash at its end; "" for the whole bucket */
  readonly prefix: string;
  readonly bucket: Bucket;
  readonly cache: Cache;
  readonly lease: BucketLease;
  readonly settings: S3Settings;
}

/**
 * A bucket as the store: the folder's keys below a prefix. What a run reads and writes lies in a cache on this machine as well, and of the
 * bucket it asks nothing twice, since nobody else writes there meanwhile.
 *
 * @throws {UsageError} for settings that can't be used
 */
export function openBucketStore(place: S3Address, settings: S3Settings): Store {
  const { s3, root } = settings;
  const address = s3Text(place);
  const prefix = place.prefix === "" ? "" : `${place.prefix}/`;
  const bucket = openBucket(place.bucket, settings);
  const cache = openCache(root);
  // The same bucket at another server is another one.
  const identity = `${bucket.server} ${address}`;
  const folder = join(cache.folder, KNOWN_FOLDER, sha256(identity).slice(0, 16));
  const file = openSessionFile(root, identity);
  const isStage = settings.environment.get(RUN_ID_VARIABLE) !== undefined;
  const lease = s3.single_writer
    ? soleWriter(file, isStage)
    : openLease({
        bucket,
        key: `${prefix}${LEASE_KEY}`,
        address,
        removal: awsCommand(settings, ["rm", `${address}/${LEASE_KEY}`]),
        root,
        seconds: secondsOf(s3.lease),
        file,
        isStage,
        requirePromises: async () =>
          requireConditions(
            await keepsConditions(bucket, { prefix, file: join(folder, "promises.json") }),
            bucket,
            address,
          ),
      });
  const parts = { address, prefix, bucket, cache, lease, settings };
  return view(parts, openKnowledge({ bucket, prefix, folder, session: lease.session }), () =>
    view(parts, askedAnew(bucket, prefix), undefined),
  );
}

/**
 * @param thorough  makes the view that takes nothing as known; undefined for that view itself
 */
function view(parts: Parts, known: Knowledge, thorough: (() => Store) | undefined): Store {
  const { address, prefix, bucket, cache, lease, settings } = parts;
  const { s3 } = settings;
  const store: Store = {
    address,
    isLocal: false,
    warmUp: () => bucket.warmUp(),
    requireWritable: () => requireWritable(bucket, { prefix, address, single: s3.single_writer }),
    holder: lease.holder,
    begin: async (purpose, onWait) => {
      await lease.begin(purpose, onWait);
      return [];
    },
    note: lease.note,
    requireHeld: lease.require,
    end: async (inOrder = true) => {
      await lease.end();
      if (inOrder) cache.prune({ keepSeconds: secondsOf(s3.cache.keep), bytes: bytesOf(s3.cache.size) });
    },
    local: async (file) => {
      const change = await changeOf(store, file);
      if (change !== undefined) throw new InputError(`${file.key} ${change}`, RESTORE_HINT);
      const named = { sha256: file.sha256, name: file.key };
      return (await cache.find(named)) ?? (await fetched(file.key, file.sha256)).path;
    },
    stat: async (key) => {
      const found = await known.object(key);
      return found && { size_bytes: found.size_bytes, modified: new Date(found.modified) };
    },
    fingerprint: async (key) => {
      const found = await known.object(key);
      if (found === undefined) return undefined;
      const digest = found.sha256 ?? (await digestOf(key));
      return digest === undefined ? undefined : { size_bytes: found.size_bytes, sha256: digest };
    },
    replace: async (key, produce) => {
      using unfinished = cache.begin();
      const path = join(unfinished.path, basename(key));
      try {
        // A folder for the program, which may put files of its own beside the one it was asked for: DuckDB its log.
        mkdirSync(unfinished.path);
        await produce(path);
        const fingerprint = await fingerprintOf(path);
        await put(key, { path, ...fingerprint });
        cache.keep(path, { sha256: fingerprint.sha256, name: key });
        return fingerprint;
      } catch (error) {
        throw cacheError(error, path);
      }
    },
    folderOf: () => cache.folder,
    read: async (key) => {
      const found = await known.object(key);
      if (found === undefined) return undefined;
      if (found.size_bytes > SIZE_LIMITS.stored)
        throw new ServiceError(
          `${address}/${key} has ${found.size_bytes} bytes, at most ${SIZE_LIMITS.stored} are read of such a file`,
          "restore this file from a backup",
        );
      const { sha256: digest } = found;
      const copy = digest === undefined ? undefined : await cache.find({ sha256: digest, name: key });
      // It may have been deleted this very moment.
      const bytesOfCopy = copy === undefined ? undefined : await orUndefined(() => readFileSync(copy));
      if (bytesOfCopy !== undefined) return bytesOfCopy;
      const content = await bucket.get(`${prefix}${key}`);
      if (content === undefined) {
        known.forget(key);
        return undefined;
      }
      const { bytes, etag, size_bytes, modified, isProved } = content;
      const seen = { etag, size_bytes, modified: modified.toISOString(), sha256: sha256(bytes) };
      known.set(key, { ...seen, is_unproved: !isProved });
      // Who takes nothing as known has no use for a copy either.
      if (thorough !== undefined) keep(key, bytes);
      return bytes;
    },
    write: async (key, content) => {
      const bytes = Buffer.from(content);
      const fingerprint = { size_bytes: bytes.length, sha256: sha256(bytes) };
      await put(key, { bytes, sha256: fingerprint.sha256 });
      keep(key, bytes);
      return fingerprint;
    },
    remove: async (key) => {
      await lease.require();
      // Most often it isn't there: then nothing is asked.
      if ((await known.object(key)) === undefined) return;
      await bucket.remove(`${prefix}${key}`);
      known.set(key, undefined);
    },
    list: (key) => known.names(key),
    createFolder: async (key) => {
      await lease.require();
      return (await known.names(key)).length === 0;
    },
    thorough: () => thorough?.() ?? store,
    copyCommand: (from, to) => awsCommand(settings, ["cp", `${address}/${from}`, `${address}/${to}`]),
    removeCommand: (key) => awsCommand(settings, ["rm", `${address}/${key}`]),
  };
  return store;

  async function put(key: string, body: Body): Promise<void> {
    await lease.require();
    let answer = await bucket.put(`${prefix}${key}`, body, await conditionOf(key), lease.require);
    if (answer.kind === "refused") {
      // By who holds the bucket now, or by a person who asked nobody.
      await lease.confirm();
      known.forget(key);
      answer = await bucket.put(`${prefix}${key}`, body, await conditionOfWhatIsThere(key), lease.require);
    }
    if (answer.kind !== "written")
      throw new TryLaterError(
        `${address}/${key} was changed while it was written`,
        "does something else write there? run it again",
      );
    const size_bytes = "bytes" in body ? body.bytes.length : body.size_bytes;
    const seen = { etag: answer.etag, size_bytes, modified: new Date().toISOString(), sha256: body.sha256 };
    known.set(key, { ...seen, is_unproved: !answer.isProved });
  }

  /**
   * Nothing is written over but what its writer knows: a run that stood still between a look at its lease and a write finds what
   * another machine has made meanwhile. Of a record it is worth to ask what lies there; else that is done when the write is refused.
   */
  async function conditionOf(key: string): Promise<Condition | undefined> {
    if (s3.single_writer) return undefined;
    const isRecord = /^(?:records\/|workspace\.json$)/.test(key);
    const found = isRecord ? await known.object(key) : known.seen(key);
    return found === undefined ? { kind: "absent" } : { kind: "etag", etag: found.etag };
  }

  /** None for what isn't there: in a versioned bucket some servers take the marker of what was removed for a file. */
  async function conditionOfWhatIsThere(key: string): Promise<Condition | undefined> {
    const found = await known.object(key);
    return found && { kind: "etag", etag: found.etag };
  }

  /** What the server has checked it by, or what its bytes say. */
  async function digestOf(key: string): Promise<string | undefined> {
    const head = thorough === undefined ? undefined : await bucket.head(`${prefix}${key}`);
    const found = head?.sha256 === undefined ? await fetched(key) : { ...head, sha256: head.sha256, isProved: true };
    const { etag, size_bytes, modified, sha256: digest, isProved } = found;
    known.set(key, { etag, size_bytes, modified: modified.toISOString(), sha256: digest, is_unproved: !isProved });
    return digest;
  }

  /** Fetches a copy. */
  async function fetched(key: string, wanted?: string) {
    using unfinished = cache.begin();
    const found = await bucket.download(`${prefix}${key}`, unfinished.path).catch((error: unknown) => {
      throw cacheError(error, unfinished.path);
    });
    if (found === undefined) {
      known.forget(key);
      throw new InputError(`${key} was removed`, RESTORE_HINT);
    }
    if (wanted !== undefined && found.sha256 !== wanted) throw new InputError(`${key} was changed`, RESTORE_HINT);
    return { ...found, path: cache.keep(unfinished.path, { sha256: found.sha256, name: key }) };
  }

  /** A copy of what has just been sent, or fetched. Without one it is fetched again. */
  function keep(key: string, bytes: Buffer): void {
    using unfinished = cache.begin();
    try {
      writeFileSync(unfinished.path, bytes, { mode: 0o600, flag: "wx" });
    } catch (error) {
      if (errorCode(error) === "ENOENT") return;
      throw cacheError(error, unfinished.path);
    }
    cache.keep(unfinished.path, { sha256: sha256(bytes), name: key });
  }
}
