import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openBucketStore } from "../../src/lib/store/bucket/bucket.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { RUN_ID_VARIABLE } from "../../src/lib/workspace/run-id.ts";
import type { FaultyS3 } from "./faulty-s3.ts";

/** As `s3` of churn.yaml has it where nothing is said. */
const usual = configSchema.shape.s3.parse(undefined);

/**
 * A store in a bucket, as a workspace's folder opens it, or, with `isStage`, a process that a run there has started. A folder that is to hold it has a lock file, as one that holds its own lock
 * has.
 */
export async function bucketStore(
  server: Pick<FaultyS3, "endpoint" | "env">,
  root: string,
  s3: Partial<typeof usual> = {},
  { prefix = "churn", isStage = false }: { readonly prefix?: string; readonly isStage?: boolean } = {},
): Promise<Store> {
  await mkdir(join(root, ".churn"), { recursive: true });
  await writeFile(join(root, ".churn", "lock"), "", { flag: "a" });
  const variables: Readonly<Record<string, string>> = {
    ...server.env,
    ...(isStage ? { [RUN_ID_VARIABLE]: "20261123T050000Z-7f3a" } : {}),
  };
  const get = (name: string) => variables[name];
  const settings = { ...usual, endpoint: server.endpoint, deadline: "5s", ...s3 };
  return openBucketStore(
    { bucket: "bucket", prefix },
    { s3: settings, root, environment: { variables: new Map(), get, secret: get } },
  );
}
