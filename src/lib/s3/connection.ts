import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { errorCode, machineError } from "../files/machine-error.ts";
import { proxyFor } from "../http/proxy.ts";
import { startPatience } from "../http/repeat.ts";
import { foundInTime } from "./credentials.ts";
import { type Asked, failureOf, isAbsence, isAnswer, mayPass, s3Error } from "./errors.ts";
import { passOn } from "./plain-proxy.ts";
import type { S3Client } from "./sdk.ts";
import { authorities, endpointOf, profileOf, regionOf, type S3Settings, staticKeys } from "./settings.ts";
import { type Watch, watch } from "./watch.ts";

const CONNECT_MS = 5_000;
/** Until an answer begins, and between two of its pieces. */
const SILENCE_MS = 30_000;
/** So much it gets however little time there is. */
const LEAST_MS = 1_000;
/** The SDK looks after what is sent, where `watch` sees nothing; of an answer, `watch` says more. */
const LONGER_SILENCE_MS = SILENCE_MS + 5_000;
const CONNECTIONS = 16;
const KEYS = /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)/;

type Sdk = typeof import("./sdk.ts");

/** One attempt at a request. */
export interface Attempt extends Pick<Watch, "signal" | "allow" | "hear" | "stop"> {
  readonly sdk: Sdk;
  readonly client: S3Client;
  /** whether an earlier one may have been done although its answer was lost */
  readonly isRepetition: boolean;
}

type Subject = Pick<Asked, "action" | "bucket" | "key">;

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
   * @throws {UsageError | ServiceError | UnreachableError} as `s3Error` says
   */
  ask<T>(asked: Subject, deadlineSeconds: number, once: (attempt: Attempt) => Promise<T>): Promise<T>;
  /** The same; undefined where there is no such object, or a condition didn't hold. @throws as `ask` */
  find<T>(asked: Subject, deadlineSeconds: number, once: (attempt: Attempt) => Promise<T>): Promise<T | undefined>;
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
  const profile = profileOf(settings);
  const server = endpoint === undefined ? "AWS" : endpoint.href.replace(/\/+$/, "");
  const proxy = proxyFor(endpoint ?? new URL(`https://s3.${region ?? "us-east-1"}.amazonaws.com`), environment.get);
  let opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  const find: Connection["find"] = async (asked, deadlineSeconds, once) => {
    const time = startPatience(deadlineSeconds);
    let isRepetition = false;
    let isClockSet = false;
    for (;;) {
      let error: unknown;
      try {
        return await attempt(once, isRepetition, silenceOf(deadlineSeconds, time.left()));
      } catch (cause) {
        error = cause;
      }
      if (isOfDisk(error)) throw machineError(error, error.path ?? asked.key);
      const failure = failureOf(error);
      if (!isAnswer(failure)) throw error;
      if (isAbsence(failure)) return undefined;
      // By the refusal the SDK has set its clock.
      const isClock: boolean = failure.name === "RequestTimeTooSkewed" && !isClockSet;
      isClockSet ||= isClock;
      if (!isClock && !(mayPass(failure) && (await time.wait(failure.retryAfter)))) {
        throw s3Error(failure, { ...asked, server, region, profile, proxy: proxy?.name });
      }
      isRepetition = true;
    }
  };

  return {
    server,
    open: async () => void (await open()),
    find,
    ask: async (asked, deadlineSeconds, once) => {
      const found = await find(asked, deadlineSeconds, async (one) => ({ answer: await once(one) }));
      if (found !== undefined) return found.answer;
      throw s3Error(NO_S3, { ...asked, server, region, profile, proxy: proxy?.name });
    },
  };

  async function attempt<T>(
    once: (attempt: Attempt) => Promise<T>,
    isRepetition: boolean,
    silenceMs: number,
  ): Promise<T> {
    const { sdk, client } = await open();
    const watched = watch(silenceMs);
    try {
      return await once({ ...watched, sdk, client, isRepetition });
    } catch (cause) {
      throw watched.signal.aborted ? watched.signal.reason : cause;
    } finally {
      watched.end();
    }
  }

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
    // The SDK looks for its variables there alone, and .env may have set some. Keys it is told, and no program that is started inherits them.
    const { env } = process;
    for (const [variable, { value }] of environment.variables) {
      if (variable.startsWith("AWS_") && !KEYS.test(variable)) env[variable] ??= value;
    }
    // It would say on stderr when it ends with Node 20, which it is pinned for.
    env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
    const ca = authorities(settings);
    const keys = staticKeys(settings);
    const sdk = await import("./sdk.ts");
    const trusted = ca === undefined ? {} : { ca };
    const options = { keepAlive: true, maxSockets: CONNECTIONS, ...trusted };
    // A proxy that is asked for a tunnel and stays silent is given up, too.
    const tunnel = { ...options, timeout: SILENCE_MS, proxyRequestOptions: ca === undefined ? {} : { ca: [ca] } };
    const isTunnel = proxy !== undefined && endpoint?.protocol !== "http:";
    const client = new sdk.S3Client({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
      ...(profile === undefined ? {} : { profile }),
      ...(keys === undefined ? {} : { credentials: keys }),
      forcePathStyle: s3.path_style ?? endpoint !== undefined,
      // `find` repeats, as everywhere in churn: until a deadline, and knowing what was sent before.
      maxAttempts: 1,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // Otherwise each large body takes a connection of its own.
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        socketTimeout: LONGER_SILENCE_MS,
        httpAgent: new HttpAgent(options),
        httpsAgent: isTunnel ? new sdk.HttpsProxyAgent({ ...tunnel, proxy: proxy.address }) : new HttpsAgent(options),
      },
      logger: SILENT,
    });
    if (proxy !== undefined && !isTunnel) {
      client.middlewareStack.add(passOn(new URL(proxy.address)), { step: "finalizeRequest", priority: "low" });
    }
    await foundInTime(client.config.credentials());
    return { sdk, client };
  }
}

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** What says of a bucket that it isn't there, or of a list that a condition didn't hold. */
const NO_S3 = { name: "", status: 404, requestId: undefined, retryAfter: 0, region: undefined, cause: undefined };

/** How long nothing may come: less where there is less time for all, so that one lost packet doesn't take all of it. */
function silenceOf(deadlineSeconds: number, secondsLeft: number): number {
  return Math.min(SILENCE_MS, Math.max(LEAST_MS, Math.min(deadlineSeconds / 4, secondsLeft) * 1000));
}

/** Whether a file of this machine failed, and not a socket, which has the same words for some of it. */
function isOfDisk(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !("syscall" in error) || error.syscall === "connect") return false;
  return ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES", "EPERM", "EFBIG", "ENOENT", "EMFILE"].includes(
    errorCode(error) ?? "",
  );
}
