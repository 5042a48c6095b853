import { visible } from "../cli/visible.ts";
import { type ChurnError, CredentialsError, FailingServiceError, UnreachableError, UsageError } from "../errors.ts";
import { errorCode } from "../files/machine-error.ts";
import { NetworkFailure, networkFailure } from "../http/network-failure.ts";
import { CredentialsFailure } from "./credentials.ts";

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
  /** of ~/.aws, where one is named */
  readonly profile: string | undefined;
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

/** Refusals that say `not now`. */
const IN_PASSING = /^(?:RequestTimeout|ConditionalRequestConflict|OperationAborted)$/;

/** What was sent isn't what was meant: each server has its own name for it. */
const DAMAGED = /^(?:BadDigest|InvalidDigest|XAmzContentChecksumMismatch|XAmzContentSHA256Mismatch)$/;

/** Whether it speaks of the server or the way there; anything else is a defect. */
export function isAnswer({ status, name, cause }: S3Failure): boolean {
  if (status !== 0 || cause instanceof NetworkFailure || cause instanceof CredentialsFailure) return true;
  return isNoCredentials(cause) || isNoRegion(cause) || /^(?:TimeoutError|AbortError)$/.test(name) || hasWords(cause);
}

/** Whether it is no failure: there is no such object, or a condition doesn't hold. Another 404 may come from who knows whom. */
export function isAbsence({ status, name }: S3Failure): boolean {
  return status === 412 || status === 304 || (status === 404 && /^(?:NoSuchKey|NotFound)$/.test(name));
}

/**
 * Whether a server may have refused a write because it doesn't know checksums, as some older ones don't.
 *
 * @see https://github.com/aws/aws-sdk-js-v3/issues/6810
 */
export function mayRefuseChecksums({ status, name }: S3Failure): boolean {
  return (
    status === 501 || (status === 400 && /^(?:Invalid(?:Request|Argument)|NotImplemented|Unsupported\w*)$/.test(name))
  );
}

/** Whether a refusal came without its reason, as the answer to a HEAD does, which has no body: 404 may be the key, the bucket or the user. */
export function isWithoutReason(error: unknown): boolean {
  const { status, name } = failureOf(error);
  const isRefusal = status >= 300 && status < 500 && ![304, 412].includes(status);
  return isRefusal && !THROTTLED.test(name) && fieldOf(error, "Code") === undefined;
}

/** Whether an error has a code or a text that `networkOf` reads. */
function hasWords(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(hasWords);
  return errorCode(error) !== undefined || PROXY_ANSWER.test(messageOf(error)) || DAMAGED_ANSWER.test(messageOf(error));
}

function isNoCredentials(error: unknown): boolean {
  return /^(?:CredentialsProviderError|TokenProviderError)$/.test(error instanceof Error ? error.name : "");
}

function isNoRegion(error: unknown): boolean {
  return /^Region is missing/.test(messageOf(error));
}

/** How hpagent says that a proxy opens no tunnel. */
const PROXY_ANSWER = /^Bad response: (\d+)$/;
/** How the SDK says that an answer hasn't the checksum that stands beside it. */
const DAMAGED_ANSWER = /^Checksum mismatch/;

/** What is said of an answer that came whole, with other bytes than its checksum says. */
export const DAMAGED_ON_THE_WAY = "its answer was damaged on the way";

/** Whether an answer came whole, and with other bytes than its checksum says. */
export function isDamagedAnswer(error: unknown): boolean {
  return (
    DAMAGED_ANSWER.test(messageOf(error)) || (error instanceof NetworkFailure && error.message === DAMAGED_ON_THE_WAY)
  );
}

/** A failure of the way, which it may be already. */
function networkOf(error: unknown, proxy?: string): NetworkFailure {
  if (error instanceof NetworkFailure) return error;
  if (DAMAGED_ANSWER.test(messageOf(error)))
    return new NetworkFailure(DAMAGED_ON_THE_WAY, { unsent: false, kind: "temporary" });
  const [, answer] = PROXY_ANSWER.exec(messageOf(error)) ?? [];
  return networkFailure(answer === undefined ? error : new Error(`Proxy response (${answer})`), proxy);
}

/** Whether the same request may succeed a while later. */
export function mayPass({ name, status, cause }: S3Failure): boolean {
  if (cause instanceof CredentialsFailure) return mayPass(failureOf(cause.cause));
  if (THROTTLED.test(name) || IN_PASSING.test(name)) return true;
  if (status === 0) return hasWay(cause) && ["temporary", "silence"].includes(networkOf(cause).kind);
  return status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 505);
}

/** Whether it speaks of the way, and not of what churn was given. */
function hasWay(cause: unknown): boolean {
  return !isNoCredentials(cause) && !isNoRegion(cause) && !(cause instanceof Error && "path" in cause);
}

/** What a failure means, as a sentence. */
export function s3Error(failure: S3Failure, asked: Asked): ChurnError {
  const place = visible(`s3://${asked.bucket}${asked.key === "" ? "" : `/${asked.key}`}`, 200);
  const { cause } = failure;
  if (isNoRegion(cause))
    return new UsageError(`no region is known for ${place}`, "s3: { region: eu-central-1 } in churn.yaml, say");
  if (cause instanceof CredentialsFailure) return credentialsError(failureOf(cause.cause), asked, place);
  if (isNoCredentials(cause)) return credentialsError(failure, asked, place);
  return failure.status === 0 ? wayError(failure, asked, place) : answerError(failure, asked, place);
}

/** Of credentials that can't be had. */
function credentialsError(failure: S3Failure, { profile, proxy }: Asked, place: string): ChurnError {
  const { cause, status, name } = failure;
  const whose = profile === undefined ? "" : ` of the profile ${visible(profile, 80)}`;
  // The SDK's own words for a session that is over name the command that begins a new one.
  if (/aws sso login/.test(messageOf(cause)))
    return new CredentialsError(
      `the session${whose} that gives the credentials for ${place} is over`,
      `aws sso login${profile === undefined ? "" : ` --profile ${visible(profile, 80)}`}`,
    );
  if (isNoCredentials(cause))
    return new CredentialsError(
      profile === undefined
        ? `there are no credentials for ${place}`
        : `the profile ${visible(profile, 80)} has no credentials for ${place}`,
      profile === undefined
        ? "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment or the workspace's .env (mode 0600), or s3.profile"
        : "aws configure list-profiles shows which profiles there are",
    );
  if (mayPass(failure))
    return new UnreachableError(
      `what gives the credentials${whose} for ${place} can't be reached: ${status === 0 ? networkOf(cause, proxy).message : String(status)}`,
      "run it again when it can",
    );
  const why = status === 0 ? (errorCode(cause) ?? name) : `${status} ${name}`;
  const file = textOf(fieldOf(cause, "path"));
  return new CredentialsError(
    `the credentials${whose} for ${place} can't be had: ${visible(why, 60)}${file === undefined ? "" : ` for ${visible(file, 200)}`}`,
    "aws sts get-caller-identity says more",
  );
}

/** Of a request that has no answer, or no whole one. */
function wayError({ cause }: S3Failure, asked: Asked, place: string): ChurnError {
  const at = serverOf(asked);
  const network = networkOf(cause, asked.proxy);
  if (network.kind === "nonsense") return noS3(asked, place, network.message);
  if (network.kind === "certificate" || network.kind === "scheme" || network.kind === "proxy")
    return new UsageError(
      `${at} can't be used for ${place}: ${network.message}`,
      "look at s3.endpoint, at HTTPS_PROXY and at AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS",
      { cause: network },
    );
  return new UnreachableError(`${at} can't be reached for ${place}: ${network.message}`, "run it again when it can", {
    cause: network,
  });
}

function noS3({ server }: Asked, place: string, why: string): ChurnError {
  return new FailingServiceError(
    `what answers for ${place} at ${server} is no S3 (${why})`,
    "is s3.endpoint right, or does a proxy or a load balancer answer in its place?",
  );
}

/** Of an answer that is a refusal, or none of S3's. */
function answerError(failure: S3Failure, asked: Asked, place: string): ChurnError {
  const { name, status, requestId, cause } = failure;
  const at = serverOf(asked);
  const id = requestId === undefined ? "" : `, request ${visible(requestId, 60)}`;
  const known = knownRefusal(failure, asked, place);
  if (known !== undefined) return known;
  if (status === 403 || status === 401)
    return new UsageError(
      `${at} denies ${asked.action} on ${place}${id}`,
      `whoever keeps the bucket gives this user the right ${asked.action} below its prefix`,
    );
  if (THROTTLED.test(name) || status === 429)
    return new UnreachableError(`${at} asks to slow down: ${place}${id}`, "run it again later");
  if (IN_PASSING.test(name))
    return new UnreachableError(`${at} is busy with ${place}: ${visible(name, 40)}${id}`, "run it again later");
  if (status === 501) return new UsageError(`${at} can't do ${asked.action} on ${place}${id}`, S3_HINT);
  if (status >= 500) return new UnreachableError(`${at} fails on ${place}: ${status}${id}`, "run it again later");
  if (DAMAGED.test(name))
    return new FailingServiceError(
      `${place} was damaged on its way to ${at}: ${visible(name, 40)}${id}`,
      "run it again; if it stays so, what lies between (a proxy?) changes files",
    );
  if (status < 300 || name === "" || isNoXml(cause)) return noS3(asked, place, `status ${status}`);
  return new FailingServiceError(
    `${at} refuses ${asked.action} on ${place}: ${status} ${visible(name, 40)}${id}`,
    S3_HINT,
  );
}

/** What a refusal's name alone says. */
function knownRefusal({ name, region }: S3Failure, asked: Asked, place: string): ChurnError | undefined {
  const at = serverOf(asked);
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
        `the bucket ${visible(asked.bucket, 80)} is in ${region === undefined ? "another region" : `the region ${visible(region, 40)}`}, and was asked for in ${asked.region ?? "none"}`,
        `s3: { region: ${region === undefined ? "…" : visible(region, 40)} } in churn.yaml`,
      );
    case "RequestTimeTooSkewed":
      return new FailingServiceError(
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
    case "XAdminUserNotFound":
      return new CredentialsError(
        `${at} doesn't know the credentials for ${place}`,
        "look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and s3.profile",
      );
    case "SignatureDoesNotMatch":
      return new CredentialsError(
        `${at} refuses the secret key for ${place}`,
        "look at AWS_SECRET_ACCESS_KEY and s3.profile",
      );
    default:
      return undefined;
  }
}

const S3_HINT = "is it a server of S3's kind? docs/s3.md says what is asked of one";

function serverOf({ server }: Asked): string {
  return server === "AWS" ? "AWS" : `the server ${server}`;
}

/** How the SDK says that a refusal is no XML, a page of a proxy's say. */
function isNoXml(cause: unknown): boolean {
  return /XML parse error|Deserialization error/.test(messageOf(cause));
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
