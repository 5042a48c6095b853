import { createHash } from "node:crypto";
import { type Behaviour, type OddServer, oddServer, type SeenRequest } from "./odd-server.ts";

/** An object of a bucket, and how many bytes a listing says that it has, where that isn't its length. */
interface Kept {
  readonly body: string;
  readonly listed?: number;
}

/** What a server of S3's kind does otherwise than such servers do; undefined for nothing. */
export type Fault = (request: SeenRequest & { readonly key: string }) => Behaviour | undefined;

/**
 * A server of S3's kind in memory, of any bucket, which keeps texts: as much of it as puts, gets and lists.
 *
 * @param objects  "bucket/key" and what is there; what is written comes to it
 */
export async function bucketServer(objects: Map<string, Kept>, fault: Fault = () => undefined): Promise<OddServer> {
  return oddServer((request) => {
    const { pathname, searchParams } = new URL(request.target, "http://x");
    const key = decodeURIComponent(pathname.slice(1));
    const odd = fault({ ...request, key });
    if (odd !== undefined) return odd;
    if (request.method === "PUT") {
      objects.set(key, { body: request.body });
      return { headers: { etag: etagOf(request.body) }, body: "" };
    }
    const prefix = searchParams.get("prefix");
    if (prefix !== null) return xml(listing(objects, key.replace(/\/$/, ""), prefix));
    const found = objects.get(key);
    if (found === undefined) return s3Refusal(404, "NoSuchKey");
    const wanted = request.headers["if-match"];
    if (wanted !== undefined && wanted !== etagOf(found.body)) return s3Refusal(412, "PreconditionFailed");
    return {
      headers: { etag: etagOf(found.body), "content-length": String(Buffer.byteLength(found.body)) },
      body: found.body,
    };
  });
}

/** A refusal as S3 words it. */
export function s3Refusal(status: number, code: string): Behaviour {
  return xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`, status);
}

function listing(objects: ReadonlyMap<string, Kept>, bucket: string, prefix: string): string {
  const found = [...objects]
    .filter(([key]) => key.startsWith(`${bucket}/${prefix}`))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const contents = found.map(([key, { body, listed = Buffer.byteLength(body) }]) => {
    const name = `<Key>${key.slice(bucket.length + 1)}</Key><Size>${listed}</Size>`;
    return `<Contents>${name}<ETag>${etagOf(body)}</ETag><LastModified>2026-11-25T00:00:00.000Z</LastModified></Contents>`;
  });
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`;
}

function etagOf(body: string): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function xml(body: string, status = 200): Behaviour {
  return { status, headers: { "content-type": "application/xml" }, body };
}
