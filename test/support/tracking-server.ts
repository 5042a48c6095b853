import { trackingAddress } from "../../src/lib/tracking/address.ts";
import { openServer } from "../../src/lib/tracking/rest/rest.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { s3Settings } from "./s3-settings.ts";

/** Variables of an environment, NAME_FILE left out. */
export function variables(values: Readonly<Record<string, string>> = {}) {
  const get = (name: string): string | undefined => values[name];
  // Of the machine's user there may be credentials.
  return {
    variables: new Map<string, never>(),
    get: (name: string) => get(name) ?? (name === "HOME" ? "/nowhere" : undefined),
    secret: get,
  };
}

/** Tracking at a server, as the stages have it. */
export function trackingAt(
  url: string,
  {
    env = {},
    deadlineSeconds = 0,
    registry,
    s3 = {},
  }: {
    env?: Readonly<Record<string, string>>;
    deadlineSeconds?: number;
    registry?: string;
    s3?: Readonly<Record<string, unknown>>;
  } = {},
): Tracking & AsyncDisposable {
  const addresses = { tracking: serverAt(url), registry: registry === undefined ? undefined : serverAt(registry) };
  const opened = openServer(addresses, {
    deadlineSeconds,
    ...s3Settings(env, { deadline: "0s", ...s3 }),
    environment: variables(env),
  });
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}

function serverAt(url: string) {
  const address = trackingAddress(url);
  if (address?.kind !== "server") throw new Error(`${url} is no server's address`);
  return address;
}
