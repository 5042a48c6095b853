import * as z from "zod";
import { visible } from "../../cli/visible.ts";
import { ServiceError, UnreachableError, UsageError } from "../../errors.ts";
import { errorCode } from "../../files/machine-error.ts";
import { SilentServer } from "./answer-time.ts";

/** Seconds in which a server has to answer when it is first spoken to. */
export const PATIENCE_SECONDS = 15;

/** How OpenSSL and Node refuse a certificate. */
const UNKNOWN_AUTHORITY =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_UNTRUSTED|INVALID_CA|CERT_SIGNATURE_FAILURE)$/;

/** How the ends of a connection are said, by Node's codes and drivers' words. */
const LOST =
  /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|PROTOCOL_CONNECTION_LOST|ERR_STREAM_\w+)$/;
const SAID_LOST =
  /Connection terminated|ECONNRESET|EPIPE|Client has encountered a connection error|socket disconnected|write after end|CONNECTION_CLOSED|not queryable|in closed state/i;

/** A server as sentences call it. */
export interface Peer {
  /** "PostgreSQL" */
  readonly name: string;
  /** HOST:PORT, or a socket's path */
  readonly place: string;
  /** what was read: "table customers"; undefined while connecting */
  readonly subject?: string | undefined;
}

/** What happened on the way to a server, in a sentence; undefined where it isn't the way. */
export function networkError(error: unknown, server: Peer): ServiceError | UsageError | undefined {
  const { name, place } = server;
  const options = { cause: error };
  if (error instanceof SilentServer) return silence(error, server);
  const root = rootOf(error);
  const code = errorCode(root) ?? "";
  const text = error instanceof Error ? error.message : String(error);
  // What comes while rows are read is no question of who answers.
  const isUnderWay = root instanceof Error && "syscall" in root && /^(?:read|write)$/.test(String(root.syscall));
  if (isUnderWay && LOST.test(code)) return lostConnection(error, server);
  if (code === "ECONNREFUSED" || (place.startsWith("/") && code === "ENOENT"))
    return new UnreachableError(
      `nothing listens at ${place}: is ${name} up?`,
      "source.url in churn.yaml names host and port",
      options,
    );
  if (code === "EACCES" && place.startsWith("/"))
    return new UsageError(`the socket ${place} may not be opened`, `ls -l ${place}`, options);
  if (code === "ENOTFOUND")
    return new UsageError(`no host has the name in ${place}`, "source.url in churn.yaml names it", options);
  if (code === "EAI_AGAIN")
    return new UnreachableError(`the name in ${place} can't be looked up at the moment`, "is the network up?", options);
  if (/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/.test(code) || /timeout expired/i.test(text))
    return new UnreachableError(
      `${place} did not answer within ${PATIENCE_SECONDS} s`,
      "is it up, and does a firewall let this machine through?",
      options,
    );
  if (
    /does not support SSL|does not support secure connection|server does not support SSL/i.test(text) ||
    code === "HANDSHAKE_NO_SSL_SUPPORT"
  )
    return new UsageError(
      `${name} at ${place} speaks no TLS`,
      "add ?sslmode=disable to source.url where the way is safe otherwise",
      options,
    );
  if (code === "CERT_HAS_EXPIRED" || /certificate has expired/i.test(text))
    return new ServiceError(`the certificate of ${place} has expired`, "its server needs a new one", options);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || /Hostname\/IP does not match/i.test(text))
    return new UsageError(
      `the certificate of ${place} is for another host${namesOf(root)}`,
      "name the host as its certificate does; sslmode=verify-ca asks the authority alone",
      options,
    );
  if (
    UNKNOWN_AUTHORITY.test(code) ||
    /self[- ]signed certificate|unable to verify the first certificate|unable to get local issuer/i.test(text)
  )
    return new UsageError(
      `the certificate of ${place} is signed by no authority known here`,
      "add ?sslrootcert=FILE.pem to source.url, which names the authority's; sslmode=require looks at no certificate",
      options,
    );
  // MySQL's driver has one code for all of them.
  if (/^ERR_SSL_|^EPROTO$|^HANDSHAKE_SSL_ERROR$/.test(code))
    return new UsageError(
      `${place} doesn't speak TLS as ${name} does (${visible(code.startsWith("HANDSHAKE") ? text : code, 60)})`,
      "source.url in churn.yaml names host and port; sslmode says whether there is TLS",
      options,
    );
  return LOST.test(code) || SAID_LOST.test(text) ? lostConnection(error, server) : undefined;
}

/** That a connection ended before all had come: whoever begins anew may have better luck. */
export function lostConnection(cause: unknown, { place, subject }: Peer): UnreachableError {
  return new UnreachableError(
    `the connection to ${place} was lost${subject === undefined ? "" : ` while ${subject} was read`}: nothing was kept`,
    "is the server up? its log tells who ended it",
    { cause },
  );
}

/** A server that is silent once is likely to be so again: nobody waits for it a second time. */
function silence(cause: SilentServer, { place, subject }: Peer): ServiceError {
  return new ServiceError(
    `${place} said nothing more for ${cause.seconds} s${subject === undefined ? "" : ` while ${subject} was read`}: nothing was kept`,
    "is the way to it open? source.timeout in churn.yaml gives it longer",
    { cause },
  );
}

/** What listens there is something else. @param words  of the driver */
export function strangeAnswer(cause: unknown, { name, place }: Peer, words: string): UsageError {
  return new UsageError(
    `${place} doesn't answer as ${name} does: ${visible(words, 200)}`,
    "source.url in churn.yaml names host and port",
    { cause },
  );
}

/** The names that a certificate is for, as Node hands them on with its error; "" where it has none. */
function namesOf(error: unknown): string {
  const { data } = refused.safeParse(error);
  const names = data?.cert.subjectaltname.replaceAll(/\b(?:DNS|IP Address):/g, "") ?? "";
  return names === "" ? "" : `: ${visible(names, 200)}`;
}

/** @see https://nodejs.org/api/tls.html#tlscheckserveridentityhostname-cert */
const refused = z.object({ cert: z.object({ subjectaltname: z.string() }) });

/** Of several addresses of one host each has failed. */
function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  return errorCode(error) === undefined && error instanceof Error && error.cause !== undefined
    ? rootOf(error.cause)
    : error;
}
