import type { HttpConnections } from "../http/http.ts";
import { NetworkFailure } from "../http/network-failure.ts";
import { VERSIONS } from "../workspace/versions.ts";
import type { Reach } from "./channel.ts";

/** Bytes of an answer, of which nothing is read. */
const LARGEST = 2 ** 20;

/**
 * Asks the host of an address for its first page, whatever that is: it is there, and the way to it. Of the address itself nothing is
 * asked, since whoever asks for that has used it.
 *
 * @param masked   a text of the network's without what it says of the address
 * @param seconds  until it has to be over
 * @returns what is open, in half a sentence that names no address
 */
export async function reachHost(
  connections: HttpConnections,
  address: URL,
  { masked, seconds }: { readonly masked: (text: string) => string; readonly seconds: number },
): Promise<Reach> {
  try {
    const { status } = await connections.send({
      method: "HEAD",
      url: new URL("/", address.origin),
      headers: { "User-Agent": `churn/${VERSIONS.churn}` },
      body: undefined,
      timeoutSeconds: seconds,
      largest: LARGEST,
    });
    if (status === 407)
      return { kind: "closed", reason: "a proxy on the way wants credentials (407): HTTPS_PROXY", mayPass: false };
    return { kind: "open", detail: "its host answers, and no more can be known without sending" };
  } catch (error) {
    if (!(error instanceof NetworkFailure)) throw error;
    return { kind: "closed", reason: `its host can't be reached: ${masked(error.message)}`, mayPass: mayPass(error) };
  }
}

/** Whether it may be otherwise a moment later, by itself. */
export function mayPass({ kind }: NetworkFailure): boolean {
  return kind === "temporary" || kind === "silence";
}
