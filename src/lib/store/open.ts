import { UsageError } from "../errors.ts";
import { requireFolder } from "../files/address.ts";
import { isS3Address, S3_ADDRESS, s3Address } from "../s3/address.ts";
import type { S3Settings } from "../s3/settings.ts";
import { openBucketStore } from "./bucket/bucket.ts";
import { openFolderStore } from "./folder.ts";
import type { Store } from "./store.ts";

/**
 * Opens the store that churn.yaml names. Nothing is made or asked yet.
 *
 * @param address   `store` of churn.yaml: a folder, relative to the workspace, a file: URI of one, or a bucket
 * @param settings  the workspace's folder, and how buckets are reached
 * @throws {UsageError} for any other address, a file's among them
 */
export function openStore(address: string, settings: S3Settings): Store {
  if (!isS3Address(address)) return openFolderStore(requireFolder(address, "store", settings.root));
  const place = s3Address(address);
  if (place === undefined)
    throw new UsageError(`store must be ${S3_ADDRESS}`, "store: s3://my-bucket/churn in churn.yaml");
  return openBucketStore(place, settings);
}
