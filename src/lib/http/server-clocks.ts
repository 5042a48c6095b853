import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { ClientRequest } from "node:http";
import * as z from "zod";

/** What a server's clock showed when it answered, against this machine's. */
export interface ServerClock {
  /** https://mlflow.company.com */
  readonly server: string;
  /** seconds by which this machine's clock is ahead; what a server says has whole seconds, and was under way for a while */
  readonly aheadSeconds: number;
}

/** Where undici tells that an answer's headers are there. @see https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
const UNDICI = "undici:request:headers";
/** Where Node's own HTTP does, by which AWS's SDK asks. @see https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html#http */
const NODE = "http.client.response.finish";

const answeredUndici = z.object({
  request: z.object({ origin: z.coerce.string() }),
  response: z.object({ headers: z.array(z.instanceof(Buffer)) }),
});
const answeredNode = z.object({
  // Its host has no port.
  request: z.instanceof(ClientRequest).transform((request) => `${request.protocol}//${request.getHeader("host")}`),
  response: z.object({ headers: z.object({ date: z.string() }) }),
});

/**
 * Hears what time servers say in the header Date of their answers, whoever asks them, until it is disposed of: no server is asked for it.
 *
 * @param now  this machine's clock, in milliseconds since 1970
 */
export function hearServerClocks(
  now: () => number = Date.now,
): { readonly heard: () => readonly ServerClock[] } & Disposable {
  const heard = new Map<string, ServerClock>();
  const note = (server: string, date: string | undefined) => {
    const said = Date.parse(date ?? "");
    // The second that it says has begun, and is over by half when it is said.
    if (!Number.isNaN(said)) heard.set(server, { server, aheadSeconds: (now() - said) / 1000 - 0.5 });
  };
  const onUndici = (event: unknown) => {
    const { data } = answeredUndici.safeParse(event);
    if (data === undefined) return;
    const { headers } = data.response;
    const at = headers.findIndex((name, index) => index % 2 === 0 && /^date$/i.test(name.toString("latin1")));
    note(data.request.origin, at < 0 ? undefined : headers[at + 1]?.toString("latin1"));
  };
  const onNode = (event: unknown) => {
    const { data } = answeredNode.safeParse(event);
    if (data !== undefined) note(data.request, data.response.headers.date);
  };
  subscribe(UNDICI, onUndici);
  subscribe(NODE, onNode);
  return {
    heard: () => [...heard.values()],
    [Symbol.dispose]() {
      unsubscribe(UNDICI, onUndici);
      unsubscribe(NODE, onNode);
    },
  };
}
