import { expect } from "vitest";
import { authorities, endpointOf, profileOf, regionOf, staticKeys } from "../../src/lib/s3/settings.ts";
import { makeCertificates } from "../support/certificates.ts";
import { test } from "../support/folder.ts";
import { s3Settings } from "../support/s3-settings.ts";

test("the keys of the environment, unless a profile is to be used", () => {
  const env = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
  expect(staticKeys(s3Settings(env))).toEqual({ accessKeyId: "k", secretAccessKey: "s" });
  expect(staticKeys(s3Settings({ ...env, AWS_SESSION_TOKEN: "t" }))).toMatchObject({ sessionToken: "t" });
  expect(staticKeys(s3Settings(env, { profile: "team" }))).toBeUndefined();
  expect(staticKeys(s3Settings({}))).toBeUndefined();
  expect(() => staticKeys(s3Settings({ AWS_SECRET_ACCESS_KEY: "s" }))).toThrow(
    "AWS_SECRET_ACCESS_KEY is set, but no AWS_ACCESS_KEY_ID",
  );
});

test("the profile that is named; keys come before AWS_PROFILE", () => {
  expect(profileOf(s3Settings({ AWS_PROFILE: "a" }, { profile: "b" }))).toBe("b");
  expect(profileOf(s3Settings({ AWS_PROFILE: "a" }))).toBe("a");
  expect(profileOf(s3Settings({ AWS_PROFILE: "a", AWS_ACCESS_KEY_ID: "k" }))).toBeUndefined();
  expect(profileOf(s3Settings({}))).toBeUndefined();
});

test("the server, by churn.yaml first, then by AWS's variables", () => {
  const variables = { AWS_ENDPOINT_URL: "http://all:1", AWS_ENDPOINT_URL_S3: "http://s3:2" };
  expect(endpointOf(s3Settings(variables, { endpoint: "http://yaml:3" }))?.host).toBe("yaml:3");
  expect(endpointOf(s3Settings(variables))?.host).toBe("s3:2");
  expect(endpointOf(s3Settings({ AWS_ENDPOINT_URL: "http://all:1" }))?.host).toBe("all:1");
  expect(endpointOf(s3Settings({ ...variables, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }))).toBeUndefined();
  expect(endpointOf(s3Settings({}))).toBeUndefined();
  expect(() => endpointOf(s3Settings({ AWS_ENDPOINT_URL: "s3:2" }))).toThrow("AWS_ENDPOINT_URL is no server's address");
});

test("the region, which AWS's servers need and others don't", () => {
  const endpoint = new URL("http://minio:9000");
  expect(regionOf(s3Settings({ AWS_REGION: "a", AWS_DEFAULT_REGION: "b" }, { region: "c" }), endpoint)).toBe("c");
  expect(regionOf(s3Settings({ AWS_REGION: "a", AWS_DEFAULT_REGION: "b" }), undefined)).toBe("a");
  expect(regionOf(s3Settings({ AWS_DEFAULT_REGION: "b" }), undefined)).toBe("b");
  expect(regionOf(s3Settings({}), endpoint)).toBe("us-east-1");
  expect(regionOf(s3Settings({}), undefined)).toBeUndefined();
});

test("authorities of one's own, by a path from the workspace", async ({ folder }) => {
  await makeCertificates(folder);
  expect(authorities(s3Settings({}, {}, folder))).toBeUndefined();
  expect(authorities(s3Settings({ AWS_CA_BUNDLE: "ca.pem" }, {}, folder))).toContain("BEGIN CERTIFICATE");
  expect(() => authorities(s3Settings({ AWS_CA_BUNDLE: "gone.pem" }, {}, folder))).toThrow(/AWS_CA_BUNDLE/);
});
