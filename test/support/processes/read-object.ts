import { openBucket } from "../../../src/lib/s3/client.ts";
import { s3Settings } from "../s3-settings.ts";

/** Prints an object and has nothing left to do: ENDPOINT BUCKET KEY. */
async function readObject([endpoint = "", bucket = "", key = ""]: readonly string[]): Promise<void> {
  const keys = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
  const found = await openBucket(bucket, s3Settings({ AWS_ENDPOINT_URL_S3: endpoint, ...keys })).get(key);
  process.stdout.write(found?.bytes ?? "");
}

void readObject(process.argv.slice(2));
