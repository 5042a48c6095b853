import { isS3Address, type S3Address, s3Address } from "../../s3/address.ts";
import { hasWildcard } from "../pattern.ts";

/** Objects that source.url names: `s3://BUCKET/PATH`, whose path means what a local one does, and may have {date} in it. */
export interface ObjectsAddress {
  readonly bucket: string;
  /** without a slash at its end; "" for the whole bucket */
  readonly path: string;
  /** whether only a folder is meant: a slash stands at its end, or it is the bucket */
  readonly isFolder: boolean;
}

/** What the address of a source's objects has to be, for sentences. */
export const OBJECTS_ADDRESS =
  "parquet:, csv: or jsonl: and s3://BUCKET/FILES, in plain letters, without . or .. as a folder";

const KINDS = /^(?:parquet|csv|jsonl):/;
const PLACEHOLDER = /\{date\}/g;

/** Whether a source.url names a bucket, rightly or not: `parquet:s3://…`, `s3://…`. */
export function isBucketUrl(url: string): boolean {
  return isS3Address(url) || isS3Address(url.replace(/^[^:]*:/, ""));
}

/** Whether a source.url that names a bucket does so rightly. */
export function isObjectsUrl(url: string): boolean {
  return KINDS.test(url) && objectsAddress(url.replace(KINDS, "")) !== undefined;
}

/** What `s3://BUCKET/PATH` means to a source; undefined where it isn't such an address. */
export function objectsAddress(place: string): ObjectsAddress | undefined {
  // Of a pattern's signs only the question mark is none of an address.
  const found: S3Address | undefined = s3Address(place.replaceAll("?", "*"));
  if (found === undefined) return undefined;
  const { bucket, prefix } = found;
  const start = `s3://${bucket}/`.length;
  return {
    bucket,
    path: place.slice(start, start + prefix.length),
    isFolder: prefix === "" || place.endsWith("/"),
  };
}

/** Whether {date} in the path chooses the objects. */
export function namesDate(place: string): boolean {
  return place.search(PLACEHOLDER) !== -1;
}

/** The place of a date. */
export function placeOf(place: string, date: string): string {
  return place.replace(PLACEHOLDER, date);
}

/** The names of a path up to its first pattern, and what is left. */
export function literalFolder(path: string): { readonly folder: readonly string[]; readonly left: readonly string[] } {
  const names = path === "" ? [] : path.split("/");
  const first = names.findIndex(hasWildcard);
  return first === -1 ? { folder: names, left: [] } : { folder: names.slice(0, first), left: names.slice(first) };
}
