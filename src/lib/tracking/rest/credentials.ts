import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { homeFolder } from "../../files/home.ts";
import { readPem } from "../../files/pem.ts";
import { readPrivateFile } from "../../files/private-file.ts";
import type { TlsSettings } from "../../http/http.ts";
import type { Userinfo } from "../address.ts";

/** What MLflow's clients read of the environment, as churn reads it: the process's variables, NAME_FILE, .env. */
export interface CredentialSource {
  get(name: string): string | undefined;
  secret(name: string): string | undefined;
}

/** How requests to a server are signed. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** for sentences: whose they are and where they come from; undefined where there are none */
  readonly who: string | undefined;
  /** What of them no sentence may quote: a server that fails may answer with what it was sent. */
  readonly secrets: readonly string[];
}

/** Ways of MLflow's Python client that need code of Python's or of AWS's. */
const OTHER_WAYS = ["MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4"] as const;

/**
 * Reads credentials as MLflow's own clients do, in their order: user and password of the address; those of the environment,
 * each one that isn't there from `~/.mlflow/credentials`; a token only where there is no such pair.
 *
 * @throws {UsageError} when only one of user and password is set, or a way is asked for that only Python has
 * @see https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/
 */
export function readCredentials(source: CredentialSource, userinfo: Userinfo | undefined): Credentials {
  for (const name of OTHER_WAYS) {
    const value = source.get(name);
    if (value === undefined || /^(?:false|0)$/i.test(value)) continue;
    throw new UsageError(
      `${name} is set, which only MLflow's Python client can follow`,
      "unset it: churn takes MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
    );
  }
  const workspace = requireLetters(source.get("MLFLOW_WORKSPACE"), "MLFLOW_WORKSPACE");
  const common: Record<string, string> = workspace === undefined ? {} : { "X-MLFLOW-WORKSPACE": workspace };
  const named: HalfPair = userinfo === undefined ? pairOf(source) : { ...userinfo, from: "its address" };
  if (isPair(named)) {
    const { username, password, from } = named;
    const text = Buffer.from(`${username}:${password}`).toString("base64");
    const headers = { ...common, Authorization: `Basic ${text}` };
    return { headers, who: `${username} (from ${from})`, secrets: [password, encodeURIComponent(password), text] };
  }
  const token = requireLetters(source.secret("MLFLOW_TRACKING_TOKEN"), "MLFLOW_TRACKING_TOKEN");
  if (token !== undefined) {
    const headers = { ...common, Authorization: `Bearer ${token}` };
    return { headers, who: "the token of MLFLOW_TRACKING_TOKEN", secrets: [token] };
  }
  const { username, password } = named;
  if (username === undefined && password === undefined) return { headers: common, who: undefined, secrets: [] };
  const [set, missing] = password === undefined ? ["USERNAME", "PASSWORD"] : ["PASSWORD", "USERNAME"];
  throw new UsageError(
    `MLFLOW_TRACKING_${set} is set, but no MLFLOW_TRACKING_${missing}`,
    "set both in the environment or the workspace's .env (mode 0600), or unset the one",
  );
}

interface Pair extends Userinfo {
  /** for sentences */
  readonly from: string;
}

type HalfPair = { readonly [Name in keyof Pair]: Pair[Name] | undefined };

function isPair(pair: HalfPair): pair is Pair {
  return pair.username !== undefined && pair.password !== undefined;
}

/** A file that isn't asked for may be anyone's. */
function pairOf(source: CredentialSource): HalfPair {
  const username = source.secret("MLFLOW_TRACKING_USERNAME");
  const password = source.secret("MLFLOW_TRACKING_PASSWORD");
  const file = username === undefined || password === undefined ? credentialsFile(source) : {};
  return {
    username: username ?? file.username,
    password: password ?? file.password,
    from: username === undefined ? "~/.mlflow/credentials" : "MLFLOW_TRACKING_USERNAME",
  };
}

/** A header takes no line end, and no letter beyond ASCII. */
function requireLetters(value: string | undefined, name: string): string | undefined {
  if (value === undefined || !/[^\x21-\x7e]/.test(value)) return value;
  throw new UsageError(
    `${name} has a blank, a line end or another letter that doesn't go into a header`,
    "set it anew",
  );
}

/** `~/.mlflow/credentials`: an INI file with a section [mlflow], as Python's configparser reads it: %% is a %. */
function credentialsFile(source: CredentialSource): Partial<Userinfo> {
  let home: string;
  try {
    home = homeFolder(source.get("HOME"));
  } catch {
    return {};
  }
  const text = readPrivateFile(join(home, ".mlflow", "credentials"));
  if (text === undefined) return {};
  let section = "";
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]\s*$/.exec(line);
    if (header !== null) section = header[1] ?? "";
    const [, key = "", value = ""] = /^\s*([^#;=:\s]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === "mlflow" && value !== "") values.set(key.toLowerCase(), value.replaceAll("%%", "%"));
  }
  const username = values.get("mlflow_tracking_username");
  const password = values.get("mlflow_tracking_password");
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

/**
 * Reads how a server is certified: MLFLOW_TRACKING_SERVER_CERT_PATH (authorities in place of Node's own),
 * MLFLOW_TRACKING_CLIENT_CERT_PATH, MLFLOW_TRACKING_INSECURE_TLS.
 *
 * @param root  the workspace's folder: relative paths start there
 * @throws {UsageError} when a file can't be read, or certificates are named that aren't to be looked at
 */
export function readTls(source: CredentialSource, root: string): TlsSettings {
  const insecure = /^(?:true|1)$/i.test(source.get("MLFLOW_TRACKING_INSECURE_TLS") ?? "");
  const ca = pem(source, "MLFLOW_TRACKING_SERVER_CERT_PATH", root);
  if (insecure && ca !== undefined)
    throw new UsageError(
      "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are both set",
      "unset one of them: a certificate that any may stand for isn't looked at",
    );
  return { insecure, ca, client: pem(source, "MLFLOW_TRACKING_CLIENT_CERT_PATH", root) };
}

function pem(source: CredentialSource, name: string, root: string): string | undefined {
  const named = source.get(name);
  return named === undefined ? undefined : readPem(named, name, { root, home: source.get("HOME") });
}
