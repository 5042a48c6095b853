/** Where objects lie: `s3://BUCKET/PREFIX`. */
export interface S3Address {
  readonly bucket: string;
  /** without slashes around it; "" for the whole bucket */
  readonly prefix: string;
}

/** What an address of a bucket has to be, for sentences. */
export const S3_ADDRESS = "s3://BUCKET/PREFIX, without user, port, ?, # and \\, and without a folder called . or ..";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; MinIO and old buckets of AWS have more letters */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
/** What URL parsers fold or cut, and what no folder's name should have. */
const ODD = /[\p{Cc}\\?#]/u;
/** Bytes of a whole key. */
const LONGEST_KEY = 1024;
/** What churn's own keys add at most. */
const LONGEST_OWN_KEY = 200;

/** Whether an address names a bucket, rightly or not. */
export function isS3Address(address: string): boolean {
  return /^s3[an]?:/i.test(address);
}

/**
 * What an address of a bucket means; undefined where it isn't one. No URL parser has its hands in it: those fold `..`, escape
 * blanks and take `user:password@` for a part of the host.
 */
export function s3Address(address: string): S3Address | undefined {
  const [, bucket, path = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/su.exec(address) ?? [];
  if (bucket === undefined || !BUCKET.test(bucket) || bucket.includes("..")) return undefined;
  const prefix = path.replace(/\/+$/, "");
  const segments = prefix === "" ? [] : prefix.split("/");
  if (ODD.test(prefix) || segments.some((segment) => ["", ".", ".."].includes(segment))) return undefined;
  return Buffer.byteLength(prefix) > LONGEST_KEY - LONGEST_OWN_KEY ? undefined : { bucket, prefix };
}

/** The address as people write it. */
export function s3Text({ bucket, prefix }: S3Address, key = ""): string {
  return `s3://${[bucket, prefix, key].filter((part) => part !== "").join("/")}`;
}

/** Whether a text is an address that a server of S3's kind can have. */
export function isEndpoint(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { hostname, username, password, search, hash } = new URL(text);
  return hostname !== "" && `${username}${password}${search}${hash}` === "";
}
