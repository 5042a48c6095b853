import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { UsageError } from "../../errors.ts";
import { sha256 } from "../../files/fingerprint.ts";
import { makeFolder } from "../../files/folders.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import type { Body, Bucket } from "../../s3/bucket.ts";

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
  const keeps = await probe(bucket, probeKey(prefix));
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

/**
 * Makes sure that a run could write: by an object of its own, which is removed again. Nothing is kept of the answer.
 *
 * @param options.single  nobody else ever writes there, so that conditions are nothing to ask for
 * @throws {UsageError} where rights are missing, or as `requireConditions`
 */
export async function requireWritable(
  bucket: Bucket,
  { prefix, address, single }: { readonly prefix: string; readonly address: string; readonly single: boolean },
): Promise<void> {
  const key = probeKey(prefix);
  if (single) await bucket.put(key, bodyOf("one"));
  else requireConditions(await probe(bucket, key), bucket, address);
  // A run removes what it replaces: the right to it is needed, and told where it is missing.
  await bucket.remove(key);
}

function probeKey(prefix: string): string {
  return `${prefix}probe-${randomUUID()}.txt`;
}

function bodyOf(text: string): Body {
  return { bytes: Buffer.from(text), sha256: sha256(text) };
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
  const absent = { kind: "absent", isTrial: true } as const;
  try {
    const first = await bucket.put(key, bodyOf("one"), absent);
    const again = await bucket.put(key, bodyOf("two"), absent);
    await bucket.put(key, bodyOf("three"));
    if (first.kind !== "written" || again.kind !== "refused") return false;
    const stale = await bucket.put(key, bodyOf("four"), { kind: "etag", etag: first.etag });
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
