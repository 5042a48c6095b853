import * as z from "zod";
import { whole } from "../../cli/numbers.ts";
import { visibleLine } from "../../cli/visible.ts";
import { type ChurnError, ServiceError, UnreachableError, UsageError } from "../../errors.ts";
import type { HttpAnswer, HttpRequest } from "../../http/http.ts";
import type { NetworkFailure } from "../../http/network-failure.ts";

/** Whom a sentence is about. */
interface Server {
  readonly uri: string;
  /** whose credentials are sent; undefined where there are none */
  readonly who: string | undefined;
  /** what no sentence quotes */
  readonly secrets: readonly string[];
}

/** What was asked for. */
export interface Asked {
  readonly method: HttpRequest["method"];
  readonly url: URL;
  /** for sentences: runs/create */
  readonly what: string;
}

/** Too busy: that may pass. */
const PASSING = new Set([408, 425, 429]);

/** Letters of MLflow's own message in a sentence. */
const LONGEST_MESSAGE = 300;

/** Bytes of MLflow's own refusal. */
const LONGEST_REFUSAL = 2 ** 20;

/** Of an answer's JSON: a thousand versions with their tags have some seventy thousand. */
const MOST_VALUES = 500_000;
const [QUOTE, BACKSLASH, COMMA, LIST, OBJECT] = Buffer.from('"\\,[{');

/** A shorter one would be found in any text. */
const SHORTEST_SECRET = 5;

const LOGIN =
  "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, in the environment or the workspace's .env (mode 0600)";

/** MLflow's own refusal, with its error code: RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE, … */
export class RefusedError extends ServiceError {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message, "MLflow's log says more");
    this.code = code;
  }
}

/** There is no such call: at a wrong address none, in an older or newer MLflow not this one. */
class MissingCallError extends UsageError {}

/** The user may not do it. A server with permissions says so also of what isn't there: whose would it be? */
export class ForbiddenError extends UsageError {}

const envelope = z.looseObject({ error_code: z.string(), message: z.string().default("") });

/** An answer that is none to go by, as an error; undefined where it is one. */
export function refusalOf(server: Server, asked: Asked, answer: HttpAnswer): ChurnError | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  const where = `MLflow at ${server.uri}`;
  const text = textOf(answer);
  const said = answer.body.length > LONGEST_REFUSAL ? undefined : saidBy(text);
  if (status === 401) return unknownUser(server);
  if (status === 407)
    return new UsageError(
      `a proxy on the way to ${server.uri} wants credentials (407)`,
      "put them into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT",
    );
  if (status === 403) {
    if (/invalid host header/i.test(text))
      return new UsageError(
        `${where} doesn't go by that name: it refuses the host ${asked.url.host} (403)`,
        `start it with --allowed-hosts ${asked.url.host}, or use an address that it knows`,
      );
    const whom = server.who === undefined ? "a user without credentials" : server.who;
    return new ForbiddenError(
      `${where} doesn't let ${whom} do ${asked.what} (403)`,
      server.who === undefined ? LOGIN : "its administrator gives the right to it",
    );
  }
  if (said !== undefined && (status < 500 || status === 501) && !PASSING.has(status))
    return new RefusedError(
      said.error_code,
      `${where} refuses ${asked.what}: ${quoted(server, said.message)} (${visibleLine(said.error_code, 60)})`,
    );
  if (status === 413)
    return new UsageError(
      `a proxy on the way to ${server.uri} lets no file through that is as large as ${asked.what} (413)`,
      "raise its limit (nginx: client_max_body_size)",
    );
  if (status === 404 || status === 405 || status === 501)
    return new MissingCallError(
      `there is no MLflow at ${server.uri}: it has no ${asked.url.pathname} (${status})`,
      "is tracking.uri right, with the path of --static-prefix where the server has one?",
    );
  const message = said?.message ?? (isPage(answer) ? "" : text);
  const why = message.trim() === "" ? "" : `: ${quoted(server, message.trim())}`;
  return new UnreachableError(
    `${where} fails at ${asked.what} (${status})${why}`,
    "MLflow's log says more; what is done is kept: the same command goes on",
  );
}

/** Codes with which a server says that it doesn't know a call. */
const UNKNOWN_CALL = new Set(["ENDPOINT_NOT_FOUND", "NOT_IMPLEMENTED", "FEATURE_DISABLED", "UNSUPPORTED_OPERATION"]);

/** Whether a server that answers other calls doesn't know this one, or not for such a model (those of Unity Catalog have no stages). */
export function isUnknownCall(error: unknown): boolean {
  if (!(error instanceof RefusedError)) return error instanceof MissingCallError;
  return UNKNOWN_CALL.has(error.code) || /\b(?:unsupported|not supported)\b/i.test(error.message);
}

/** What MLflow says isn't there is undefined. */
export async function unlessAbsent<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RefusedError && ["RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"].includes(error.code))
      return undefined;
    throw error;
  }
}

/**
 * An answer's JSON.
 *
 * @throws {UnreachableError} when it is none, or not what MLflow answers to this
 */
export function jsonOf<Value>(server: Server, asked: Asked, answer: HttpAnswer, schema: z.ZodType<Value>): Value {
  if (valuesIn(answer.body) > MOST_VALUES)
    throw new UnreachableError(
      `MLflow at ${server.uri} answers ${asked.what} with more than ${whole(MOST_VALUES)} values`,
      `is tracking.uri MLflow's own address? curl ${server.uri}/version`,
    );
  const text = textOf(answer);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const what = isPage(answer) ? "with a page for people" : "with no JSON";
    throw new UnreachableError(
      `MLflow at ${server.uri} answers ${asked.what} ${what}`,
      "is tracking.uri MLflow's own address, and not that of a login page before it?",
      { cause },
    );
  }
  const parsed = parsedBy(schema, value);
  if (parsed.success) return parsed.data;
  throw new UnreachableError(
    `MLflow at ${server.uri} answers ${asked.what} with something else than MLflow does${parsed.at}`,
    `is tracking.uri MLflow's own address? curl ${server.uri}/version`,
    { cause: parsed.cause },
  );
}

function parsedBy<Value>(schema: z.ZodType<Value>, value: unknown) {
  try {
    const { success, data, error } = schema.safeParse(value);
    if (success) return { success, data };
    const [issue] = error.issues;
    const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${visibleLine(issue.path.join("."), 80)}`;
    return { success, at, cause: error };
  } catch (cause) {
    // zod hands on what it finds as arguments, of which there may be too many.
    if (cause instanceof RangeError) return { success: false as const, at: "", cause };
    throw cause;
  }
}

/**
 * Where a redirect is followed to; undefined for any other answer. Credentials go to the host that they are for alone, and
 * never from TLS to no TLS.
 *
 * @throws {UsageError} for a redirect to somewhere else, or of a call that changes something by one that has to become a GET
 */
export function redirectOf(server: Server, asked: Asked, { status, headers }: HttpAnswer): URL | undefined {
  if (status < 300 || status > 399 || headers.location === undefined) return undefined;
  const where = `MLflow at ${server.uri}`;
  const target = URL.canParse(headers.location, asked.url.href) ? new URL(headers.location, asked.url) : undefined;
  if (target === undefined)
    throw new UnreachableError(`${where} redirects to what is no address`, `curl -v ${server.uri}/health`);
  // What it names may hold a token.
  const shown = quoted(server, target.host === "" ? target.protocol : `${target.origin}${target.pathname}`);
  const isSame = target.origin === asked.url.origin;
  const isUpgrade =
    target.hostname === asked.url.hostname && asked.url.protocol === "http:" && target.protocol === "https:";
  const keepsMethod = asked.method === "GET" || status === 307 || status === 308;
  if (isSame && keepsMethod) return target;
  const hint = isUpgrade
    ? `set tracking.uri to ${server.uri.replace(/^http:/, "https:")}`
    : "set tracking.uri to the address of MLflow itself";
  throw new UsageError(`${where} redirects ${asked.what} to ${shown}, and credentials don't go elsewhere`, hint);
}

/** Why there is no answer, as a sentence. */
export function failureOf(server: Server, failure: NetworkFailure): ChurnError {
  const { uri } = server;
  const reason = quoted(server, failure.message);
  const message = `MLflow at ${uri} can't be reached: ${reason}`;
  const options = { cause: failure };
  if (failure.kind === "certificate")
    return new UsageError(
      message,
      "name its authority's certificate: MLFLOW_TRACKING_SERVER_CERT_PATH or NODE_EXTRA_CA_CERTS=FILE.pem",
      options,
    );
  if (failure.kind === "scheme")
    return new UsageError(
      message,
      `set tracking.uri to ${uri.replace(/^https:/, "http:")}, or to the port of TLS`,
      options,
    );
  if (failure.kind === "nonsense")
    return new UnreachableError(
      `MLflow at ${uri} answers what no MLflow does: ${reason}`,
      `is tracking.uri MLflow's own address? curl -v ${uri}/version`,
      options,
    );
  if (failure.kind === "proxy")
    return new UsageError(message, "mend HTTPS_PROXY, or name the host in NO_PROXY", options);
  return new UnreachableError(
    message,
    `is it up? curl ${uri}/health; what is done is kept: the same command goes on`,
    options,
  );
}

function unknownUser({ uri, who }: Server): UsageError {
  if (who === undefined) return new UsageError(`MLflow at ${uri} wants credentials (401)`, LOGIN);
  return new UsageError(
    `MLflow at ${uri} refuses the credentials of ${who} (401)`,
    "mend them; MLflow's page lets the same user in",
  );
}

/** A server's words in a sentence of one line, without what it was sent in confidence. */
function quoted({ secrets }: Server, text: string): string {
  const masked = secrets
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .reduce((rest, one) => rest.replaceAll(one, "***"), text);
  return visibleLine(masked, LONGEST_MESSAGE);
}

/** At most so many values a text of JSON becomes: JSON.parse itself knows no limit. */
function valuesIn(json: Uint8Array): number {
  let [count, inText] = [1, false];
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) inText = !inText;
    else if (inText && byte === BACKSLASH) at += 1;
    else if (!inText && (byte === COMMA || byte === LIST || byte === OBJECT)) count += 1;
  }
  return count;
}

function textOf({ body }: HttpAnswer): string {
  return body.toString("utf8");
}

function isPage({ headers, body }: HttpAnswer): boolean {
  return /html/i.test(headers["content-type"] ?? "") || /^\s*</.test(body.subarray(0, 64).toString("latin1"));
}

function saidBy(text: string): z.infer<typeof envelope> | undefined {
  try {
    const { success, data } = envelope.safeParse(JSON.parse(text));
    return success ? data : undefined;
  } catch {
    return undefined;
  }
}
