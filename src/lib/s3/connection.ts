import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { errorCode, machineError } from "../files/machine-error.ts";
import { NetworkFailure } from "../http/network-failure.ts";
import { proxyFor } from "../http/proxy.ts";
import { startPatience } from "../http/repeat.ts";
import { type Asked, failureOf, isAnswer, mayPass, s3Error } from "./errors.ts";
import type { S3Client } from "./sdk.ts";
import { authorities, endpointOf, regionOf, type S3Settings, staticKeys } from "./settings.ts";

const CONNECT_MS = 5_000;
/** Until an answer begins, and between two of its pieces. */
const SILENCE_MS = 30_000;
/** A transfer that is slower than this has stopped, for us. */
const SLOWEST_BYTES_PER_SECOND = 50_000;
/** Credentials of a machine's role come from a server beside it, which may be silent. */
const CREDENTIALS_MS = 10_000;
const CONNECTIONS = 16;

type Sdk = typeof import("./sdk.ts");

/** One attempt at a request. */
export interface Attempt {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly signal: AbortSignal;
  /** whether an earlier one may have been done although its answer was lost */
  readonly isRepetition: boolean;
  /** Gives the transfer the time that so many bytes take on a slow line; without it, it has a minute. */
  allow(bytes: number): void;
}

/** The way to a server of S3's kind. */
export interface Connection {
  /** where requests go: "https://minio:9000", or "AWS" */
  readonly server: string;
  /** Loads the SDK and finds credentials. */
  open(): Promise<void>;
  /**
   * Asks until there is an answer for good, or the deadline is over.
   *
   * @param deadlineSeconds  from now on
   * @returns undefined where there is no such object, or a condition didn't hold
   * @throws {UsageError | ServiceError | UnreachableError} as `s3Error` says
   */
  ask<T>(
    asked: Pick<Asked, "action" | "bucket" | "key">,
    deadlineSeconds: number,
    once: (attempt: Attempt) => Promise<T>,
  ): Promise<T | undefined>;
}

/**
 * Opens the way. Nothing is loaded or asked yet.
 *
 * @throws {UsageError} for settings that can't be used
 * @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/s3/
 */
export function openConnection(settings: S3Settings): Connection {
  const { s3, environment } = settings;
  const endpoint = endpointOf(settings);
  const region = regionOf(settings, endpoint);
  const server = endpoint === undefined ? "AWS" : endpoint.href.replace(/\/+$/, "");
  const proxy = proxyFor(endpoint ?? new URL(`https://s3.${region ?? "us-east-1"}.amazonaws.com`), environment.get);
  let opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  return {
    server,
    open: async () => void (await open()),
    ask: async (asked, deadlineSeconds, once) => {
      const time = startPatience(deadlineSeconds);
      let isRepetition = false;
      let isClockSet = false;
      for (;;) {
        const limit = new AbortController();
        let timer: NodeJS.Timeout | undefined;
        const allow = (bytes: number) => {
          clearTimeout(timer);
          timer = setTimeout(() => limit.abort(), 2 * SILENCE_MS + (bytes / SLOWEST_BYTES_PER_SECOND) * 1000);
        };
        let error: unknown;
        try {
          const { sdk, client } = await open();
          allow(0);
          return await once({ sdk, client, signal: limit.signal, isRepetition, allow });
        } catch (cause) {
          error = limit.signal.aborted ? unfinished() : cause;
        } finally {
          clearTimeout(timer);
        }
        if (isOfDisk(error)) throw machineError(error, error.path ?? asked.key);
        const failure = failureOf(error);
        if (!isAnswer(failure)) throw error;
        const { status, name } = failure;
        if (status === 412 || status === 304 || (status === 404 && name !== "NoSuchBucket")) return undefined;
        // By the refusal the SDK has set its clock.
        const isClock: boolean = name === "RequestTimeTooSkewed" && !isClockSet;
        isClockSet ||= isClock;
        if (!isClock && !(mayPass(failure) && (await time.wait(failure.retryAfter)))) {
          throw s3Error(failure, { ...asked, server, region, proxy: proxy?.name });
        }
        isRepetition = true;
      }
    },
  };

  async function open() {
    opened ??= connect();
    try {
      return await opened;
    } catch (error) {
      // Credentials may be there a moment later.
      opened = undefined;
      throw error;
    }
  }

  async function connect() {
    // The SDK looks for its variables there alone, and .env may have set some.
    const { env } = process;
    for (const [variable, { value }] of environment.variables) {
      if (variable.startsWith("AWS_")) env[variable] ??= value;
    }
    // It would say on stderr when it ends with Node 20, which it is pinned for.
    env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
    const ca = authorities(settings);
    const keys = staticKeys(settings);
    const sdk = await import("./sdk.ts");
    const options = { keepAlive: true, maxSockets: CONNECTIONS, ...(ca === undefined ? {} : { ca }) };
    const through = proxy === undefined ? undefined : { ...options, proxy: proxy.address };
    const client = new sdk.S3Client({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
      ...(s3.profile === undefined ? {} : { profile: s3.profile }),
      ...(keys === undefined ? {} : { credentials: keys }),
      forcePathStyle: s3.path_style ?? endpoint !== undefined,
      // `ask` repeats, as everywhere in churn: until a deadline, and knowing what was sent before.
      maxAttempts: 1,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // Otherwise each large body takes a connection of its own.
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        socketTimeout: SILENCE_MS,
        httpAgent: through === undefined ? new HttpAgent(options) : new sdk.HttpProxyAgent(through),
        httpsAgent: through === undefined ? new HttpsAgent(options) : new sdk.HttpsProxyAgent(through),
      },
      logger: SILENT,
    });
    await withinTime(client.config.credentials());
    return { sdk, client };
  }
}

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** @throws {NetworkFailure} when what gives credentials is silent */
async function withinTime(credentials: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new NetworkFailure("what gives credentials is silent", { unsent: true, kind: "silence" })),
      CREDENTIALS_MS,
    );
  });
  await Promise.race([credentials, over]).finally(() => clearTimeout(timer));
}

function unfinished(): NetworkFailure {
  return new NetworkFailure("it doesn't finish its answer", { unsent: false, kind: "silence" });
}

/** Whether a file of this machine failed, and not a socket, which has the same words for some of it. */
function isOfDisk(error: unknown): error is NodeJS.ErrnoException {
  return ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES", "EPERM", "EFBIG", "ENOENT", "EMFILE"].includes(
    errorCode(error) ?? "",
  );
}
