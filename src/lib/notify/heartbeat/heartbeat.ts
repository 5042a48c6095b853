import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ChurnError } from "../../errors.ts";
import { openConnections } from "../../http/connections.ts";
import type { HttpAnswer, HttpConnections } from "../../http/http.ts";
import type { Environment } from "../../workspace/env.ts";
import { readAuthorities } from "../authorities.ts";
import type { Reach } from "../channel.ts";
import { reachHost } from "../reach-host.ts";
import { type SecretAddress, secretAddress } from "../secret-address.ts";
import { postTo } from "../secret-post.ts";
import { lastBytes } from "./last-bytes.ts";

const ADDRESS = "HEARTBEAT_URL";

/** Seconds that all attempts at one ping have. */
const PING_SECONDS = 20;
/** Seconds that a start which is still tried holds up the end. */
const START_GRACE_SECONDS = 2;
const TRIES = 5;
/** Milliseconds before the second attempt; each next one waits twice as long. */
const FIRST_WAIT_MS = 250;
/** Bytes of an answer, which is a word or two. */
const LARGEST_ANSWER = 2 ** 16;
/** Bytes that a service keeps that doesn't say how many. */
const USUAL_BODY_BYTES = 10_000;
/** What no service asks for. */
const LARGEST_BODY_BYTES = 2 ** 20;

/**
 * Tells a service from outside that a run began and how it ended, in the protocol of healthchecks.io, so that somebody hears of a run
 * that never began. Nothing that goes wrong here does a run any harm: it is a warning, a sentence that names no address.
 *
 * @see https://healthchecks.io/docs/http_api/
 */
export interface Heartbeat {
  /** Asks whether its host is there; nothing is told. */
  reach(seconds: number): Promise<Reach>;
  /** Goes on beside the run, which need not wait for it. @returns a warning; undefined where all went well. It never rejects */
  start(runId: string): Promise<string | undefined>;
  /**
   * Takes 20 seconds at most. Nothing is sent of a start behind it.
   *
   * @param ended.tail  the log's last lines
   * @returns likewise
   */
  end(ended: {
    readonly runId: string;
    readonly exitCode: number;
    readonly tail: readonly string[];
  }): Promise<string | undefined>;
}

export interface HeartbeatMeans {
  readonly environment: Pick<Environment, "get" | "secret">;
  /** the workspace's folder: relative paths of the environment start there */
  readonly root: string;
}

/** The service that HEARTBEAT_URL names; undefined where it isn't set. */
export function openHeartbeat({ environment, root }: HeartbeatMeans): Heartbeat | undefined {
  let address: ReturnType<typeof secretAddress>;
  try {
    address = secretAddress(environment, ADDRESS);
  } catch (error) {
    if (error instanceof ChurnError) return silent(error.message);
    throw error;
  }
  if (address === undefined) return undefined;
  if (address === null) return silent(`${ADDRESS} is no address such as https://hc-ping.com/UUID`);
  const { url } = address;
  return heartbeatAt(address, () =>
    openConnections(url, readAuthorities(environment, root), (name) => environment.get(name)),
  );
}

/** What can't be told says why, once. */
function silent(warning: string): Heartbeat {
  return {
    reach: async () => ({ kind: "closed", reason: warning, mayPass: false }),
    start: async () => warning,
    end: async () => undefined,
  };
}

function heartbeatAt(address: SecretAddress, connect: () => HttpConnections): Heartbeat {
  let bodyBytes = USUAL_BODY_BYTES;
  let begun: { readonly ended: Promise<unknown>; readonly stop: AbortController } | undefined;
  const ping = async (what: string, how: Pick<Ping, "url" | "body" | "stop" | "seconds">) => {
    const said = await tried({ address, connect, ...how }, (answer) => {
      bodyBytes = limitOf(answer) ?? bodyBytes;
    });
    return said === undefined ? undefined : `the heartbeat's service could not be told ${what}: ${said}`;
  };
  return {
    reach: async (seconds) => {
      const connections = connect();
      try {
        return await reachHost(connections, address.url, { masked: address.masked, seconds });
      } finally {
        await connections.close();
      }
    },
    start: async (runId) => {
      const stop = new AbortController();
      const url = pingUrl(address.url, "/start", runId);
      const body = () => `run ${runId}`;
      const pinged = ping("that the run began", { url, body, stop: stop.signal, seconds: PING_SECONDS });
      begun = { ended: pinged, stop };
      return pinged;
    },
    end: async ({ runId, exitCode, tail }) => {
      const since = performance.now();
      await settled(begun);
      const seconds = PING_SECONDS - (performance.now() - since) / 1000;
      const url = pingUrl(address.url, `/${statusOf(exitCode)}`, runId);
      const body = () => lastBytes(tail.join("\n"), bodyBytes);
      return ping("that the run ended", { url, body, stop: new AbortController().signal, seconds });
    },
  };
}

/** A start that arrives behind the end would be a run that never ends: it is waited for, and then given up. */
async function settled(
  begun: { readonly ended: Promise<unknown>; readonly stop: AbortController } | undefined,
): Promise<void> {
  if (begun === undefined) return;
  const enough = new AbortController();
  // It rejects only where the start was quicker.
  const waited = sleep(START_GRACE_SECONDS * 1000, undefined, { signal: enough.signal }).catch(() => undefined);
  await Promise.race([begun.ended, waited]);
  enough.abort();
  begun.stop.abort();
  await begun.ended;
}

/** A ping's address: the same run id in start and end, by which the service knows how long the run took. */
function pingUrl(base: URL, path: string, runId: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  url.searchParams.set("rid", uuidOf(runId));
  return url;
}

/** A UUID of the kind that is free to be made of anything. @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8 */
function uuidOf(runId: string): string {
  const hex = createHash("sha256").update(runId).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/** The service takes what a process can end with; whatever else is no success. */
function statusOf(exitCode: number): number {
  return Number.isInteger(exitCode) && exitCode >= 0 && exitCode <= 255 ? exitCode : 255;
}

/** Bytes that the service keeps of a body: the first ones. */
function limitOf({ headers }: HttpAnswer): number | undefined {
  const text = headers["ping-body-limit"] ?? "";
  return /^\d+$/.test(text) ? Math.min(LARGEST_BODY_BYTES, Number(text)) : undefined;
}

/** A ping, and how it gets to its service. */
interface Ping {
  readonly address: SecretAddress;
  /** @throws {UsageError} for a proxy or a file of authorities that is none */
  readonly connect: () => HttpConnections;
  readonly url: URL;
  readonly body: () => string;
  /** ends it at once */
  readonly stop: AbortSignal;
  /** that all its attempts have */
  readonly seconds: number;
}

/** @returns what went wrong in the end; undefined where it arrived */
async function tried(ping: Ping, hear: (answer: HttpAnswer) => void): Promise<string | undefined> {
  const { stop, connect } = ping;
  let connections: HttpConnections;
  try {
    connections = connect();
  } catch (error) {
    // What isn't churn's own sentence may have the address in it.
    return error instanceof ChurnError ? error.message : "it can't be reached";
  }
  // Whether it arrived is known before: what goes wrong at the end of the connections changes nothing.
  const close = () => void connections.close().catch(() => undefined);
  stop.addEventListener("abort", close, { once: true });
  const time = performance.now();
  const left = () => ping.seconds - (performance.now() - time) / 1000;
  let last = "there was no time for it";
  try {
    for (let attempt = 0; attempt < TRIES && !stop.aborted && left() > 0; attempt += 1) {
      const said = await once(connections, ping, left(), hear);
      if (said === undefined) return undefined;
      last = said.reason;
      if (!said.mayPass) return last;
      const wait = FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2);
      // It rejects where there is to be no other attempt, which is looked at next.
      await sleep(Math.min(wait, Math.max(0, left() * 1000)), undefined, { signal: stop }).catch(() => undefined);
    }
    return last;
  } finally {
    stop.removeEventListener("abort", close);
    close();
  }
}

interface Trouble {
  readonly reason: string;
  readonly mayPass: boolean;
}

async function once(
  connections: HttpConnections,
  { address, url, body }: Ping,
  seconds: number,
  hear: (answer: HttpAnswer) => void,
): Promise<Trouble | undefined> {
  try {
    const headers = { "Content-Type": "text/plain; charset=utf-8" };
    const heard = await postTo(connections, address, { url, headers, body: body(), seconds, largest: LARGEST_ANSWER });
    if ("none" in heard) return heard.none;
    hear(heard.answer);
    return troubleOf(heard.answer);
  } catch {
    // A defect does a run no harm either, and its words may have the address in them.
    return { reason: "it can't be reached", mayPass: false };
  }
}

/** Services say in an answer of 200 that they know no such check, too. */
function troubleOf({ status, body }: HttpAnswer): Trouble | undefined {
  const words = body.subarray(0, 100).toString("latin1");
  if (status >= 200 && status < 300) {
    const [, but = ""] = /^\s*OK \(([^)]*)\)/.exec(words) ?? [];
    if (/not found/i.test(but)) return { reason: `it has no check of ${ADDRESS} (not found)`, mayPass: false };
    if (/rate limited/i.test(but)) return { reason: "it takes no more pings for now (rate limited)", mayPass: false };
    return undefined;
  }
  if (status === 404) return { reason: `it has no check of ${ADDRESS} (404)`, mayPass: false };
  if (status === 409) return { reason: `several of its checks have the name in ${ADDRESS} (409)`, mayPass: false };
  if (status >= 300 && status < 400)
    return { reason: `it is somewhere else than ${ADDRESS} says (${status})`, mayPass: false };
  return { reason: `it refuses it (${status})`, mayPass: status >= 500 || status === 408 || status === 429 };
}
