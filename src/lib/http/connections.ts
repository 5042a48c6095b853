import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { Readable } from "node:stream";
import { Agent, type Dispatcher, Pool, ProxyAgent, request as undiciRequest } from "undici";
import * as z from "zod";
import type { HttpAnswer, HttpConnections, HttpRequest, TlsSettings } from "./http.ts";
import { NetworkFailure, networkFailure } from "./network-failure.ts";
import { proxyFor } from "./proxy.ts";

const CONNECT_SECONDS = 10;
/** Connections to one service at a time. */
const CONNECTIONS = 8;
/** A server that stops lets go of idle connections; one that was cut meanwhile costs a repetition. */
const KEEP_ALIVE_MS = 4_000;
/** Where undici tells that it is about to write a request's headers to a connection that stands. */
const DEPARTURES = "undici:client:sendHeaders";

const departed = z.object({ request: z.object({ method: z.string(), path: z.string(), origin: z.unknown() }) });

/**
 * Opens the way to one service. Node's own fetch knows neither proxies nor certificates of one's own.
 *
 * @param service         its address: by its scheme a proxy is asked for a tunnel or to pass the request on
 * @param get             the environment's variables
 * @param connectSeconds  a connection may take so long at most: closing waits for one that is being made, also where its request's
 *                        time is over
 * @throws {UsageError} for a proxy that is no address
 * @see https://undici.nodejs.org/#/docs/api/ProxyAgent
 */
export function openConnections(
  service: URL,
  tls: TlsSettings,
  get: (name: string) => string | undefined,
  connectSeconds: number = CONNECT_SECONDS,
): HttpConnections {
  const proxy = proxyFor(service, get);
  const { ca, client, insecure = false } = tls;
  const connect = {
    timeout: Math.min(CONNECT_SECONDS, connectSeconds) * 1000,
    rejectUnauthorized: !insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined ? {} : { cert: client, key: client }),
  };
  const options = { connections: CONNECTIONS, keepAliveTimeout: KEEP_ALIVE_MS, connect };
  const dispatcher: Dispatcher =
    proxy === undefined
      ? new Agent(options)
      : new ProxyAgent({
          ...options,
          uri: proxy.address,
          requestTls: connect,
          // A proxy that never answers would hold the asked for tunnel, and the closing of it, for five minutes.
          clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: connect.timeout }),
          // A tunnel to a port of plain HTTP is what most proxies refuse.
          proxyTunnel: service.protocol === "https:",
        });
  return {
    send: (request) => send(dispatcher, request, proxy?.name),
    close: () => dispatcher.destroy(),
  };
}

function sent(headers: HttpRequest["headers"], body: HttpRequest["body"]) {
  if (body === undefined) return { headers };
  if (typeof body === "string") return { headers, body };
  const stream = Readable.from(body.pieces(), { objectMode: false });
  return { headers: { ...headers, "Content-Length": String(body.bytes) }, body: stream };
}

async function send(
  dispatcher: Dispatcher,
  { method, url, headers, body, timeoutSeconds, largest }: HttpRequest,
  proxy: string | undefined,
): Promise<HttpAnswer> {
  const timeout = Math.max(1, timeoutSeconds * 1000);
  const limit = new AbortController();
  const departure = watchDeparture(method, url);
  const timer = setTimeout(
    () => limit.abort(new NetworkFailure("it doesn't answer", { unsent: !departure.hasLeft(), kind: "silence" })),
    timeout,
  );
  try {
    const answering = undiciRequest(url, {
      dispatcher,
      method,
      ...sent(headers, body),
      headersTimeout: timeout,
      bodyTimeout: timeout,
      signal: limit.signal,
    });
    // A request that waits for its connection hears of no signal.
    const answer = await Promise.race([answering, overdue(limit.signal)]);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body) {
      bytes += chunk.byteLength;
      if (bytes > largest) {
        answer.body.destroy();
        throw new NetworkFailure(`its answer has more than ${largest} bytes`, { unsent: false, kind: "nonsense" });
      }
      chunks.push(chunk);
    }
    const first = Object.entries(answer.headers).map(([name, value]): [string, string] => [
      name.toLowerCase(),
      Array.isArray(value) ? (value[0] ?? "") : (value ?? ""),
    ]);
    return { status: answer.statusCode, headers: Object.fromEntries(first), body: Buffer.concat(chunks, bytes) };
  } catch (error) {
    if (error instanceof NetworkFailure) throw error;
    if (limit.signal.aborted) throw limit.signal.reason;
    throw networkFailure(error, proxy, departure.hasLeft());
  } finally {
    clearTimeout(timer);
    departure.end();
  }
}

async function overdue(signal: AbortSignal): Promise<never> {
  await once(signal, "abort");
  throw signal.reason;
}

/**
 * Sees a request leave: a time that is over says nothing about whether the service has got it, and neither does a connection that
 * was cut. The channel is the process's, so another request like it counts as well; what asks a proxy for a tunnel does not.
 *
 * @see https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
 */
function watchDeparture(method: string, { origin, pathname, search }: URL) {
  const path = `${pathname}${search}`;
  let left = false;
  const see = (event: unknown) => {
    const { success, data } = departed.safeParse(event);
    if (!success) return;
    const { request } = data;
    // A proxy that passes it on gets the whole address.
    const isOurs = request.path === `${origin}${path}` || (request.path === path && String(request.origin) === origin);
    if (request.method === method && isOurs) left = true;
  };
  subscribe(DEPARTURES, see);
  return { hasLeft: () => left, end: () => unsubscribe(DEPARTURES, see) };
}
