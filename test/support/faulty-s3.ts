import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Certificates } from "./certificates.ts";

/** A request that came. */
export interface S3Request {
  readonly method: string;
  /** "" for the bucket itself: a list */
  readonly bucket: string;
  readonly key: string;
  /** of a list: its prefix */
  readonly prefix: string;
  readonly headers: IncomingMessage["headers"];
}

/** What a request is answered with instead. */
export interface S3Refusal {
  readonly status: number;
  /** S3's name for it */
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** elements beside code and message */
  readonly more?: string;
}

/** What happens to a request. */
export type S3Fault =
  | S3Refusal
  /** no XML: what a proxy, a load balancer or a login page answers in the server's place */
  | { readonly html: number; readonly page?: string }
  /** cut before anything is done */
  | "reset"
  /** done, and cut before its answer */
  | "lost"
  /** half of the body, then cut: its length was said */
  | "cut"
  /** half of the body, and a good end: its length wasn't said */
  | "short"
  /** another byte in the body, and the right checksum beside it */
  | "flipped"
  /** another byte in the body, and no checksum */
  | "flipped, unseen"
  /** nothing, ever */
  | "silent"
  /** half of the body, and nothing more */
  | "stalled"
  /** a byte of the body each tenth of a second */
  | "trickle";

/** The answers that S3 and its likes are known for. */
export const refusals = {
  internal: { status: 500, code: "InternalError" },
  unavailable: { status: 503, code: "ServiceUnavailable" },
  slowDown: { status: 503, code: "SlowDown", headers: { "retry-after": "1" } },
  tooMany: { status: 429, code: "TooManyRequests" },
  denied: { status: 403, code: "AccessDenied" },
  unknownKey: { status: 403, code: "InvalidAccessKeyId" },
  wrongSecret: { status: 403, code: "SignatureDoesNotMatch" },
  expired: { status: 400, code: "ExpiredToken", more: "<Token-0>the-token-of-a-session</Token-0>" },
  skewed: { status: 403, code: "RequestTimeTooSkewed" },
  moved: { status: 301, code: "PermanentRedirect", headers: { "x-amz-bucket-region": "eu-central-1" } },
  wrongRegion: { status: 400, code: "AuthorizationHeaderMalformed", more: "<Region>eu-central-1</Region>" },
  noBucket: { status: 404, code: "NoSuchBucket" },
  conflict: { status: 409, code: "ConditionalRequestConflict" },
  precondition: { status: 412, code: "PreconditionFailed" },
  notImplemented: { status: 501, code: "NotImplemented" },
  badDigest: { status: 400, code: "BadDigest" },
} as const satisfies Record<string, S3Refusal>;

/** Which requests; all of them where nothing is said. */
export interface S3Requests {
  readonly method?: "GET" | "HEAD" | "PUT" | "DELETE" | "LIST";
  /** of the key, or of a list's prefix */
  readonly key?: RegExp;
}

export interface FaultyS3 extends AsyncDisposable {
  /** without a slash at its end */
  readonly endpoint: string;
  /** what a churn process needs to work with it */
  readonly env: Readonly<Record<string, string>>;
  /** what came, in order */
  readonly seen: readonly S3Request[];
  /** how many requests came since it began, or since `forget` */
  count(which?: S3Requests): number;
  forget(): void;
  /**
   * Puts a fault in: it meets the next requests of a kind.
   *
   * @param times  how many of them; Infinity for all that come
   * @param after  how many of them go well before
   */
  put(fault: S3Fault, which?: S3Requests & { readonly times?: number; readonly after?: number }): void;
  /** Takes all faults out. */
  mend(): void;
  /** What lies in a bucket, by key, to be looked at and damaged. Each value is an object's bytes. */
  objects(bucket: string): Map<string, Buffer>;
}

/** How a server of S3's kind differs from AWS's. */
interface Manner {
  /** milliseconds before each answer */
  readonly delay?: number;
  /** keys of a page of a list */
  readonly page?: number;
  readonly ignoresConditions?: boolean;
  /** If-None-Match over what was deleted fails */
  readonly deleteMarkersCount?: boolean;
  /** 501 for a request with a checksum */
  readonly refusesChecksums?: boolean;
  /** takes any body for any checksum, and keeps none */
  readonly ignoresChecksums?: boolean;
  readonly tls?: Certificates;
}

interface Stored {
  readonly bytes: Buffer;
  readonly modified: Date;
}

/**
 * Starts a server of S3's kind in memory, on loopback: every bucket is there, conditions are atomic, signatures aren't looked at.
 * Faults can be put into it, which no real server can be asked for.
 */
export async function startFaultyS3(manner: Manner = {}): Promise<FaultyS3> {
  const buckets = new Map<string, Map<string, Buffer>>();
  const times = new WeakMap<Buffer, Date>();
  const deleted = new Set<string>();
  const faults: { fault: S3Fault; which: S3Requests; times: number; after: number }[] = [];
  let seen: S3Request[] = [];

  const objects = (bucket: string) => {
    const found = buckets.get(bucket) ?? new Map<string, Buffer>();
    buckets.set(bucket, found);
    return found;
  };
  const stored = (bucket: string, key: string): Stored | undefined => {
    const bytes = objects(bucket).get(key);
    return bytes === undefined ? undefined : { bytes, modified: times.get(bytes) ?? new Date(0) };
  };

  const faultFor = (request: S3Request): S3Fault | undefined => {
    for (const one of faults) {
      if (one.times === 0 || !isOf(request, one.which)) continue;
      if (one.after > 0) {
        one.after -= 1;
        continue;
      }
      one.times -= 1;
      return one.fault;
    }
    return undefined;
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { request, query } = requestOf(incoming);
    seen.push(request);
    const fault = faultFor(request);
    await sleep(manner.delay ?? 0);
    response.setHeader("x-amz-request-id", `REQUEST${seen.length}`);
    response.setHeader("date", new Date().toUTCString());
    if (fault === "silent") return;
    if (fault === "reset") return void incoming.socket.destroy();
    if (typeof fault === "object") {
      if ("html" in fault) return answerHtml(response, fault.html, fault.page);
      return refuse(response, fault, request);
    }
    if (request.method === "LIST") return list(response, request, query, fault);
    if (request.method === "PUT") return put(response, request, body, fault);
    if (request.method === "DELETE") return remove(response, request, fault);
    return give(response, request, fault);
  };

  const give = (response: ServerResponse, request: S3Request, fault: S3Fault | undefined) => {
    const found = stored(request.bucket, request.key);
    if (found === undefined) return refuse(response, { status: 404, code: "NoSuchKey" }, request);
    const { "if-match": ifMatch, "x-amz-checksum-mode": mode } = request.headers;
    if (ifMatch !== undefined && ifMatch !== etagOf(found.bytes))
      return refuse(response, refusals.precondition, request);
    response.setHeader("etag", etagOf(found.bytes));
    response.setHeader("last-modified", found.modified.toUTCString());
    response.setHeader("accept-ranges", "bytes");
    if (mode === "ENABLED" && manner.ignoresChecksums !== true && fault !== "flipped, unseen")
      response.setHeader("x-amz-checksum-sha256", sha256Of(found.bytes));
    return send(response, request, found.bytes, fault);
  };

  const put = (response: ServerResponse, request: S3Request, body: Buffer, fault: S3Fault | undefined) => {
    const { bucket, key, headers } = request;
    const checksum = headers["x-amz-checksum-sha256"];
    if (checksum !== undefined && manner.refusesChecksums === true)
      return refuse(response, refusals.notImplemented, request);
    if (checksum !== undefined && checksum !== sha256Of(body) && manner.ignoresChecksums !== true)
      return refuse(response, refusals.badDigest, request);
    const there = stored(bucket, key);
    if (manner.ignoresConditions !== true) {
      const isHidden = manner.deleteMarkersCount === true && deleted.has(`${bucket}/${key}`);
      if (headers["if-none-match"] === "*" && (there !== undefined || isHidden))
        return refuse(response, refusals.precondition, request);
      const expected = headers["if-match"];
      if (expected !== undefined && there === undefined)
        return refuse(response, { status: 404, code: "NoSuchKey" }, request);
      if (expected !== undefined && there !== undefined && expected !== etagOf(there.bytes))
        return refuse(response, refusals.precondition, request);
    }
    times.set(body, new Date());
    objects(bucket).set(key, body);
    deleted.delete(`${bucket}/${key}`);
    if (fault === "lost") return void response.socket?.destroy();
    response.setHeader("etag", etagOf(body));
    return send(response, request, Buffer.alloc(0), fault);
  };

  const remove = (response: ServerResponse, { bucket, key }: S3Request, fault: S3Fault | undefined) => {
    if (objects(bucket).delete(key)) deleted.add(`${bucket}/${key}`);
    if (fault === "lost") return void response.socket?.destroy();
    response.writeHead(204).end();
  };

  const list = (response: ServerResponse, request: S3Request, query: URLSearchParams, fault: S3Fault | undefined) => {
    const { bucket, prefix } = request;
    const delimiter = query.get("delimiter") ?? "";
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const size = Math.min(manner.page ?? 1000, Number(query.get("max-keys") ?? 1000));
    const keys = [...objects(bucket).keys()].filter((key) => key.startsWith(prefix));
    // In the order of their bytes, each folder once in its place.
    const entries = [...new Set(keys.map((key) => levelOf(key, prefix, delimiter)))].sort(byBytes);
    const left = entries.filter((entry) => after === "" || byBytes(entry, after) > 0);
    const page = left.slice(0, size);
    const isCut = left.length > page.length;
    const items = page.map((entry) => {
      if (delimiter !== "" && entry.endsWith(delimiter) && entry !== prefix)
        return `<CommonPrefixes><Prefix>${escaped(entry)}</Prefix></CommonPrefixes>`;
      const found = stored(bucket, entry);
      const bytes = found?.bytes ?? Buffer.alloc(0);
      const facts = `<ETag>${escaped(etagOf(bytes))}</ETag><Size>${bytes.length}</Size>`;
      const modified = `<LastModified>${(found?.modified ?? new Date(0)).toISOString()}</LastModified>`;
      return `<Contents><Key>${escaped(entry)}</Key>${modified}${facts}<StorageClass>STANDARD</StorageClass></Contents>`;
    });
    const token = isCut ? `<NextContinuationToken>${escaped(page.at(-1) ?? "")}</NextContinuationToken>` : "";
    const head = `<Name>${escaped(bucket)}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>`;
    const text = `${XML}<ListBucketResult>${head}<MaxKeys>${size}</MaxKeys><IsTruncated>${isCut}</IsTruncated>${token}${items.join("")}</ListBucketResult>`;
    response.setHeader("content-type", "application/xml");
    return send(response, request, Buffer.from(text), fault);
  };

  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    // Whoever asked may be gone.
    handle(incoming, response).catch(() => incoming.socket.destroy());
  };
  const server =
    manner.tls === undefined
      ? createHttpServer(listener)
      : createHttpsServer(
          { key: await readFile(manner.tls.key), cert: await readFile(manner.tls.certificate) },
          listener,
        );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `${manner.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "churn-test-key",
      AWS_SECRET_ACCESS_KEY: "churn-test-secret-key",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    get seen() {
      return seen;
    },
    count: (which = {}) => seen.filter((request) => isOf(request, which)).length,
    forget() {
      seen = [];
    },
    put(fault, { times: how = 1, after = 0, ...which } = {}) {
      faults.push({ fault, which, times: how, after });
    },
    mend() {
      faults.length = 0;
    },
    objects,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const TRICKLE_MS = 100;

function isOf({ method, key, prefix }: S3Request, which: S3Requests): boolean {
  if (which.method !== undefined && which.method !== method) return false;
  return which.key === undefined || which.key.test(method === "LIST" ? prefix : key);
}

/** In the path style: /BUCKET/KEY. */
function requestOf(incoming: IncomingMessage): { request: S3Request; query: URLSearchParams } {
  const [path = "", search = ""] = (incoming.url ?? "").split("?");
  const query = new URLSearchParams(search);
  const [, bucket = "", ...rest] = path.split("/").map(decodeURIComponent);
  const key = rest.join("/");
  const method = incoming.method === "GET" && key === "" ? "LIST" : (incoming.method ?? "");
  return { request: { method, bucket, key, prefix: query.get("prefix") ?? "", headers: incoming.headers }, query };
}

function refuse(
  response: ServerResponse,
  { status, code, headers = {}, more = "" }: S3Refusal,
  { method, key }: S3Request,
) {
  const text = `${XML}<Error><Code>${code}</Code><Message>In words: ${code}</Message><Key>${escaped(key)}</Key>${more}</Error>`;
  response.writeHead(status, {
    "content-type": "application/xml",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(method === "HEAD" ? undefined : text);
}

const PAGE = "<!doctype html><html><body><p>Please log in<br></body></html>";

function answerHtml(response: ServerResponse, status: number, page = PAGE): void {
  response.writeHead(status, { "content-type": "text/html" });
  response.end(page);
}

async function send(response: ServerResponse, { method }: S3Request, bytes: Buffer, fault: S3Fault | undefined) {
  if (fault === "lost") return void response.socket?.destroy();
  if (fault !== "short") response.setHeader("content-length", bytes.length);
  if (method === "HEAD") return void response.writeHead(200).end();
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  switch (fault) {
    case "short":
      return void response.writeHead(200).end(half);
    case "cut":
      response.writeHead(200).write(half);
      // What was written has to be on its way first.
      await sleep(20);
      return void response.socket?.destroy();
    case "stalled":
      return void response.writeHead(200).write(half);
    case "flipped":
    case "flipped, unseen": {
      const other = Buffer.from(bytes);
      other.writeUInt8((other.readUInt8(half.length) + 1) % 256, half.length);
      return void response.writeHead(200).end(other);
    }
    case "trickle":
      response.writeHead(200);
      for (const byte of bytes) {
        if (response.destroyed) return;
        response.write(Buffer.from([byte]));
        await sleep(TRICKLE_MS);
      }
      return void response.end();
    default:
      return void response.writeHead(200).end(bytes);
  }
}

/** The key, or the folder of the first level below a prefix that it lies in. */
function levelOf(key: string, prefix: string, delimiter: string): string {
  const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
  return end === -1 ? key : key.slice(0, end + delimiter.length);
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function etagOf(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64");
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (letter) => names[letter] ?? letter);
}
