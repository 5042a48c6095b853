import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { readPem } from "../files/pem.ts";
import type { Variables } from "../workspace/env.ts";
import { isEndpoint } from "./address.ts";

/** What S3's clients read of the environment, as churn reads it: the process's variables, NAME_FILE, .env. */
export interface S3Environment {
  readonly variables: Variables;
  get(name: string): string | undefined;
  secret(name: string): string | undefined;
}

/** How a bucket is reached: the section `s3` of churn.yaml, and what the environment says. */
export interface S3Settings {
  readonly s3: Config["s3"];
  /** the workspace's folder: relative paths start there */
  readonly root: string;
  readonly environment: S3Environment;
}

/** A pair of keys that the environment names; whatever else there is the SDK looks for. */
export interface StaticKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The keys of the environment, .env and NAME_FILE; undefined where they name none, or a profile is to be used.
 *
 * @throws {UsageError} when there is only half a pair
 */
export function staticKeys({ s3, environment }: Pick<S3Settings, "s3" | "environment">): StaticKeys | undefined {
  if (s3.profile !== undefined) return undefined;
  const accessKeyId = environment.secret("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment.secret("AWS_SECRET_ACCESS_KEY");
  const sessionToken = environment.secret("AWS_SESSION_TOKEN");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  const [set, missing] =
    secretAccessKey === undefined
      ? ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
      : ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"];
  throw new UsageError(
    `${set} is set, but no ${missing}`,
    "set both in the environment or the workspace's .env (mode 0600), or unset the one",
  );
}

/** Where the server is, by churn.yaml or by AWS's own variables; undefined for AWS. @throws {UsageError} for no address */
export function endpointOf({ s3, environment }: Pick<S3Settings, "s3" | "environment">): URL | undefined {
  if (s3.endpoint !== undefined) return new URL(s3.endpoint);
  if (/^true$/i.test(environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? "")) return undefined;
  for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]) {
    const found = endpointIn(environment, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The server that a variable names; undefined where it isn't set. @throws {UsageError} for no address */
export function endpointIn(environment: S3Environment, name: string): URL | undefined {
  const text = environment.get(name);
  if (text === undefined) return undefined;
  if (isEndpoint(text)) return new URL(text);
  throw new UsageError(`${name} is no server's address`, `write ${name}=https://HOST:PORT`);
}

/** The region; undefined where only the SDK's own files may know it. A server of another kind takes any. */
export function regionOf({ s3, environment }: Pick<S3Settings, "s3" | "environment">, endpoint: URL | undefined) {
  const named = s3.region ?? environment.get("AWS_REGION") ?? environment.get("AWS_DEFAULT_REGION");
  return named ?? (endpoint === undefined ? undefined : "us-east-1");
}

/** The profile of ~/.aws that is named; undefined for its default. The environment's own keys come before AWS_PROFILE. */
export function profileOf({ s3, environment }: Pick<S3Settings, "s3" | "environment">): string | undefined {
  if (s3.profile !== undefined) return s3.profile;
  return environment.get("AWS_ACCESS_KEY_ID") === undefined ? environment.get("AWS_PROFILE") : undefined;
}

/** Authorities of AWS_CA_BUNDLE, which the SDK doesn't read; undefined for Node's own. */
export function authorities({ environment, root }: Pick<S3Settings, "environment" | "root">): string | undefined {
  const named = environment.get("AWS_CA_BUNDLE");
  return named === undefined ? undefined : readPem(named, "AWS_CA_BUNDLE", { root, home: environment.get("HOME") });
}
