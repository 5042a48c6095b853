import { expect, test } from "vitest";
import { complaint, load } from "../support/config-workspace.ts";

test("a bucket is described by the section s3, each key with a variable of its own", async () => {
  const yaml = `dataset: { id: a, target: { column: b } }
source: { url: "csv:a.csv" }
store: s3://nights/churn
s3: { endpoint: "https://minio:9000", path_style: true, sse: "aws:kms", kms_key: alias/churn, storage_class: GLACIER_IR, cache: { size: 1GiB } }
`;
  const env = { CHURN_S3_REGION: "eu-central-1", CHURN_S3_LEASE: "90s", CHURN_S3_SINGLE_WRITER: "true" };
  const { config } = await load({ yaml, env });
  expect(config.store).toBe("s3://nights/churn");
  expect(config.s3).toEqual({
    endpoint: "https://minio:9000",
    region: "eu-central-1",
    path_style: true,
    sse: "aws:kms",
    kms_key: "alias/churn",
    storage_class: "GLACIER_IR",
    single_writer: true,
    lease: "90s",
    deadline: "2m",
    cache: { keep: "30d", size: "1GiB" },
  });
});

test.each([
  ["endpoint", "minio:9000", "a server's http:// or https:// address, without user and password"],
  ["endpoint", "https://minio?x=1", "a server's http:// or https:// address, without user and password"],
  ["lease", "0s", "a duration above 0s and of at most 10m"],
  ["lease", "601s", "a duration above 0s and of at most 10m"],
  ["cache.size", "0GB", "a size above 0"],
  ["cache.size", "much", "a size, such as 1GB"],
])("s3.%s: %s is refused", async (key, value, wanted) => {
  expect(await complaint({ set: [`s3.${key}=${value}`] })).toEqual([
    `--set s3.${key}: s3.${key} must be ${wanted}, but is "${value}"`,
  ]);
});

test("classes whose objects have to be restored first are none", async () => {
  expect((await complaint({ set: ["s3.storage_class=DEEP_ARCHIVE"] })).join("\n")).toContain("STANDARD_IA");
});

test("a password in an endpoint is refused, and shown nowhere", async () => {
  const text = (await complaint({ env: { CHURN_S3_ENDPOINT: "https://me:geheim123@minio" } })).join("\n");
  expect(text).toContain("s3.endpoint");
  expect(text).not.toContain("geheim123");
});
