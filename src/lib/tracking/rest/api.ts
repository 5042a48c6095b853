import * as z from "zod";
import { UnreachableError } from "../../errors.ts";
import type { HttpAnswer, HttpConnections, HttpRequest } from "../../http/http.ts";
import { repeatedly } from "../../http/repeat.ts";
import { addressText } from "../address.ts";
import { type Asked, failureOf, jsonOf, redirectOf, refusalOf } from "./answers.ts";
import type { Credentials } from "./credentials.ts";

/** Seconds that one attempt may take: MLflow on SQLite is slow while others write. */
const ATTEMPT_SECONDS = 60;
/** A file has a second more for so many bytes. */
const SLOWEST = 2 ** 20;
/** What is left for the last of several redirects, or tries. */
const SHORTEST_SECONDS = 0.1;
/** Bytes of an answer of JSON. */
const LARGEST_JSON = 64 * 2 ** 20;
/** Bytes of the answer to an upload. */
const LARGEST_RECEIPT = 2 ** 20;
/** Bytes that are sent at a time: all at once would be encrypted as a whole, in another copy. */
const PIECE = 2 ** 16;
/** Redirects in a row that are followed. */
const REDIRECTS = 5;

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Values = Readonly<Record<string, unknown>>;

/** MLflow's REST API at one address. @see https://mlflow.org/docs/latest/api_reference/rest-api.html */
export interface Api {
  /** for people, without credentials */
  readonly uri: string;
  /** how long a call is repeated */
  readonly deadlineSeconds: number;
  /**
   * One call. Arguments of a GET go into its query, those of the others into a JSON body.
   *
   * @param path     below /api/2.0/mlflow/
   * @param recover  before a repetition of a call that may have been carried out: its outcome, where it was, asked for by the
   *                 API that it gets, which has the same deadline. Calls without it are safe to repeat
   * @throws {RefusedError} when MLflow refuses it, with MLflow's error code
   * @throws {UsageError} when the credentials or the address are wrong
   * @throws {UnreachableError} when the server can't be reached, fails, or answers what no MLflow answers
   */
  call<Answer>(
    method: Method,
    path: string,
    values: Values,
    answer: z.ZodType<Answer>,
    recover?: (api: Api) => Promise<Answer | undefined>,
  ): Promise<Answer>;
  /** Puts a file to an artifact's URL. The same errors, as for the next two. */
  upload(url: URL, content: Uint8Array): Promise<void>;
  /**
   * Gets a file of an artifact's URL.
   *
   * @param size.expected  bytes, as they were listed
   * @param size.largest   bytes: more are nonsense
   */
  download(url: URL, size: { readonly expected: number; readonly largest: number }): Promise<Buffer>;
  /** A GET of JSON at a URL outside of the API's path. */
  json<Answer>(url: URL, answer: z.ZodType<Answer>): Promise<Answer>;
  /** The URL of a path below the server's address. */
  urlOf(path: string): URL;
  /** Asks whether the server is there and lets us in, once or, where an answer is lost, again within the time. */
  probe(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** What a request takes along, and how much comes back. */
interface Sent {
  readonly body?: HttpRequest["body"];
  /** bytes of the answer */
  readonly largest: number;
  readonly attemptSeconds?: number;
}

/**
 * @param base             the server's address, without credentials
 * @param deadlineSeconds  how long one call is repeated
 */
export function openApi(
  base: URL,
  connections: HttpConnections,
  credentials: Credentials,
  deadlineSeconds: number,
): Api {
  const uri = addressText(base);
  const server = { uri, who: credentials.who, secrets: credentials.secrets };
  const urlOf = (path: string) => new URL(`${uri}${path}`);
  const apiUrl = (path: string) => urlOf(`/api/2.0/mlflow/${path}`);

  const once = async (asked: Asked, { body, largest, attemptSeconds = ATTEMPT_SECONDS }: Sent, seconds: number) => {
    const type = typeof body === "string" ? { "Content-Type": "application/json" } : {};
    const headers = { Accept: "application/json", ...credentials.headers, ...type };
    const seen = new Set([asked.url.href]);
    let { url } = asked;
    const start = performance.now();
    for (let hop = 0; ; hop += 1) {
      const left = Math.min(attemptSeconds, seconds) - (performance.now() - start) / 1000;
      const timeoutSeconds = Math.max(SHORTEST_SECONDS, left);
      const answer = await connections.send({ method: asked.method, url, headers, body, timeoutSeconds, largest });
      const target = redirectOf(server, { ...asked, url }, answer);
      if (target === undefined) return answer;
      if (hop === REDIRECTS || seen.has(target.href))
        throw new UnreachableError(`MLflow at ${uri} sends requests in a circle`, `curl -v ${uri}/health shows where`);
      seen.add(target.href);
      url = target;
    }
  };

  const answered = async <Answer>(
    asked: Asked,
    sent: Sent,
    read: (answer: HttpAnswer) => Answer,
    recover?: (api: Api) => Promise<Answer | undefined>,
  ): Promise<Answer> => {
    const send = (seconds: number) => once(asked, sent, seconds);
    const look = recover && ((seconds: number) => recover(openApi(base, connections, credentials, seconds)));
    const last = await repeatedly<Answer>({ send, recover: look }, deadlineSeconds);
    if (last.kind === "recovered") return last.outcome;
    if (last.kind === "failure") throw failureOf(server, last.failure);
    const refusal = refusalOf(server, asked, last.answer);
    if (refusal !== undefined) throw refusal;
    return read(last.answer);
  };

  return {
    uri,
    deadlineSeconds,
    urlOf,
    call(method, path, values, answer, recover) {
      const url = apiUrl(path);
      const isQuery = method === "GET";
      if (isQuery) addQuery(url, values);
      const asked = { method, url, what: path };
      const body = isQuery ? undefined : JSON.stringify(values);
      const read = (got: HttpAnswer) => jsonOf(server, asked, got, answer);
      return answered(asked, { body, largest: LARGEST_JSON }, read, recover);
    },
    json(url, answer) {
      const asked = { method: "GET" as const, url, what: url.pathname };
      return answered(asked, { largest: LARGEST_JSON }, (got) => jsonOf(server, asked, got, answer));
    },
    async upload(url, content) {
      const { byteLength: bytes } = content;
      const body = { bytes, pieces: () => piecesOf(content) };
      const sent = { body, largest: LARGEST_RECEIPT, attemptSeconds: ATTEMPT_SECONDS + bytes / SLOWEST };
      await answered({ method: "PUT", url, what: url.pathname }, sent, () => undefined);
    },
    download(url, { expected, largest }) {
      const sent = { largest, attemptSeconds: ATTEMPT_SECONDS + expected / SLOWEST };
      return answered({ method: "GET", url, what: url.pathname }, sent, (got) => got.body);
    },
    async probe(seconds) {
      const url = apiUrl("experiments/search");
      addQuery(url, { max_results: 1 });
      const asked = { method: "GET" as const, url, what: "experiments/search" };
      const start = performance.now();
      const left = () => seconds - (performance.now() - start) / 1000;
      const last = await repeatedly({ send: () => once(asked, { largest: LARGEST_JSON }, left()) }, seconds);
      if (last.kind === "failure") throw failureOf(server, last.failure);
      if (last.kind !== "answer") return;
      const refusal = refusalOf(server, asked, last.answer);
      if (refusal !== undefined) throw refusal;
      jsonOf(server, asked, last.answer, z.looseObject({}));
    },
    close: () => connections.close(),
  };
}

function* piecesOf(content: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += PIECE) yield content.subarray(at, at + PIECE);
}

/** A repeated field is a repeated name. */
function addQuery(url: URL, values: Values): void {
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
}
