import { secondsOf } from "../../config/duration.ts";
import type { Config } from "../../config/schema.ts";
import type { Environment } from "../../workspace/env.ts";
import { parseServerAddress, withoutPassword } from "./address.ts";

/** What a source asks of the environment: variables, and secrets by their names. */
export type SourceEnvironment = Pick<Environment, "variables" | "secretValues" | "get" | "secret">;

/** The section `source` of a server, and where it is read. */
export interface ServerSettings extends Pick<Config["source"], "table" | "query" | "ready" | "timeout"> {
  /** without a password */
  readonly url: string;
  /** the workspace's folder, absolute */
  readonly root: string;
  readonly environment: SourceEnvironment;
}

/** How long a query may take where source.timeout doesn't say it. */
const TIMEOUT = "1h";

/** How long a server or a command has for its rows, as churn.yaml writes it. */
export function timeoutOf({ timeout = TIMEOUT }: Pick<Config["source"], "timeout">): string {
  return timeout;
}

/** The same in seconds. */
export function timeoutSeconds(source: Pick<Config["source"], "timeout">): number {
  return secondsOf(timeoutOf(source));
}

/** Seconds beyond source.timeout in which a server says itself that an answer took longer. */
const GRACE_SECONDS = 10;

/** Seconds after which a server that says nothing isn't waited for any more. */
export function answerSeconds(source: Pick<Config["source"], "timeout">): number {
  return timeoutSeconds(source) + GRACE_SECONDS;
}

/**
 * The password within an address that the environment gives: the configuration holds the same address without it. That of another
 * address, where --set or init --from names the server, is not for this one.
 *
 * @param url  the source's, without a password
 */
export function passwordOfAddress(
  { url, environment }: Pick<ServerSettings, "url" | "environment">,
  known: readonly string[],
): string | undefined {
  const given = environment.get("CHURN_SOURCE_URL");
  return given === undefined || withoutPassword(given) !== url ? undefined : parseServerAddress(given, known).password;
}

/** What a connection is warned of that may do anything. */
export function superuserWarning(user: string): string {
  return `${user} is a superuser of the database; a role that may only read the customers is enough, and safer`;
}
