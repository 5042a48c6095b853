import { expect, test } from "vitest";
import { awsCommand } from "../../src/lib/s3/aws-command.ts";
import { s3Settings } from "../support/s3-settings.ts";

const words = ["rm", "s3://nights/a b.json"];

test("AWS's own client asks the server that churn asks, in its region and by its profile", () => {
  expect(awsCommand(s3Settings({}), words)).toBe("aws s3 rm 's3://nights/a b.json'");
  const s3 = { endpoint: "https://minio:9000", profile: "team", region: "eu-central-1" };
  expect(awsCommand(s3Settings({}, s3), ["cp", "s3://nights/a", "s3://nights/b"])).toBe(
    "aws s3 cp s3://nights/a s3://nights/b --endpoint-url https://minio:9000 --profile team --region eu-central-1",
  );
});

test("where the environment or .env says it, too", () => {
  const env = { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000/", AWS_REGION: "auto", AWS_PROFILE: "team" };
  const said = "--endpoint-url http://127.0.0.1:9000 --profile team --region auto";
  expect(awsCommand(s3Settings(env), words)).toBe(`aws s3 rm 's3://nights/a b.json' ${said}`);
});

test("the keys of the environment are named nowhere, and come before its profile", () => {
  const env = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "geheim", AWS_PROFILE: "team" };
  expect(awsCommand(s3Settings(env), words)).toBe("aws s3 rm 's3://nights/a b.json'");
});
