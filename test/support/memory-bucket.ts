import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import type { Bucket, Listed, ObjectContent } from "../../src/lib/s3/bucket.ts";

/** What a bucket was asked, in order: "list exports/", "download exports/a.parquet". */
export interface MemoryBucket extends Bucket {
  readonly asked: string[];
  /** Puts an object there without being asked, as another program does. */
  set(key: string, content: string | Buffer): void;
}

/** A bucket in memory that does what S3 promises: what is written is seen at once, conditions hold, and an ETag is the content's MD5. */
export function memoryBucket(objects: Readonly<Record<string, string | Buffer>> = {}, name = "bucket"): MemoryBucket {
  const kept = new Map<string, ObjectContent>();
  const asked: string[] = [];
  const set = (key: string, content: string | Buffer) => {
    const bytes = Buffer.from(content);
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    kept.set(key, {
      bytes,
      etag,
      size_bytes: bytes.length,
      modified: new Date(),
      sha256: sha256(bytes),
      isProved: true,
    });
  };
  for (const [key, content] of Object.entries(objects)) set(key, content);

  const found = (key: string, ifMatch?: string) => {
    const object = kept.get(key);
    return ifMatch === undefined || object?.etag === ifMatch ? object : undefined;
  };
  const bucket: MemoryBucket = {
    name,
    server: "memory",
    asked,
    set,
    within: () => bucket,
    warmUp: async () => {},
    head: async (key) => {
      asked.push(`head ${key}`);
      return found(key);
    },
    get: async (key, ifMatch) => {
      asked.push(`get ${key}`);
      return found(key, ifMatch);
    },
    download: async (key, path, ifMatch) => {
      asked.push(`download ${key}`);
      const object = found(key, ifMatch);
      if (object === undefined) return undefined;
      const { bytes, etag, size_bytes, modified } = object;
      await writeFile(path, bytes, { flag: "wx", mode: 0o600 });
      return { etag, size_bytes, modified, sha256: sha256(bytes), isProved: true };
    },
    put: async (key, body, condition) => {
      asked.push(`put ${key}`);
      const there = kept.get(key);
      const holds = condition?.kind === "absent" ? there === undefined : there?.etag === condition?.etag;
      if (condition !== undefined && !holds) return { kind: "refused" };
      set(key, "bytes" in body ? body.bytes : readFileSync(body.path));
      return { kind: "written", etag: kept.get(key)?.etag ?? "", isProved: true };
    },
    remove: async (key) => {
      asked.push(`remove ${key}`);
      kept.delete(key);
    },
    list: async (prefix, delimiter) => {
      asked.push(`list ${prefix}${delimiter === undefined ? "" : " by level"}`);
      const below = [...kept]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const folders = new Set<string>();
      const listed: Listed[] = [];
      for (const [key, { etag, size_bytes, modified }] of below) {
        const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
        if (end === -1) listed.push({ key, etag, size_bytes, modified });
        else folders.add(key.slice(0, end + 1));
      }
      return { objects: listed, folders: [...folders] };
    },
  };
  return bucket;
}
