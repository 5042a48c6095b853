import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../../errors.ts";
import { makeFolder } from "../../files/folders.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import { s3Text } from "../../s3/address.ts";
import type { Listed } from "../../s3/bucket.ts";
import { isHidden } from "../pattern.ts";
import { literalFolder, type ObjectsAddress } from "./address.ts";
import type { BucketListing } from "./listing.ts";

/** Of a file's name; of an object's only the whole key has a limit. */
const LONGEST_FILE_NAME = 255;

/**
 * Lays a bucket's names out as folders and empty files, so that the same code says what a source.url means in a folder and in a bucket:
 * patterns, partitions, what is hidden, unfinished tables. What has no bytes is a folder of those who make folders of objects, or a
 * marker, and no customers' file.
 *
 * @param root  a folder that isn't there yet: BUCKET/KEY lies in it
 * @returns     the objects by their files' paths
 * @throws {UsageError} when an object's key can't be a file's, and it may be meant
 * @throws {ServiceError} when the file system refuses
 */
export function layOutNames(
  root: string,
  address: ObjectsAddress,
  { objects, folders }: BucketListing,
): ReadonlyMap<string, Listed> {
  const { bucket, path } = address;
  const laid = new Map<string, Listed>();
  makeFolder(join(root, bucket));
  for (const folder of folders.filter(isFilesName)) makeFolder(join(root, bucket, folder));
  for (const object of objects) {
    const { key, size_bytes } = object;
    const file = join(root, bucket, key);
    if (!isFilesName(key)) {
      if (mayReach(address)) throw oddName(bucket, key);
    } else if (key.endsWith("/")) {
      makeFolder(file);
    } else if (size_bytes === 0 && key !== path && !isHidden(basename(key))) {
      makeFolder(dirname(file));
    } else {
      laid.set(file, object);
    }
  }
  for (const [file, { key }] of laid) layOut(file, s3Text({ bucket, prefix: key }), () => writeFileSync(file, ""));
  return laid;
}

/** Lays a marker out, which may be an object without bytes that `layOutNames` took for none. */
export function layOutMarker(root: string, { bucket }: ObjectsAddress, { objects }: BucketListing, name: string): void {
  for (const { key } of objects) {
    if (basename(key) !== name || !isFilesName(key)) continue;
    const file = join(root, bucket, key);
    layOut(file, s3Text({ bucket, prefix: key }), () => writeFileSync(file, ""));
  }
}

/**
 * Lays copies out under their objects' names: as second names of the same files, which nobody's clearing of the cache takes away,
 * where the file system has such.
 *
 * @param root    a folder that isn't there yet: BUCKET/KEY lies in it
 */
export function layOutCopies(
  root: string,
  bucket: string,
  copies: readonly { readonly key: string; readonly path: string }[],
): void {
  for (const { key, path } of copies) {
    const file = join(root, bucket, key);
    layOut(file, s3Text({ bucket, prefix: key }), () => {
      try {
        linkSync(path, file);
      } catch (error) {
        if (!["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"].includes(errorCode(error) ?? ""))
          throw error;
        symlinkSync(path, file);
      }
    });
  }
}

function layOut(file: string, name: string, make: () => void): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    make();
  } catch (error) {
    if (["EEXIST", "ENOTDIR", "EISDIR"].includes(errorCode(error) ?? "")) throw bothKinds(name);
    throw machineError(error, file);
  }
}

/** Whether a key is one that a file could have below a folder. A slash at its end is a folder's. */
function isFilesName(key: string): boolean {
  const names = key.replace(/\/$/, "").split("/");
  return names.every(
    (name) => !["", ".", ".."].includes(name) && !name.includes("\0") && Buffer.byteLength(name) <= LONGEST_FILE_NAME,
  );
}

/** Whether an object of any name below the folder would be among those that are meant: a pattern for one level's names has none that is odd. */
function mayReach({ path }: ObjectsAddress): boolean {
  const { left } = literalFolder(path);
  return left.length === 0 || left.includes("**");
}

function oddName(bucket: string, key: string): UsageError {
  return new UsageError(
    `source.url: the object ${s3Text({ bucket, prefix: key })} has a key that no file can have`,
    "copy it to another key, without //, . or .. as a folder; or name the others by a pattern: s3://BUCKET/FOLDER/*.parquet",
  );
}

function bothKinds(name: string): UsageError {
  return new UsageError(
    `source.url: ${name} is an object and a folder as well`,
    "copy the one or the other to another key",
  );
}
