import { BlockList, isIP } from "node:net";
import { UsageError } from "../errors.ts";

/** The proxy on the way to a service. */
export interface Proxy {
  /** with user and password, where it has them */
  readonly address: string;
  /** host and port, for sentences */
  readonly name: string;
}

/**
 * The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY have for a service, as curl and other programs take them: lower case
 * wins, one without a scheme is http's, and that of HTTP_PROXY serves https as well where it is alone.
 *
 * NO_PROXY is a list of hosts, each with all below it, of addresses, of networks (10.0.0.0/8), or `*`; a port may follow.
 *
 * @returns undefined where there is none on this way
 * @throws {UsageError} for one that is no address
 */
export function proxyFor(service: URL, get: (name: string) => string | undefined): Proxy | undefined {
  const read = (name: string) => get(name.toLowerCase()) ?? get(name) ?? "";
  const names = service.protocol === "https:" ? ["HTTPS_PROXY", "HTTP_PROXY"] : ["HTTP_PROXY"];
  const name = names.find((one) => read(one) !== "");
  if (
    name === undefined ||
    read("NO_PROXY")
      .split(/[,\s]+/)
      .some((entry) => covers(entry, service))
  )
    return undefined;
  const text = read(name);
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.hostname && /^https?:$/.test(url.protocol) && isDecodable(`${url.username}${url.password}`))
    return { address, name: url.host };
  throw new UsageError(`${name} is no proxy's address`, `write ${name}=http://HOST:PORT`);
}

/** Of user and password undici decodes what a % escapes. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function covers(entry: string, service: URL): boolean {
  if (entry === "*") return true;
  const [, network = "", bits = ""] = /^([\d.]+|[\da-f:]+)\/(\d{1,3})$/i.exec(entry) ?? [];
  const host = service.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  if (network !== "") return isWithin(host, network, Number(bits));
  const [, named = entry, port = ""] = /^([^:]+|\[.*\]):(\d+)$/.exec(entry) ?? [];
  if (port !== "" && port !== (service.port || (service.protocol === "https:" ? "443" : "80"))) return false;
  const domain = named
    .toLowerCase()
    .replace(/^\*?\./, "")
    .replace(/^\[|\]$/g, "");
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function isWithin(host: string, network: string, bits: number): boolean {
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || bits > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}
