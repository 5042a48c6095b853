import * as z from "zod";
import { s3Section } from "../../config/s3-section.ts";
import { UsageError } from "../../errors.ts";
import type { Bucket } from "../../s3/bucket.ts";
import { openBucket } from "../../s3/client.ts";
import { endpointIn, type S3Settings } from "../../s3/settings.ts";

const ENDPOINT = "MLFLOW_S3_ENDPOINT_URL";
const EXTRA = "MLFLOW_S3_UPLOAD_EXTRA_ARGS";

/** Buckets of MLflow's artifacts, by their names, each opened when it is first asked for. */
export function artifactBuckets(settings: S3Settings): (name: string) => Bucket {
  const opened = new Map<string, Bucket>();
  return (name) => {
    const bucket = opened.get(name) ?? openBucket(name, artifactSettings(settings));
    opened.set(name, bucket);
    return bucket;
  };
}

/**
 * How MLflow's artifacts are reached: by the section `s3`, and where the environment has variables of MLflow's own clients by those,
 * since they speak of nothing else: the store and MLflow may have servers of their own. With such a server the keys are the
 * environment's, as they are for MLflow's clients, and `s3.profile` only where it has none.
 *
 * @throws {UsageError} when a variable can't be understood
 * @see https://mlflow.org/docs/latest/self-hosting/architecture/artifact-store/
 */
export function artifactSettings(settings: S3Settings): S3Settings {
  const { environment } = settings;
  const endpoint = endpointIn(environment, ENDPOINT);
  const { profile, ...withoutProfile } = settings.s3;
  const isOwn = endpoint !== undefined && environment.secret("AWS_ACCESS_KEY_ID") !== undefined;
  const s3 = isOwn ? withoutProfile : settings.s3;
  return {
    ...settings,
    s3: {
      ...s3,
      ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
      ...uploadSettings(environment.get(EXTRA)),
    },
  };
}

/** Arguments of boto3's upload, as far as they are settings of ours too. */
const extraArguments = z.strictObject({
  ServerSideEncryption: s3Section.shape.sse,
  SSEKMSKeyId: s3Section.shape.kms_key,
  StorageClass: s3Section.shape.storage_class,
});

/** They are in the place of what `s3` says of writing, also where they say nothing: `{}` asks for nothing. */
function uploadSettings(text: string | undefined) {
  if (text === undefined) return {};
  const { ServerSideEncryption: sse, SSEKMSKeyId: kms_key, StorageClass: storage_class } = readArguments(text);
  return { sse, kms_key, storage_class };
}

function readArguments(text: string): z.infer<typeof extraArguments> {
  try {
    return extraArguments.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      `${EXTRA} isn't one that churn can follow: JSON with ServerSideEncryption, SSEKMSKeyId and StorageClass`,
      `${EXTRA}='{"ServerSideEncryption": "AES256"}', say; or unset it for churn`,
      { cause },
    );
  }
}
