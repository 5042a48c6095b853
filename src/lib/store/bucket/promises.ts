import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { UsageError } from "../../errors.ts";
import { sha256 } from "../../files/fingerprint.ts";
import { makeFolder } from "../../files/folders.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import type { Bucket } from "../../s3/bucket.ts";

const promises = z.object({ keeps_conditions: z.boolean() });

/**
 * Whether a server refuses a write where something else lies than the write names, as S3 does: some take the condition and don't look
 * at it. Found out once for each store, by an object of its own, which is removed again.
 *
 * @param place.prefix  where the object is written
 * @param place.file    where the answer is kept, in the cache
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function keepsConditions(
  bucket: Bucket,
  { prefix, file }: { readonly prefix: string; readonly file: string },
): Promise<boolean> {
  const known = keptIn(file);
  if (known !== undefined) return known;
  const keeps = await probe(bucket, `${prefix}probe-${randomUUID()}.txt`);
  // A server that doesn't may be another one tomorrow.
  if (!keeps) return false;
  makeFolder(dirname(file));
  try {
    writeFileSync(file, JSON.stringify({ keeps_conditions: keeps }), { mode: 0o600 });
  } catch (error) {
    // The cache may be deleted at any time: then it is asked again.
    if (errorCode(error) !== "ENOENT") throw machineError(error, file);
  }
  return keeps;
}

/** @throws {UsageError} where two machines that write at once would not be kept apart */
export function requireConditions(keeps: boolean, bucket: Bucket, address: string): void {
  if (keeps) return;
  throw new UsageError(
    `${bucket.server} takes a write's condition and doesn't look at it, so two machines that write to ${address} at once can't be kept apart`,
    "where no other folder or machine ever writes there, say so: s3: { single_writer: true } in churn.yaml",
  );
}

async function probe(bucket: Bucket, key: string): Promise<boolean> {
  const body = (text: string) => ({ bytes: Buffer.from(text), sha256: sha256(text) });
  const absent = { kind: "absent", isTrial: true } as const;
  try {
    const first = await bucket.put(key, body("one"), absent);
    const again = await bucket.put(key, body("two"), absent);
    await bucket.put(key, body("three"));
    if (first.kind !== "written" || again.kind !== "refused") return false;
    const stale = await bucket.put(key, body("four"), { kind: "etag", etag: first.etag });
    return stale.kind === "refused";
  } finally {
    // It is in nobody's way.
    await bucket.remove(key).catch(() => undefined);
  }
}

function keptIn(file: string): boolean | undefined {
  try {
    return promises.parse(JSON.parse(readFileSync(file, "utf8"))).keeps_conditions;
  } catch {
    return undefined;
  }
}
