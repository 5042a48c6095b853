import { rootCertificates } from "node:tls";
import { readPem } from "../files/pem.ts";
import type { TlsSettings } from "../http/http.ts";
import type { Environment } from "../workspace/env.ts";

const NAME = "NODE_EXTRA_CA_CERTS";

/**
 * The authorities that a service may be certified by: Node's own, and those of NODE_EXTRA_CA_CERTS, which Node itself doesn't see where
 * it stands in .env.
 *
 * @param root  the workspace's folder: relative paths start there
 * @throws {UsageError} when the file can't be read, or is no PEM file
 */
export function readAuthorities(environment: Pick<Environment, "get">, root: string): TlsSettings {
  const named = environment.get(NAME);
  if (named === undefined) return {};
  const more = readPem(named, NAME, { root, home: environment.get("HOME") });
  return { ca: [...rootCertificates, more].join("\n") };
}
