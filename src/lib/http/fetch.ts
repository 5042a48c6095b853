import * as z from "zod";
import type { HttpConnections } from "./http.ts";
import { NetworkFailure } from "./network-failure.ts";
import type { Repeated } from "./repeat.ts";

const methods = z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]);
/** By the standard these have no body, and a Response with one is refused. */
const WITHOUT_BODY = new Set([204, 205, 304]);

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The way to a service as a `fetch`, for other people's packages that take one: as much of it as they need. No redirect is followed, and
 * time is over when the limits say so, whatever signal they give: a failure then knows whether the request had left.
 *
 * @param see  gets each answer and failure as it came: what a package makes of them leaves out the half
 * @throws {NetworkFailure} where no answer came, or not all of it
 */
export function fetchOver(
  connections: HttpConnections,
  limits: { readonly timeoutSeconds: number; readonly largest: number },
  see: (last: Repeated) => void,
): (url: string | URL, asked?: Asked) => Promise<Response> {
  return async (url, { method = "GET", headers = {}, body } = {}) => {
    const request = {
      method: methods.parse(method),
      url: new URL(url),
      headers,
      body: z.string().optional().parse(body),
    };
    try {
      const answer = await connections.send({ ...request, body: request.body, ...limits });
      see({ kind: "answer", answer });
      const { status } = answer;
      return new Response(WITHOUT_BODY.has(status) ? null : new Uint8Array(answer.body), {
        status,
        headers: answer.headers,
      });
    } catch (error) {
      if (error instanceof NetworkFailure) see({ kind: "failure", failure: error });
      throw error;
    }
  };
}
