import { errorCode } from "../files/machine-error.ts";

/** Codes with which a connection fails before a request is sent. */
const UNSENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_INVALID_URL|UND_ERR_INVALID_ARG)$/;

/** How OpenSSL and Node refuse a certificate. */
const CERTIFICATE =
  /^(?:CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|ERR_TLS_CERT_\w+|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_ALTNAME_INVALID)$/;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "its name can't be looked up at the moment",
  EHOSTUNREACH: "the host can't be reached",
  ENETUNREACH: "the network can't be reached",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_CONNECT_TIMEOUT: "it doesn't answer",
  ETIMEDOUT: "it doesn't answer",
  UND_ERR_HEADERS_TIMEOUT: "it doesn't answer",
  UND_ERR_BODY_TIMEOUT: "it doesn't finish its answer",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "its answer ended early",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "its answer is larger than any answer to this",
  EPROTO: "it doesn't speak TLS as expected",
  ERR_SSL_WRONG_VERSION_NUMBER: "it doesn't speak TLS there: is it http:// and not https://?",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate isn't valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
  HOSTNAME_MISMATCH: "its certificate is for another host",
};

/** Why no answer, or no whole one, came to a request. */
export class NetworkFailure extends Error {
  override readonly name = "NetworkFailure";
  /** whether the service can't have seen the request */
  readonly unsent: boolean;
  /** `temporary` may be gone a moment later; the others are for a person to mend */
  readonly kind: "temporary" | "certificate" | "proxy";

  constructor(reason: string, how: Pick<NetworkFailure, "unsent" | "kind">, options?: ErrorOptions) {
    super(reason, options);
    this.unsent = how.unsent;
    this.kind = how.kind;
  }
}

/**
 * What undici, Node or OpenSSL threw, as a reason for a sentence.
 *
 * @param proxy  host and port of the proxy that the request goes through
 */
export function networkFailure(error: unknown, proxy: string | undefined): NetworkFailure {
  const cause = rootOf(error);
  const code = errorCode(cause) ?? "";
  const text = cause instanceof Error ? cause.message : String(cause);
  const refusedByProxy = /Proxy response \((\d+)\)/.exec(text)?.[1];
  if (refusedByProxy !== undefined) {
    const why = refusedByProxy === "407" ? "wants other credentials (407)" : `refuses the way (${refusedByProxy})`;
    const isTemporary = /^5/.test(refusedByProxy);
    return new NetworkFailure(
      `the proxy ${proxy ?? ""} ${why}`,
      { unsent: true, kind: isTemporary ? "temporary" : "proxy" },
      { cause },
    );
  }
  const reason = `${REASONS[code] ?? (CERTIFICATE.test(code) ? "no authority known here vouches for its certificate" : text)}${code === "" || text === code ? "" : ` (${code})`}`;
  if (CERTIFICATE.test(code)) return new NetworkFailure(reason, { unsent: true, kind: "certificate" }, { cause });
  const unsent = UNSENT.test(code);
  const where = unsent && proxy !== undefined ? `by the proxy ${proxy}: ` : "";
  return new NetworkFailure(`${where}${reason}`, { unsent, kind: "temporary" }, { cause });
}

/** Of several addresses of one host each has failed; undici and fetch wrap what happened. */
function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) {
    return errorCode(error) === undefined || errorCode(error.cause) !== undefined ? rootOf(error.cause) : error;
  }
  return error;
}
