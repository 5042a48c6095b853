import { visible } from "../cli/visible.ts";
import { type ChurnError, CredentialsError, ServiceError, UnreachableError, UsageError } from "../errors.ts";
import { errorCode } from "../files/machine-error.ts";
import { NetworkFailure, networkFailure } from "../http/network-failure.ts";

/** What was asked of a bucket, for sentences. */
export interface Asked {
  /** s3:GetObject, as a policy names it */
  readonly action: string;
  readonly bucket: string;
  /** the key or prefix; "" for the bucket itself */
  readonly key: string;
  /** "AWS", or the server's address */
  readonly server: string;
  readonly region: string | undefined;
  /** host and port of the proxy on the way */
  readonly proxy: string | undefined;
}

/**
 * An answer of S3's, or that none came: what counts of an SDK's error. On one hang headers and what was signed as well, so no error of
 * churn's has it as its cause.
 */
export interface S3Failure {
  readonly name: string;
  /** 0 where there was no answer */
  readonly status: number;
  readonly requestId: string | undefined;
  /** seconds */
  readonly retryAfter: number;
  /** where the bucket is, if the server says so */
  readonly region: string | undefined;
  readonly cause: unknown;
}

/** Reads an SDK's error. Its message may name accounts and roles, and its fields hold what was signed. */
export function failureOf(error: unknown): S3Failure {
  const metadata = fieldOf(error, "$metadata");
  const response = fieldOf(error, "$response");
  const headers = fieldOf(response, "headers");
  const retryAfter = Number(textOf(fieldOf(headers, "retry-after")));
  return {
    name: error instanceof Error ? (textOf(fieldOf(error, "Code")) ?? error.name) : "unknown",
    status: numberOf(fieldOf(metadata, "httpStatusCode")) ?? numberOf(fieldOf(response, "statusCode")) ?? 0,
    requestId: textOf(fieldOf(metadata, "requestId")),
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : 0,
    region: textOf(fieldOf(error, "Region")) ?? textOf(fieldOf(headers, "x-amz-bucket-region")),
    cause: error,
  };
}

const THROTTLED = /^(?:SlowDown|Throttling\w*|TooManyRequests\w*|RequestLimitExceeded|BandwidthLimitExceeded)$/;

/** Whether it speaks of the server or the way there; anything else is a defect. */
export function isAnswer({ status, name, cause }: S3Failure): boolean {
  if (status !== 0 || cause instanceof NetworkFailure || NAMES_OF_SILENCE.test(name)) return true;
  return isNoCredentials(cause) || isNoRegion(cause) || hasCode(cause);
}

const NAMES_OF_SILENCE = /^(?:TimeoutError|AbortError)$/;

function hasCode(error: unknown): boolean {
  if (errorCode(error) !== undefined) return true;
  return error instanceof AggregateError && error.errors.some(hasCode);
}

function isNoCredentials(error: unknown): boolean {
  return /^(?:CredentialsProviderError|TokenProviderError)$/.test(error instanceof Error ? error.name : "");
}

function isNoRegion(error: unknown): boolean {
  return /^Region is missing/.test(messageOf(error));
}

/** A failure of the way, which it may be already. */
function networkOf(error: unknown, proxy?: string): NetworkFailure {
  return error instanceof NetworkFailure ? error : networkFailure(error, proxy);
}

/** Whether the same request may succeed a while later. */
export function mayPass({ name, status, cause }: S3Failure): boolean {
  if (THROTTLED.test(name) || ["RequestTimeout", "ConditionalRequestConflict", "OperationAborted"].includes(name))
    return true;
  if (status === 0 || status === 200)
    return !isNoCredentials(cause) && !isNoRegion(cause) && ["temporary", "silence"].includes(networkOf(cause).kind);
  return status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 505);
}

/** What a failure means, as a sentence. */
export function s3Error(failure: S3Failure, asked: Asked): ChurnError {
  const { name, status, requestId, cause } = failure;
  const place = visible(`s3://${asked.bucket}${asked.key === "" ? "" : `/${asked.key}`}`, 200);
  const at = asked.server === "AWS" ? "AWS" : `the server ${asked.server}`;
  const id = requestId === undefined ? "" : `, request ${visible(requestId, 60)}`;
  if (isNoCredentials(cause))
    return new CredentialsError(
      `there are no credentials for ${place}${ssoHint(cause)}`,
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment or the workspace's .env (mode 0600), or s3.profile",
    );
  if (isNoRegion(cause))
    return new UsageError(`no region is known for ${place}`, "s3: { region: eu-central-1 } in churn.yaml, say");
  switch (name) {
    case "NoSuchBucket":
      return new UsageError(
        `${at} has no bucket ${visible(asked.bucket, 80)}`,
        "make it, or mend its name in churn.yaml",
      );
    case "AuthorizationHeaderMalformed":
    case "PermanentRedirect":
    case "IllegalLocationConstraintException":
      return new UsageError(
        `the bucket ${visible(asked.bucket, 80)} is in ${failure.region === undefined ? "another region" : `the region ${visible(failure.region, 40)}`}, and was asked for in ${asked.region ?? "none"}`,
        `s3: { region: ${failure.region === undefined ? "…" : visible(failure.region, 40)} } in churn.yaml`,
      );
    case "RequestTimeTooSkewed":
      return new ServiceError(
        `${at} refuses ${place}, since this machine's clock differs from its own by more than a quarter of an hour`,
        "set the clock: timedatectl shows whether it is kept",
      );
    case "ExpiredToken":
    case "ExpiredTokenException":
    case "TokenRefreshRequired":
      return new CredentialsError(
        `the credentials for ${place} have expired`,
        "renew them: aws sso login, or a new AWS_SESSION_TOKEN",
      );
    case "InvalidAccessKeyId":
    case "InvalidToken":
    case "InvalidTokenId":
      return new CredentialsError(
        `${at} doesn't know the credentials for ${place}`,
        "look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and s3.profile",
      );
    case "SignatureDoesNotMatch":
      return new CredentialsError(
        `${at} refuses the secret key for ${place}`,
        "look at AWS_SECRET_ACCESS_KEY and s3.profile",
      );
    case "BadDigest":
    case "XAmzContentChecksumMismatch":
    case "XAmzContentSHA256Mismatch":
      return new ServiceError(
        `${place} was damaged on its way to ${at}: ${visible(name, 40)}${id}`,
        "run it again; if it stays so, what lies between (a proxy?) changes files",
      );
    default:
      break;
  }
  if (status === 403 || status === 401)
    return new UsageError(
      `${at} denies ${asked.action} on ${place}${id}`,
      `whoever keeps the bucket gives this user the right ${asked.action} below its prefix`,
    );
  if (THROTTLED.test(name) || status === 429)
    return new UnreachableError(`${at} asks to slow down: ${place}${id}`, "run it again later");
  if (status === 501)
    return new UsageError(`${at} can't do ${asked.action} on ${place} (${visible(name, 40)})`, s3Hint);
  if (status >= 500)
    return new UnreachableError(`${at} fails on ${place}: ${status} ${visible(name, 40)}${id}`, "run it again later");
  if (/XML parse error/.test(messageOf(cause)) || (status >= 200 && status < 300))
    return new ServiceError(
      `what answers for ${place} at ${asked.server} is no S3 (status ${status})`,
      "is s3.endpoint right, or does a proxy or a load balancer answer in its place?",
    );
  if (status >= 300)
    return new ServiceError(`${at} refuses ${asked.action} on ${place}: ${status} ${visible(name, 40)}${id}`, s3Hint);
  const network = networkOf(cause, asked.proxy);
  if (network.kind === "certificate" || network.kind === "scheme" || network.kind === "proxy")
    return new UsageError(
      `${at} can't be used for ${place}: ${network.message}`,
      "look at s3.endpoint, at HTTPS_PROXY and at AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS",
    );
  return new UnreachableError(`${at} can't be reached for ${place}: ${network.message}`, "run it again when it can");
}

const s3Hint = "is it a server of S3's kind? docs/s3.md says what is asked of one";

/** The SDK's own words for a session that is over name the command that begins a new one. */
function ssoHint(cause: unknown): string {
  return /aws sso login/.test(messageOf(cause)) ? ": the session of aws sso login is over" : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
