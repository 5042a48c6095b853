import type { HttpAnswer, HttpConnections } from "../http/http.ts";
import { NetworkFailure } from "../http/network-failure.ts";
import { VERSIONS } from "../workspace/versions.ts";
import { mayPass } from "./reach-host.ts";
import type { SecretAddress } from "./secret-address.ts";

/** Seconds that one attempt may take. */
const ATTEMPT_SECONDS = 10;

export interface SecretPost {
  /** at the address's host */
  readonly url: URL;
  /** besides those of the address and of churn */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** that there are left; one attempt takes ten at most */
  readonly seconds: number;
  /** bytes of an answer */
  readonly largest: number;
}

/** Why no answer came. */
export interface NoAnswer {
  /** without what it would say of the address */
  readonly reason: string;
  /** whether nobody can have seen the request */
  readonly isUnsent: boolean;
  /** whether it may be otherwise a moment later */
  readonly mayPass: boolean;
}

/**
 * Posts once to an address that is a secret.
 *
 * @throws what is no failure of the network
 */
export async function postTo(
  connections: HttpConnections,
  { headers, masked }: SecretAddress,
  post: SecretPost,
): Promise<{ readonly answer: HttpAnswer } | { readonly none: NoAnswer }> {
  try {
    const answer = await connections.send({
      method: "POST",
      url: post.url,
      headers: { ...headers, "User-Agent": `churn/${VERSIONS.churn}`, ...post.headers },
      body: post.body,
      timeoutSeconds: Math.min(ATTEMPT_SECONDS, post.seconds),
      largest: post.largest,
    });
    return { answer };
  } catch (error) {
    if (!(error instanceof NetworkFailure)) throw error;
    const { message, unsent } = error;
    return { none: { reason: masked(message), isUnsent: unsent, mayPass: mayPass(error) } };
  }
}
