import type { Environment } from "../workspace/env.ts";

/** An address that opens a door to whoever knows it: no sentence names it, nor a part of it. */
export interface SecretAddress {
  /** without user and password, which undici would leave out */
  readonly url: URL;
  /** its user and password, as a header */
  readonly headers: Readonly<Record<string, string>>;
  /** A text of the network's without what it says of the address. */
  masked(text: string): string;
}

/** A shorter part would be found in any text. */
const SHORTEST_PART = 5;

/**
 * Reads an address of HTTP from the environment; undefined where it isn't set.
 *
 * @returns null for what is no such address
 * @throws {UsageError} as `Environment.secret`
 */
export function secretAddress(
  environment: Pick<Environment, "secret">,
  name: string,
): SecretAddress | null | undefined {
  const text = environment.secret(name)?.trim();
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return null;
  const parts = [text, url.href, url.host, url.hostname, url.pathname, url.search, url.username, url.password]
    .filter(({ length }) => length >= SHORTEST_PART)
    .sort((one, other) => other.length - one.length);
  const headers = basic(url.username, url.password);
  url.username = "";
  url.password = "";
  url.hash = "";
  return { url, headers, masked: (said) => parts.reduce((rest, part) => rest.replaceAll(part, "***"), said) };
}

function basic(username: string, password: string): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const pair = [username, password].map(unescaped).join(":");
  return { Authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
