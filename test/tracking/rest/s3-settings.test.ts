import { expect, test } from "vitest";
import { artifactBuckets, artifactSettings } from "../../../src/lib/tracking/rest/s3-settings.ts";
import { s3Settings } from "../../support/s3-settings.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
const aws = {
  region: "eu-central-1",
  profile: "store",
  sse: "aws:kms",
  kms_key: "arn",
  storage_class: "STANDARD_IA",
} as const;

test("without variables of MLflow's, artifacts are reached as the section s3 says it", () => {
  for (const given of [s3Settings(KEYS, aws), s3Settings(KEYS), s3Settings({})])
    expect(artifactSettings(given)).toEqual(given);
});

test("MLFLOW_S3_ENDPOINT_URL names MLflow's own server, whatever the store's is", () => {
  const env = { ...KEYS, MLFLOW_S3_ENDPOINT_URL: "http://minio:9000" };
  const serverOf = (s3: Readonly<Record<string, unknown>>, variables: Readonly<Record<string, string>> = env) =>
    artifactBuckets(s3Settings(variables, s3))("team").server;
  expect(serverOf({})).toBe("http://minio:9000");
  expect(serverOf({ endpoint: "https://ceph:443" })).toBe("http://minio:9000");
  expect(serverOf({ endpoint: "https://ceph" }, KEYS)).toBe("https://ceph");
  expect(serverOf({}, { ...env, AWS_ENDPOINT_URL_S3: "https://ceph" })).toBe("http://minio:9000");
  expect(serverOf({}, KEYS)).toBe("AWS");
});

test("at MLflow's own server the keys of the environment go before s3.profile, as for MLflow's clients", () => {
  const endpoint = { MLFLOW_S3_ENDPOINT_URL: "http://minio:9000" };
  expect(artifactSettings(s3Settings({ ...KEYS, ...endpoint }, aws)).s3.profile).toBeUndefined();
  expect(artifactSettings(s3Settings(endpoint, aws)).s3.profile).toBe("store");
  expect(artifactSettings(s3Settings(KEYS, aws)).s3.profile).toBe("store");
});

test("a bucket is opened once", () => {
  const open = artifactBuckets(s3Settings(KEYS, { endpoint: "http://minio:9000" }));
  expect(open("a")).toBe(open("a"));
  expect(open("b").name).toBe("b");
});

test("MLFLOW_S3_UPLOAD_EXTRA_ARGS takes the place of what s3 says of writing", () => {
  const extra = (text: string) => artifactSettings(s3Settings({ MLFLOW_S3_UPLOAD_EXTRA_ARGS: text }, aws)).s3;
  expect(extra('{"ServerSideEncryption": "AES256"}')).toMatchObject({ sse: "AES256", region: "eu-central-1" });
  expect(extra('{"ServerSideEncryption": "AES256"}').kms_key).toBeUndefined();
  const { sse, kms_key, storage_class } = extra("{}");
  expect([sse, kms_key, storage_class]).toEqual([undefined, undefined, undefined]);
  expect(extra('{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k", "StorageClass": "GLACIER_IR"}')).toMatchObject({
    sse: "aws:kms",
    kms_key: "k",
    storage_class: "GLACIER_IR",
  });
});

test.each(["", "AES256", "[]", '{"ACL": "public-read"}', '{"StorageClass": "GLACIER"}'])(
  "others of its arguments aren't left out without a word: %s",
  (text) => {
    const settings = s3Settings({ MLFLOW_S3_UPLOAD_EXTRA_ARGS: text });
    expect(() => artifactSettings(settings)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message:
          "MLFLOW_S3_UPLOAD_EXTRA_ARGS isn't one that churn can follow: JSON with ServerSideEncryption, SSEKMSKeyId and StorageClass",
        hint: `MLFLOW_S3_UPLOAD_EXTRA_ARGS='{"ServerSideEncryption": "AES256"}', say; or unset it for churn`,
      }),
    );
  },
);

test("an address that is none is told by the variable's name", () => {
  for (const address of ["minio:9000", "s3://minio", "http://user:secret@minio"])
    expect(() => artifactSettings(s3Settings({ MLFLOW_S3_ENDPOINT_URL: address }))).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: "MLFLOW_S3_ENDPOINT_URL is no server's address",
        hint: "write MLFLOW_S3_ENDPOINT_URL=https://HOST:PORT",
      }),
    );
});
