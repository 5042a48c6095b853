import { openConnections } from "../../http/connections.ts";
import type { S3Settings } from "../../s3/settings.ts";
import { addressText, type TrackingAddress } from "../address.ts";
import type { Tracking } from "../tracking.ts";
import { type Api, openApi } from "./api.ts";
import { openArtifacts } from "./artifacts.ts";
import { type CredentialSource, readCredentials, readTls } from "./credentials.ts";
import { openRegistry } from "./registry.ts";
import { requireRights } from "./rights.ts";
import { openRuns } from "./runs.ts";
import { artifactBuckets } from "./s3-settings.ts";

type ServerAddress = Extract<TrackingAddress, { kind: "server" }>;

/**
 * Tracking and registry of an MLflow server, from 2.22 on, by its REST API. Nothing is asked yet.
 *
 * Calls are repeated while the server can't be reached or is busy, until the deadline; what may have been done already is
 * looked up first, so that a server that dies and comes back has one run and one version.
 *
 * @param options.s3          how buckets are reached, where the server's runs have their files in one
 * @param addresses.registry  of a registry elsewhere; by default the tracking server's own
 * @throws {UsageError} when credentials or certificates in the environment are wrong
 */
export function openServer(
  addresses: { readonly tracking: ServerAddress; readonly registry?: ServerAddress | undefined },
  options: S3Settings & { readonly deadlineSeconds: number },
): Tracking {
  const tracking = connect(addresses.tracking, options);
  const elsewhere = addresses.registry;
  const registry =
    elsewhere === undefined || addressText(elsewhere.url) === tracking.uri ? tracking : connect(elsewhere, options);
  const artifacts = openArtifacts(tracking, artifactBuckets(options));
  const apis = [...new Set([tracking, registry])];
  return {
    uri: tracking.uri,
    registryUri: registry.uri,
    isLocal: false,
    check: async (seconds) => void (await Promise.all(apis.map((api) => api.probe(seconds)))),
    requireRights: (places) => requireRights({ tracking, registry }, places),
    close: async () => void (await Promise.all(apis.map((api) => api.close()))),
    ...openRuns(tracking, artifacts),
    ...openRegistry(registry, artifacts),
  };
}

function connect(
  { url, userinfo }: ServerAddress,
  { deadlineSeconds, root, environment }: { deadlineSeconds: number; root: string; environment: CredentialSource },
): Api {
  const get = (name: string) => environment.get(name);
  const connections = openConnections(url, readTls(environment, root), get);
  return openApi(url, connections, readCredentials(environment, userinfo), deadlineSeconds);
}
