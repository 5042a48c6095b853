import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Place } from "../../support/place.ts";
import type { S3Server } from "./s3.ts";

/**
 * A workspace whose store is a folder of a bucket: the gateway keeps each object as a file, so a test looks at it, and damages it, as
 * it does with a folder's.
 *
 * @param folder  where the workspaces are
 * @param name    of the workspace, and of the store below the bucket
 */
export async function placeAt(server: S3Server, bucket: string, folder: string, name: string): Promise<Place> {
  const workspace = join(folder, name);
  await mkdir(workspace, { recursive: true });
  return {
    workspace,
    store: join(server.folder, bucket, name),
    // By the environment: churn.yaml stays the same in each copy.
    env: { ...server.env, CHURN_STORE: `s3://${bucket}/${name}` },
  };
}

/** Copies a workspace and its store, with the attributes in which the gateway keeps ETags and digests. */
export async function copyPlace(from: Place, to: Place): Promise<void> {
  await copyTree(from.workspace, to.workspace);
  // A new store has nothing yet.
  await mkdir(from.store, { recursive: true });
  await copyTree(from.store, to.store);
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await execa("cp", ["-a", `${from}/.`, to]);
}

export async function removePlace({ workspace, store }: Place): Promise<void> {
  for (const path of [workspace, store]) await rm(path, { recursive: true, force: true, maxRetries: 5 });
}
