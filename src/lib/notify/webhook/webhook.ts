import { createHmac } from "node:crypto";
import { ChurnError } from "../../errors.ts";
import type { HttpAnswer, HttpConnections } from "../../http/http.ts";
import type { Attempt, Channel, ChannelMeans } from "../channel.ts";
import type { Letter } from "../letter.ts";
import { reachHost } from "../reach-host.ts";
import { type SecretAddress, secretAddress } from "../secret-address.ts";
import { type NoAnswer, postTo } from "../secret-post.ts";
import { webhookBody } from "./payload.ts";

const ADDRESS = "NOTIFY_WEBHOOK_URL";
const SECRET = "NOTIFY_WEBHOOK_SECRET";
const PLACE = "in the environment or the workspace's .env (mode 0600)";

/** Bytes of an answer, of which nothing is read but its status. */
const LARGEST_ANSWER = 2 ** 20;
/** Below 500: too busy, or too slow. That may pass. */
const PASSING = new Set([408, 425, 429]);

/**
 * Signed JSON to an address of the team's own. It arrives at least once: whoever can't take a second copy goes by its
 * Idempotency-Key.
 */
export function openWebhookChannel({ environment, root }: ChannelMeans): Channel {
  return {
    name: "webhook",
    isRepeatable: true,
    send: async (letter, secondsLeft) => {
      const way = await wayTo({ environment, root });
      if (typeof way === "string") return unsent(way);
      try {
        return await post(way.connections, way.address, way.secret, letter, secondsLeft);
      } finally {
        await way.connections.close();
      }
    },
    reach: async (seconds) => {
      const way = await wayTo({ environment, root });
      if (typeof way === "string") return { kind: "closed", reason: way, mayPass: false };
      try {
        return await reachHost(way.connections, way.address.url, { masked: way.address.masked, seconds });
      } finally {
        await way.connections.close();
      }
    },
    show: async (letter) => ({ extension: "json", content: JSON.stringify(JSON.parse(webhookBody(letter)), null, 2) }),
  };
}

interface Way {
  readonly connections: HttpConnections;
  readonly address: SecretAddress;
  readonly secret: string;
}

/** @returns a sentence where something is missing */
async function wayTo({ environment, root }: Pick<ChannelMeans, "environment" | "root">): Promise<Way | string> {
  try {
    const address = secretAddress(environment, ADDRESS);
    if (address === undefined) return `${ADDRESS} isn't set: it belongs ${PLACE}`;
    if (address === null) return `${ADDRESS} is no address such as https://hooks.company.com/churn`;
    const secret = environment.secret(SECRET);
    if (secret === undefined) return `${SECRET} isn't set, by which the receiver knows churn: it belongs ${PLACE}`;
    const [{ openConnections }, { readAuthorities }] = await Promise.all([
      import("../../http/connections.ts"),
      import("../authorities.ts"),
    ]);
    const connections = openConnections(address.url, readAuthorities(environment, root), (name) =>
      environment.get(name),
    );
    return { connections, address, secret };
  } catch (error) {
    // A file that isn't there, of a secret or an authority, or a proxy that is no address.
    if (error instanceof ChurnError) return error.message;
    throw error;
  }
}

/**
 * What a receiver reckons anew, to know that the body is churn's and of this moment.
 *
 * @param timestamp  seconds since 1970, as Churn-Timestamp says them
 */
export function signature(secret: string, timestamp: string, body: string): string {
  return createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
}

async function post(
  connections: HttpConnections,
  address: SecretAddress,
  secret: string,
  letter: Letter,
  seconds: number,
): Promise<Attempt> {
  const body = webhookBody(letter);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = {
    "Content-Type": "application/json",
    "Churn-Timestamp": timestamp,
    "Churn-Signature": `v1=${signature(secret, timestamp, body)}`,
    "Idempotency-Key": `${letter.workspace.id}/${letter.key}`,
  };
  const { url } = address;
  const heard = await postTo(connections, address, { url, headers, body, seconds, largest: LARGEST_ANSWER });
  return "none" in heard ? withoutAnswer(heard.none) : attemptOf(heard.answer);
}

/** What a receiver answers. Its body is the receiver's own business, and is quoted nowhere. */
function attemptOf({ status, headers }: HttpAnswer): Attempt {
  if (status >= 200 && status < 300) return { kind: "sent", detail: `${ADDRESS} answered ${status}` };
  if (PASSING.has(status) || status >= 500)
    return unsent(`its receiver is busy, or fails (${status})`, { after: secondsAsked(headers["retry-after"]) });
  if (status < 400) return unsent(`its receiver redirects (${status}): set ${ADDRESS} to where it is now`);
  if (status === 401 || status === 403)
    return unsent(`its receiver refuses it (${status}): is ${SECRET} the one that it checks by?`);
  if (status === 404 || status === 410)
    return unsent(`its receiver is gone (${status}): is ${ADDRESS} still the right one?`);
  if (status === 407) return unsent("a proxy on the way wants credentials (407): put them into HTTP_PROXY");
  return unsent(`its receiver refuses it (${status})`);
}

/** Without an answer it may have arrived, unless nobody was reached. */
function withoutAnswer({ reason, isUnsent, mayPass }: NoAnswer): Attempt {
  if (!isUnsent) return { kind: "unknown", reason: `its receiver gave no answer: ${reason}` };
  return unsent(`its receiver can't be reached: ${reason}`, mayPass ? { after: 0 } : undefined);
}

/** Retry-After is a number of seconds, or a date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function secondsAsked(text = ""): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

function unsent(reason: string, retry?: { readonly after: number }): Attempt {
  return { kind: "unsent", reason, retry };
}
