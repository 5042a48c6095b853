import { s3Section } from "../../src/lib/config/s3-section.ts";
import type { S3Settings } from "../../src/lib/s3/settings.ts";
import { trackingAddress } from "../../src/lib/tracking/address.ts";
import { openServer } from "../../src/lib/tracking/rest/rest.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";

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
    s3?: Partial<S3Settings["s3"]>;
  } = {},
): Tracking & AsyncDisposable {
  const addresses = { tracking: serverAt(url), registry: registry === undefined ? undefined : serverAt(registry) };
  const opened = openServer(addresses, { deadlineSeconds, ...s3Settings(s3, env) });
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}

/** How buckets are reached, by a section `s3` and an environment. Nothing is repeated unless it says so. */
export function s3Settings(s3: Partial<S3Settings["s3"]> = {}, env: Readonly<Record<string, string>> = {}): S3Settings {
  return { s3: s3Section.parse({ deadline: "0s", ...s3 }), root: "/", environment: variables(env) };
}

function serverAt(url: string) {
  const address = trackingAddress(url);
  if (address?.kind !== "server") throw new Error(`${url} is no server's address`);
  return address;
}
