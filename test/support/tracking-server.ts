import { trackingAddress } from "../../src/lib/tracking/address.ts";
import { openServer } from "../../src/lib/tracking/rest/rest.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";

/** Variables of an environment, NAME_FILE left out. */
export function variables(values: Readonly<Record<string, string>> = {}) {
  const get = (name: string): string | undefined => values[name];
  // Of the machine's user there may be credentials.
  return { get: (name: string) => get(name) ?? (name === "HOME" ? "/nowhere" : undefined), secret: get };
}

/** Tracking at a server, as the stages have it. */
export function trackingAt(
  url: string,
  { env = {}, deadlineSeconds = 0 }: { env?: Readonly<Record<string, string>>; deadlineSeconds?: number } = {},
): Tracking & AsyncDisposable {
  const tracking = trackingAddress(url);
  if (tracking?.kind !== "server") throw new Error(`${url} is no server's address`);
  const opened = openServer({ tracking }, { deadlineSeconds, root: "/", environment: variables(env) });
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}
