import { UsageError } from "../errors.ts";

/** Proxies as curl and other programs take them from the environment; lower case wins. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/**
 * Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY. One without a scheme is taken as http, as curl does.
 *
 * @returns  undefined where no proxy is set
 * @throws {UsageError} for one that is no address
 */
export function proxySettings(get: (name: string) => string | undefined): ProxySettings | undefined {
  const read = (name: string) => {
    const text = get(name.toLowerCase()) ?? get(name) ?? "";
    return text === "" ? "" : proxyAddress(text, name);
  };
  const httpProxy = read("HTTP_PROXY");
  const httpsProxy = read("HTTPS_PROXY") || httpProxy;
  if (httpProxy === "" && httpsProxy === "") return undefined;
  return { httpProxy, httpsProxy, noProxy: get("no_proxy") ?? get("NO_PROXY") ?? "" };
}

/** Host and port of the proxy for a scheme, for sentences; it has no credentials in it. */
export function proxyName(settings: ProxySettings | undefined, protocol: string): string | undefined {
  const address = protocol === "https:" ? settings?.httpsProxy : settings?.httpProxy;
  return address === undefined || address === "" ? undefined : new URL(address).host;
}

function proxyAddress(text: string, name: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.hostname && /^https?:$/.test(url.protocol)) return address;
  throw new UsageError(`${name} is no proxy's address`, `write ${name}=http://HOST:PORT`);
}
