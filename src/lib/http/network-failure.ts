import { own } from "../config/own.ts";
import { errorCode } from "../files/machine-error.ts";

/** Codes with which a connection fails before a request is sent. */
const UNSENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/;

/** How OpenSSL and Node refuse a certificate. */
const CERTIFICATE =
  /^(?:CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|ERR_TLS_CERT_\w+|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** How TLS fails with what doesn't speak it. */
const NO_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|HTTP_REQUEST)$/;

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
  UND_ERR_HEADERS_OVERFLOW: "its answer's headers are longer than any",
  EPROTO: "it doesn't speak TLS as expected",
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
  /**
   * `temporary` may be gone a moment later, and so may `silence`, which is no answer in the time that there was; `nonsense` is what no such service answers; the others are for a person to mend:
   * a `certificate`, the `proxy`, a `scheme` that the service doesn't speak
   */
  readonly kind: "temporary" | "silence" | "nonsense" | "certificate" | "proxy" | "scheme";

  /** what of the reason is said by undici, Node or OpenSSL */
  readonly foreign: readonly string[];

  constructor(
    reason: string,
    how: Pick<NetworkFailure, "unsent" | "kind"> & { readonly foreign?: readonly string[] },
    options?: ErrorOptions,
  ) {
    super(reason, options);
    this.unsent = how.unsent;
    this.kind = how.kind;
    this.foreign = how.foreign ?? [];
  }
}

/** How undici says that a proxy refused: to make a tunnel, or to pass a request on. */
const PROXY_REFUSAL = /Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)$/;

/**
 * What undici, Node or OpenSSL threw, as a reason for a sentence.
 *
 * @param proxy    host and port of the proxy that the request goes through
 * @param hasLeft  whether the request left, where somebody saw to that
 */
export function networkFailure(error: unknown, proxy: string | undefined, hasLeft?: boolean): NetworkFailure {
  const cause = rootOf(error);
  const code = errorCode(cause) ?? "";
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, tunnel, passing] = PROXY_REFUSAL.exec(text) ?? [];
  const refusedByProxy = tunnel ?? passing;
  if (refusedByProxy !== undefined) {
    const why = refusedByProxy === "407" ? "wants other credentials (407)" : `refuses the way (${refusedByProxy})`;
    const isTemporary = /^5/.test(refusedByProxy);
    return new NetworkFailure(
      `the proxy ${proxy ?? ""} ${why}`,
      { unsent: true, kind: isTemporary ? "temporary" : "proxy" },
      { cause },
    );
  }
  // What was asked for is a defect, and no failure of the network.
  if (code === "UND_ERR_INVALID_ARG") throw error;
  if (NO_TLS.test(code))
    return new NetworkFailure(`it doesn't speak TLS there (${code})`, { unsent: true, kind: "scheme" }, { cause });
  const known = CERTIFICATE.test(code) ? "no authority known here vouches for its certificate" : text;
  const foreign = own(REASONS, code) === undefined && known === text ? [text] : [];
  const reason = `${own(REASONS, code) ?? known}${code === "" || text === code ? "" : ` (${code})`}`;
  if (CERTIFICATE.test(code)) return new NetworkFailure(reason, { unsent: true, kind: "certificate" }, { cause });
  if (isNoHttp(cause, code)) return new NetworkFailure(reason, { unsent: false, kind: "nonsense", foreign }, { cause });
  const isUnconnected = UNSENT.test(code);
  const unsent = hasLeft === undefined ? isUnconnected : !hasLeft;
  const where = isUnconnected && proxy !== undefined ? `by the proxy ${proxy}: ` : "";
  return new NetworkFailure(`${where}${reason}`, { unsent, kind: "temporary", foreign }, { cause });
}

/** undici gives what its parser refuses no code. */
function isNoHttp(cause: unknown, code: string): boolean {
  return code === "UND_ERR_HEADERS_OVERFLOW" || (cause instanceof Error && cause.name === "HTTPParserError");
}

/** Of several addresses of one host each has failed; undici and fetch wrap what happened. */
function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) {
    return errorCode(error) === undefined || errorCode(error.cause) !== undefined ? rootOf(error.cause) : error;
  }
  return error;
}
