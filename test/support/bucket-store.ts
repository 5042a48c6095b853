import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openBucketStore } from "../../src/lib/store/bucket/bucket.ts";
import type { Store } from "../../src/lib/store/store.ts";
import type { FaultyS3 } from "./faulty-s3.ts";

/** As `s3` of churn.yaml has it where nothing is said. */
const usual = configSchema.shape.s3.parse(undefined);

/**
 * A store in a bucket, as a workspace's folder opens it. A folder that is to hold it has a lock file, as one that holds its own lock
 * has.
 */
export async function bucketStore(
  server: Pick<FaultyS3, "endpoint" | "env">,
  root: string,
  s3: Partial<typeof usual> = {},
  prefix = "churn",
): Promise<Store> {
  await mkdir(join(root, ".churn"), { recursive: true });
  await writeFile(join(root, ".churn", "lock"), "", { flag: "a" });
  const get = (name: string) => server.env[name];
  const settings = { ...usual, endpoint: server.endpoint, deadline: "5s", ...s3 };
  return openBucketStore(
    { bucket: "bucket", prefix },
    { s3: settings, root, environment: { variables: new Map(), get, secret: get } },
  );
}
