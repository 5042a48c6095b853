import { isIP } from "node:net";
import { own } from "../../config/own.ts";
import { UsageError } from "../../errors.ts";
import { type PemPlace, readPem } from "../../files/pem.ts";

/** How a server is to be certified, as people say it. */
export interface TlsWords {
  /** one of libpq's or of MySQL's clients' words; undefined where nobody has said any */
  readonly mode: string | undefined;
  /** files of PEM: authorities, the client's certificate and its key. "system": those that Node knows */
  readonly rootcert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** The same for Node's TLS, by fields that every driver passes on as they are; `none` is a connection without TLS. */
export type TlsSettings =
  | { readonly kind: "none" }
  | {
      readonly kind: "tls";
      readonly mode: "require" | "verify-ca" | "verify-full";
      readonly ca: string | undefined;
      readonly cert: string | undefined;
      readonly key: string | undefined;
    };

/** libpq's words, and those that MySQL's clients have for the same. */
const MODES: Readonly<Record<string, "disable" | "require" | "verify-ca" | "verify-full" | "prefer">> = {
  disable: "disable",
  require: "require",
  "verify-ca": "verify-ca",
  "verify-full": "verify-full",
  prefer: "prefer",
  allow: "prefer",
  disabled: "disable",
  required: "require",
  verify_ca: "verify-ca",
  verify_identity: "verify-full",
  preferred: "prefer",
};

/**
 * How a connection is to be protected. Without a word: verify-full to any host that isn't this machine.
 *
 * @param host  a name, an IP address or a socket's path
 * @param place.root  the workspace's folder: relative paths start there
 * @throws {UsageError} when the word is unknown or can't be kept, or a file can't be read
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
 */
export function tlsSettings(words: TlsWords, host: string, place: PemPlace): TlsSettings {
  const mode = words.mode === undefined ? undefined : modeOf(words.mode);
  if (
    mode === "disable" ||
    host.startsWith("/") ||
    (mode === undefined && isLoopback(host) && words.rootcert === undefined)
  )
    return { kind: "none" };
  if (words.rootcert === "system" && mode !== undefined && mode !== "verify-full") {
    throw new UsageError(
      `sslrootcert=system can't go with sslmode=${mode}: anybody has a certificate of one of those authorities`,
      "write sslmode=verify-full, or name the authority's own file",
    );
  }
  const read = (name: string, path: string | undefined) =>
    path === undefined ? undefined : readPem(path, name, place);
  const ca = words.rootcert === "system" ? undefined : read("sslrootcert", words.rootcert);
  if ((words.cert === undefined) !== (words.key === undefined)) {
    const [named, missing] = words.cert === undefined ? ["sslkey", "sslcert"] : ["sslcert", "sslkey"];
    throw new UsageError(`source.url names ${named} and no ${missing}`, "a client's certificate needs both");
  }
  return {
    kind: "tls",
    // libpq's own rule: whoever names an authority wants it asked.
    mode: mode === "require" && words.rootcert !== undefined ? "verify-ca" : (mode ?? "verify-full"),
    ca,
    cert: read("sslcert", words.cert),
    key: read("sslkey", words.key),
  };
}

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function modeOf(word: string): "disable" | "require" | "verify-ca" | "verify-full" {
  const mode = own(MODES, word.toLowerCase());
  if (mode === "prefer") {
    throw new UsageError(
      `sslmode=${word} lets a server choose to speak without TLS, which churn doesn't`,
      "write sslmode=verify-full, verify-ca or require; sslmode=disable where the way is safe otherwise",
    );
  }
  if (mode !== undefined) return mode;
  throw new UsageError(
    `sslmode=${JSON.stringify(word.slice(0, 40))} is no word for TLS`,
    "disable, require, verify-ca and verify-full are known",
  );
}
