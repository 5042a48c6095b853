import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { requireFolder } from "../files/address.ts";
import type { S3Settings } from "../s3/settings.ts";
import { type TrackingAddress, trackingAddress } from "./address.ts";
import type { CredentialSource } from "./rest/credentials.ts";
import type { Tracking } from "./tracking.ts";

type Settings = Pick<Config["tracking"], "uri" | "registry_uri" | "deadline">;

/**
 * Opens tracking and registry as churn.yaml, the environment or MLflow's own variables name them: a server, or a folder,
 * relative to the workspace or absolute. Nothing is made or asked yet.
 *
 * @param s3  the workspace's folder and environment, and how buckets are reached
 * @throws {UsageError} for any other address, a file's among them, and where the environment's credentials are wrong
 */
export async function openTracking(settings: Settings, s3: S3Settings): Promise<Tracking> {
  const { root, environment } = s3;
  const { tracking, registry } = requireAddresses(settings, root);
  if (tracking.kind === "folder") {
    const { openFolder } = await import("./folder/folder.ts");
    return openFolder(tracking.path);
  }
  const { openServer } = await import("./rest/rest.ts");
  const servers = {
    tracking: withUserinfo(tracking, environment, ["CHURN_TRACKING_URI", "MLFLOW_TRACKING_URI"]),
    registry: registry && withUserinfo(registry, environment, ["CHURN_TRACKING_REGISTRY_URI", "MLFLOW_REGISTRY_URI"]),
  };
  return openServer(servers, { ...s3, deadlineSeconds: secondsOf(settings.deadline) });
}

type Server = Extract<TrackingAddress, { kind: "server" }>;

/**
 * The addresses as they are meant, judged without being opened.
 *
 * @throws {UsageError} as openTracking does, and for a registry elsewhere where one of the two is a folder
 */
export function requireAddresses(
  { uri, registry_uri }: Omit<Settings, "deadline">,
  root: string,
):
  | { readonly tracking: Exclude<TrackingAddress, Server>; readonly registry: undefined }
  | { readonly tracking: Server; readonly registry: Server | undefined } {
  const tracking = trackingAddress(uri);
  const registry = registry_uri === undefined || registry_uri === uri ? undefined : trackingAddress(registry_uri);
  if (tracking?.kind === "server") {
    if (registry === undefined || registry.kind === "server") return { tracking, registry };
  } else {
    const path = requireFolder(uri, "tracking.uri", root);
    if (registry === undefined) return { tracking: { kind: "folder", path }, registry };
  }
  throw new UsageError(
    "tracking.registry_uri names another place than tracking.uri, and one of them is a folder: only servers can be two",
    "unset tracking.registry_uri, or MLFLOW_REGISTRY_URI where that names it",
  );
}

/** User and password that the environment has in the address itself. */
function withUserinfo(server: Server, environment: CredentialSource, variables: readonly string[]): Server {
  for (const name of variables) {
    const found = trackingAddress(environment.get(name) ?? "");
    if (found?.kind === "server" && found.url.href === server.url.href) return found;
  }
  return server;
}
