import * as z from "zod";
import { UsageError } from "../errors.ts";
import { isBucketUrl } from "../source/s3/address.ts";
import { withoutPassword } from "../source/server/address.ts";
import { isServerUrl } from "../source/server/schemes.ts";
import { hasSecret, isSecretName } from "../workspace/secrets.ts";
import { configKeys, core, nameOf, schemaAt, sectionNames, variableOf } from "./keys.ts";
import { isTree } from "./tree.ts";

/** Where a value stands: its place for messages, and how one says that it doesn't belong there. */
export interface Spot {
  readonly place: string;
  readonly within: "in churn.yaml" | "on a command line";
}

/** A token may stand where a user does. */
const HAS_USERINFO = /^https?:\/\/[^/?#\s]*@/i;

/**
 * Refuses secrets where they would be kept or seen: in churn.yaml and on the command line. Their values are not shown.
 *
 * @param value  the configuration, or the part of it at `path`
 * @param spotOf where the value at a path stands
 * @throws {UsageError} that says where secrets belong
 */
export function refuseSecrets(
  value: unknown,
  path: readonly PropertyKey[],
  spotOf: (path: readonly PropertyKey[]) => Spot,
): void {
  if (isNamedLikeSecret(path, value))
    throw refusal(path, "looks like a secret", spotOf(path), isOfBuckets(path, value) ? KEYS_HINT : undefined);
  if (typeof value === "string" && (hasSecret(value) || HAS_USERINFO.test(value) || hasPassword(value))) {
    throw refusal(
      path,
      "has a secret in it",
      spotOf(path),
      isServerUrl(value) ? PASSWORD_HINT : isOfBuckets(path, value) ? KEYS_HINT : undefined,
    );
  }
  const parts = isTree(value) ? Object.entries(value) : Array.isArray(value) ? [...value.entries()] : [];
  for (const [key, part] of parts) refuseSecrets(part, [...path, key], spotOf);
}

/** A database's address takes a password with any sign in it, a slash too, which ends that of any other URL. */
function hasPassword(value: string): boolean {
  return isServerUrl(value) && withoutPassword(value) !== value;
}

/** Columns may be called what they are: only churn's own names and unknown ones are judged. */
function isNamedLikeSecret(path: readonly PropertyKey[], value: unknown): boolean {
  const last = path.at(-1);
  // A key alone is what people call a table's.
  if (typeof last !== "string" || /^keys?$/i.test(last) || !isSecretName(last)) return false;
  // notify.webhook is a section, whose keys are judged by themselves. In its place a text would be its address.
  if ((isTree(value) || value === null) && sectionNames.includes(nameOf(path))) return false;
  const parent = schemaAt(path.slice(0, -1));
  return !(parent !== undefined && core(parent) instanceof z.ZodRecord);
}

/** The names by which databases' own clients take it. */
const PASSWORD_HINT =
  "leave it out there: PGPASSWORD or MYSQL_PWD, in the environment or the workspace's .env (mode 0600)";

/** And buckets' clients: an address with keys in it is refused wherever it stands. */
const KEYS_HINT =
  "leave it out there: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the environment or the workspace's .env (mode 0600)";

function isOfBuckets(path: readonly PropertyKey[], value: unknown): boolean {
  return path[0] === "s3" || (typeof value === "string" && isBucketUrl(value));
}

function refusal(path: readonly PropertyKey[], what: string, { place, within }: Spot, hint?: string): UsageError {
  const name = nameOf(path);
  const key = configKeys.find((known) => known.name === name);
  const belongs =
    key === undefined
      ? "put it into the environment, a file that NAME_FILE names, or the workspace's .env (files with mode 0600)"
      : `put it into the environment or the workspace's .env (mode 0600) as ${variableOf(key)}`;
  return new UsageError(`${place}: ${name} ${what}, which doesn't belong ${within}`, hint ?? belongs);
}
