import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { secondsOf } from "../config/duration.ts";
import { InputError, RESTORE_HINT } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import { NetworkFailure } from "../http/network-failure.ts";
import { s3Text } from "./address.ts";
import type { Body, Bucket, Downloaded, Listed, ObjectContent, ObjectHead, Put } from "./bucket.ts";
import { type Attempt, type Connection, openConnection } from "./connection.ts";
import { startDoubt } from "./doubt.ts";
import { DAMAGED_ON_THE_WAY, failureOf, isWithoutReason, mayRefuseChecksums } from "./errors.ts";
import type { _Object, GetObjectCommandOutput, HeadObjectCommandOutput, ListObjectsV2CommandOutput } from "./sdk.ts";
import type { S3Settings } from "./settings.ts";

/** So much is signed and sent from memory; a larger file is read from the disk for each attempt. */
const IN_MEMORY_BYTES = 8 << 20;

/**
 * Opens a bucket. Nothing is loaded or asked yet.
 *
 * @throws {UsageError} for settings that can't be used
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export function openBucket(name: string, settings: S3Settings): Bucket {
  const connection = openConnection(settings);
  return bucketWithin(
    { name, s3: settings.s3, connection, manner: { takesChecksums: true } },
    secondsOf(settings.s3.deadline),
  );
}

interface Opened {
  readonly name: string;
  readonly s3: S3Settings["s3"];
  readonly connection: Connection;
  /** what has been found out about the server */
  readonly manner: { takesChecksums: boolean };
}

function bucketWithin(opened: Opened, deadlineSeconds: number): Bucket {
  const { name, s3, connection, manner } = opened;
  const ask = <T>(action: string, key: string, once: (attempt: Attempt) => Promise<T>) =>
    connection.ask({ action, bucket: name, key }, deadlineSeconds, once);
  const find = <T>(action: string, key: string, once: (attempt: Attempt) => Promise<T>) =>
    connection.find({ action, bucket: name, key }, deadlineSeconds, once);

  const get = (key: string, ifMatch?: string, most = Number.POSITIVE_INFINITY): Promise<ObjectContent | undefined> => {
    const doubt = startDoubt();
    return find("s3:GetObject", key, (attempt) =>
      doubt.about(async () => {
        const { head, body } = await read(attempt, { key, ifMatch, most, isChecked: doubt.isChecked() });
        const chunks: Buffer[] = [];
        for await (const chunk of body) chunks.push(chunk);
        const bytes = Buffer.concat(chunks);
        return { ...requireWhole(head, bytes.length, sha256(bytes)), bytes };
      }),
    );
  };

  const download = (key: string, path: string, ifMatch?: string): Promise<Downloaded | undefined> => {
    const doubt = startDoubt();
    return find("s3:GetObject", key, (attempt) =>
      doubt
        .about(async () => {
          // Opened here, before anything is asked, and closed here: a stream that fails before its file is open may make it later, in the
          // way of the next attempt.
          const file = await open(path, "wx", 0o600);
          try {
            const { head, body } = await read(attempt, { key, ifMatch, isChecked: doubt.isChecked() });
            const hash = createHash("sha256");
            let size = 0;
            const write = async (chunks: AsyncIterable<Buffer>) => {
              for await (const chunk of chunks) {
                hash.update(chunk);
                size += chunk.length;
                await file.writeFile(chunk);
              }
            };
            await pipeline(body, write, { signal: attempt.signal });
            await file.sync();
            return requireWhole(head, size, hash.digest("hex"));
          } finally {
            await file.close();
          }
        })
        .catch(async (error: unknown) => {
          await rm(path, { force: true });
          throw error;
        }),
    );
  };

  return {
    name,
    server: connection.server,
    within: (seconds) => bucketWithin(opened, seconds),
    // A saving of time alone: what can't be opened is told by the first request, which opens it anew.
    warmUp: () => connection.open().catch(() => undefined),
    get,
    download,
    head: (key) =>
      find("s3:GetObject", key, async (attempt) => {
        const { sdk, client, signal } = attempt;
        const command = new sdk.HeadObjectCommand({ Bucket: name, Key: key, ChecksumMode: "ENABLED" });
        try {
          return headOf(await client.send(command, { abortSignal: signal }));
        } catch (error) {
          if (!isWithoutReason(error)) throw error;
          await askForReason(attempt, key);
          // There was one that holds no more: by the refusal's date the SDK has set its clock.
          return headOf(await client.send(command, { abortSignal: signal }));
        }
      }),
    put: async (key, body, condition, before) => {
      let isRepetition = false;
      const answer = await find("s3:PutObject", key, async (attempt) => {
        isRepetition = attempt.isRepetition;
        if (isRepetition) await before?.();
        const send = async (checksum: string | undefined) => {
          attempt.allow(sizeOf(body));
          await using sent = sending(body, attempt.stop);
          const command = new attempt.sdk.PutObjectCommand({
            Bucket: name,
            Key: key,
            Body: sent.body,
            ContentLength: sizeOf(body),
            ContentType: contentTypeOf(key),
            ChecksumSHA256: checksum,
            ServerSideEncryption: s3.sse,
            SSEKMSKeyId: s3.kms_key,
            StorageClass: s3.storage_class,
            IfNoneMatch: condition?.kind === "absent" ? "*" : undefined,
            IfMatch: condition?.kind === "etag" ? condition.etag : undefined,
          });
          return required(await attempt.client.send(command, { abortSignal: attempt.signal }), "ETag");
        };
        const written = (etag: string) => ({ kind: "written", etag, isProved: manner.takesChecksums }) as const;
        try {
          // The server holds the bytes to it, and keeps it.
          const checksum = manner.takesChecksums ? Buffer.from(body.sha256, "hex").toString("base64") : undefined;
          return written(await send(checksum));
        } catch (error) {
          const { status } = failureOf(error);
          if (!mayRefuseChecksums(failureOf(error))) throw error;
          const again: { etag?: string; refusal?: unknown } = manner.takesChecksums
            ? await writtenOrRefused(() => send(undefined))
            : { refusal: error };
          if (again.etag !== undefined) {
            manner.takesChecksums = false;
            return written(again.etag);
          }
          if (condition?.kind === "absent" && condition.isTrial === true && status === 501) return UNKNOWN;
          throw again.refusal;
        }
      });
      if (answer !== undefined) return answer;
      // The answer to an earlier attempt may have been lost: then what lies there is our own.
      const found = isRepetition ? await get(key) : undefined;
      if (found?.sha256 !== body.sha256) return { kind: "refused" };
      return { kind: "written", etag: found.etag, isProved: found.isProved };
    },
    remove: async (key) => {
      await find("s3:DeleteObject", key, async ({ sdk, client, signal }) => {
        const answer = await client.send(new sdk.DeleteObjectCommand({ Bucket: name, Key: key }), {
          abortSignal: signal,
        });
        if (answer.$metadata.httpStatusCode !== 204) throw new NetworkFailure("its answer to a removal has words", ODD);
      });
    },
    list: async (prefix, delimiter, most = Number.POSITIVE_INFINITY) => {
      const objects: Listed[] = [];
      const folders: string[] = [];
      let token: string | undefined;
      do {
        const page = await ask("s3:ListBucket", prefix, async ({ sdk, client, signal }) => {
          const input = { Bucket: name, Prefix: prefix, Delimiter: delimiter, ContinuationToken: token };
          return pageOf(await client.send(new sdk.ListObjectsV2Command(input), { abortSignal: signal }));
        });
        objects.push(...page.objects);
        folders.push(...page.folders);
        token = page.next;
      } while (token !== undefined && objects.length <= most);
      return { objects, folders };
    },
  };

  /** Begins to read an object. */
  async function read(
    attempt: Attempt,
    {
      key,
      ifMatch,
      most = Number.POSITIVE_INFINITY,
      isChecked,
    }: {
      readonly key: string;
      readonly ifMatch: string | undefined;
      readonly most?: number;
      readonly isChecked: boolean;
    },
  ) {
    const { sdk, client, signal, allow } = attempt;
    const command = new sdk.GetObjectCommand({
      Bucket: name,
      Key: key,
      IfMatch: ifMatch,
      ...(isChecked ? { ChecksumMode: "ENABLED" as const } : {}),
    });
    const answer = await client.send(command, { abortSignal: signal });
    const body = bodyOf(answer);
    try {
      const head = headOf(answer);
      if (head.size_bytes > most)
        throw new InputError(
          `${s3Text({ bucket: name, prefix: "" }, key)} has ${head.size_bytes} bytes, at most ${most} are read of such an object`,
          RESTORE_HINT,
        );
      allow(head.size_bytes);
      return { head, body: heard(body, attempt.hear) };
    } catch (error) {
      // It would keep its connection.
      body.destroy();
      throw error;
    }
  }

  /** The answer to a HEAD has no body that could say why: a GET's has. @throws what it says */
  async function askForReason({ sdk, client, signal }: Attempt, key: string) {
    const command = new sdk.GetObjectCommand({ Bucket: name, Key: key, Range: "bytes=0-0" });
    bodyOf(await client.send(command, { abortSignal: signal })).destroy();
  }
}

/** @throws {NetworkFailure} for what is no list: an empty one would say that nothing is there */
function pageOf(answer: ListObjectsV2CommandOutput) {
  return {
    objects: (answer.Contents ?? []).map(listedOf),
    folders: (answer.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []),
    next: required(answer, "IsTruncated") ? required(answer, "NextContinuationToken") : undefined,
  };
}

function headOf(answer: GetObjectCommandOutput | HeadObjectCommandOutput): ObjectHead {
  const { ChecksumSHA256: checksum = "", LastModified } = answer;
  return {
    etag: required(answer, "ETag"),
    // Without a length a body that ends early would pass for whole.
    size_bytes: required(answer, "ContentLength"),
    modified: LastModified ?? new Date(0),
    // Of an object in parts it is one of the parts' digests: `…=-5`.
    sha256: /^[A-Za-z0-9+/]{43}=$/.test(checksum) ? Buffer.from(checksum, "base64").toString("hex") : undefined,
  };
}

function listedOf(object: _Object): Listed {
  return {
    key: required(object, "Key"),
    etag: required(object, "ETag"),
    size_bytes: required(object, "Size"),
    modified: required(object, "LastModified"),
  };
}

/** @throws {NetworkFailure} where the answer lacks what every server of S3's kind says */
function required<Answer extends object, Name extends keyof Answer>(
  answer: Answer,
  name: Name,
): NonNullable<Answer[Name]> {
  const value = answer[name];
  if (value === undefined || value === null) throw new NetworkFailure(`its answer has no ${String(name)}`, ODD);
  return value;
}

const UNKNOWN: Put = { kind: "unknown" };

/** What was written, or how the server refuses that too. */
async function writtenOrRefused(send: () => Promise<string>): Promise<{ etag?: string; refusal?: unknown }> {
  try {
    return { etag: await send() };
  } catch (refusal) {
    if (mayRefuseChecksums(failureOf(refusal))) return { refusal };
    throw refusal;
  }
}

const ODD = { unsent: false, kind: "nonsense" } as const;

async function* heard(body: AsyncIterable<Buffer>, hear: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    hear();
    yield chunk;
  }
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  if (Body instanceof Readable) return Body;
  throw new NetworkFailure("its answer has no body", ODD);
}

/** @throws {NetworkFailure} when not all of it came, or other bytes */
function requireWhole(
  head: ObjectHead,
  size: number,
  digest: string,
): ObjectHead & { readonly sha256: string; readonly isProved: boolean } {
  if (size !== head.size_bytes)
    throw new NetworkFailure(`its answer ended after ${size} of ${head.size_bytes} bytes`, CUT);
  if (head.sha256 !== undefined && head.sha256 !== digest) throw new NetworkFailure(DAMAGED_ON_THE_WAY, CUT);
  return { ...head, sha256: digest, isProved: head.sha256 !== undefined };
}

const CUT = { unsent: false, kind: "temporary" } as const;

function sizeOf(body: Body): number {
  return "bytes" in body ? body.bytes.length : body.size_bytes;
}

/** A new stream for each attempt: one that was begun can't be sent again. @param stop  told when the file can't be read */
function sending(body: Body, stop: (reason: unknown) => void) {
  if ("bytes" in body) return { body: body.bytes, [Symbol.asyncDispose]: async () => {} };
  if (body.size_bytes <= IN_MEMORY_BYTES)
    return { body: readFileSync(body.path), [Symbol.asyncDispose]: async () => {} };
  const stream = createReadStream(body.path).once("error", stop);
  return { body: stream, [Symbol.asyncDispose]: async () => void stream.destroy() };
}

function contentTypeOf(key: string): string {
  const [extension = ""] = /\.[a-z0-9]+$/.exec(key) ?? [];
  return CONTENT_TYPES[extension] ?? "application/octet-stream";
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".parquet": "application/vnd.apache.parquet",
  ".txt": "text/plain; charset=utf-8",
  ".yaml": "text/yaml; charset=utf-8",
};
