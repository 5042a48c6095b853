import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import type { Bucket } from "../../src/lib/s3/bucket.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { makeCertificates } from "../support/certificates.ts";
import { refusals, type S3Fault, startFaultyS3 } from "../support/faulty-s3.ts";
import { oddServer } from "../support/odd-server.ts";
import { s3Settings, withVariables } from "../support/s3-settings.ts";
import type { Row } from "./row.ts";

const KEY = "models/2026-11-23/evaluation.json";
const body = { bytes: Buffer.from("{}"), sha256: sha256("{}") };

const get = (bucket: Bucket) => bucket.get(KEY);
const head = (bucket: Bucket) => bucket.head(KEY);
const list = (bucket: Bucket) => bucket.list("records/");
const put = (bucket: Bucket) => bucket.put(KEY, body);
const remove = (bucket: Bucket) => bucket.remove(KEY);

/** A server with one object, which answers each request in one way. */
const over = (fault: S3Fault, act: (bucket: Bucket) => Promise<unknown>) => async () => {
  await using server = await startFaultyS3();
  server.objects("nights").set(KEY, Buffer.from("x".repeat(100)));
  server.put(fault, { times: Number.POSITIVE_INFINITY });
  const bucket = openBucket("nights", s3Settings(server.env, { deadline: "0s" }));
  // To load the SDK takes longer on a busy machine than an answer is waited for here.
  await bucket.warmUp();
  await act(bucket);
};

const given = (env: Readonly<Record<string, string>>, s3: Readonly<Record<string, unknown>> = {}) =>
  openBucket("nights", s3Settings(env, { deadline: "0s", ...s3 })).get(KEY);

/** With the variables that the SDK itself looks for, and files of its own. */
const within =
  (files: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>>, s3 = {}) =>
  async (folder: string) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const places = {
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    };
    const at = Object.entries(variables).map(([name, value]) => [name, value.replace("FOLDER", folder)]);
    const all = { ...places, AWS_EC2_METADATA_DISABLED: "true", ...Object.fromEntries(at) };
    await withVariables(all, () => given({ AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9" }, s3));
  };

/** The faults of a bucket, its server and the way there. docs/reliability.md has them for people. */
export const s3Faults: readonly Row[] = [
  {
    cause: "access denied",
    by: over(refusals.denied, put),
    code: 2,
    says: `the server … denies s3:PutObject on s3://nights/${KEY}, request REQUEST1`,
    next: "whoever keeps the bucket gives this user the right s3:PutObject below its prefix",
  },
  {
    cause: "access denied on a HEAD, which has no reason: a GET is asked for it",
    by: over(refusals.denied, head),
    code: 2,
    says: `the server … denies s3:GetObject on s3://nights/${KEY}, request REQUEST2`,
    next: "whoever keeps the bucket gives this user the right s3:GetObject below its prefix",
  },
  {
    cause: "an unknown access key",
    by: over(refusals.unknownKey, get),
    code: 2,
    says: `the server … doesn't know the credentials for s3://nights/${KEY}`,
    next: "look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and s3.profile",
  },
  {
    cause: "an access key that the Versity gateway doesn't know, to a HEAD",
    by: over({ status: 404, code: "XAdminUserNotFound" }, head),
    code: 2,
    says: `the server … doesn't know the credentials for s3://nights/${KEY}`,
    next: "look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and s3.profile",
  },
  {
    cause: "a wrong secret key",
    by: over(refusals.wrongSecret, head),
    code: 2,
    says: `the server … refuses the secret key for s3://nights/${KEY}`,
    next: "look at AWS_SECRET_ACCESS_KEY and s3.profile",
  },
  {
    cause: "an expired token",
    by: over(refusals.expired, get),
    code: 2,
    says: `the credentials for s3://nights/${KEY} have expired`,
    next: "renew them: aws sso login, or a new AWS_SESSION_TOKEN",
  },
  {
    cause: "a clock that is wrong for the second time too",
    by: over(refusals.skewed, get),
    code: 5,
    says: `the server … refuses s3://nights/${KEY}, since this machine's clock differs from its own by more than a quarter of an hour`,
    next: "set the clock: timedatectl shows whether it is kept",
  },
  {
    cause: "another region (301)",
    by: over(refusals.moved, head),
    code: 2,
    says: "the bucket nights is in the region eu-central-1, and was asked for in us-east-1",
    next: "s3: { region: eu-central-1 } in churn.yaml",
  },
  {
    cause: "another region (400)",
    by: over(refusals.wrongRegion, list),
    code: 2,
    says: "the bucket nights is in the region eu-central-1, and was asked for in us-east-1",
    next: "s3: { region: eu-central-1 } in churn.yaml",
  },
  {
    cause: "another region, and nobody says which",
    by: over({ status: 400, code: "AuthorizationHeaderMalformed" }, list),
    code: 2,
    says: "the bucket nights is in another region, and was asked for in us-east-1",
    next: "s3: { region: … } in churn.yaml",
  },
  {
    cause: "no such bucket",
    by: over(refusals.noBucket, head),
    code: 2,
    says: "the server … has no bucket nights",
    next: "make it, or mend its name in churn.yaml",
  },
  {
    cause: "500, until the deadline is over",
    by: over(refusals.internal, get),
    code: 5,
    says: `the server … fails on s3://nights/${KEY}: 500, request REQUEST1`,
    next: "run it again later",
  },
  {
    cause: "503 SlowDown, or 429, until the deadline is over",
    by: over(refusals.slowDown, list),
    code: 5,
    says: "the server … asks to slow down: s3://nights/records/, request REQUEST1",
    next: "run it again later",
  },
  {
    cause: "a page of a proxy's or a load balancer's with 503, until the deadline is over",
    by: over({ html: 503 }, list),
    code: 5,
    says: "the server … fails on s3://nights/records/: 503, request REQUEST1",
    next: "run it again later",
  },
  {
    cause: "a page with 200, to a GET, a PUT, a LIST or a DELETE",
    by: over({ html: 200 }, list),
    code: 5,
    says: "what answers for s3://nights/records/ at … is no S3 (…)",
    next: "is s3.endpoint right, or does a proxy or a load balancer answer in its place?",
  },
  {
    cause: "a page with 404",
    by: over({ html: 404 }, get),
    code: 5,
    says: `what answers for s3://nights/${KEY} at … is no S3 (status 404)`,
    next: "is s3.endpoint right, or does a proxy or a load balancer answer in its place?",
  },
  {
    cause: "409 ConditionalRequestConflict, until the deadline is over",
    by: over(refusals.conflict, put),
    code: 5,
    says: `the server … is busy with s3://nights/${KEY}: ConditionalRequestConflict, request REQUEST1`,
    next: "run it again later",
  },
  {
    cause: "501: the server can't do what is asked, without a checksum either",
    by: over(refusals.notImplemented, put),
    code: 2,
    says: `the server … can't do s3:PutObject on s3://nights/${KEY}, request REQUEST2`,
    next: "is it a server of S3's kind? docs/s3.md says what is asked of one",
  },
  {
    cause: "bytes that were damaged on their way to the server",
    by: over(refusals.badDigest, put),
    code: 5,
    says: `s3://nights/${KEY} was damaged on its way to the server …: BadDigest, request REQUEST1`,
    next: "run it again; if it stays so, what lies between (a proxy?) changes files",
  },
  {
    cause: "a refusal of another name",
    by: over({ status: 400, code: "InvalidArgument" }, list),
    code: 5,
    says: "the server … refuses s3:ListBucket on s3://nights/records/: 400 InvalidArgument, request REQUEST1",
    next: "is it a server of S3's kind? docs/s3.md says what is asked of one",
  },
  {
    cause: "nothing listens there",
    by: () => given({ AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9", AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" }),
    code: 5,
    says: `the server http://127.0.0.1:9 can't be reached for s3://nights/${KEY}: nothing listens there (ECONNREFUSED)`,
    next: "run it again when it can",
  },
  {
    cause: "the connection is cut before the answer, after it was done, or in the midst of it",
    by: over("cut", get),
    code: 5,
    says: `the server … can't be reached for s3://nights/${KEY}: the connection was cut (ECONNRESET)`,
    next: "run it again when it can",
  },
  {
    cause: "a body without a length",
    by: over("short", get),
    code: 5,
    says: `what answers for s3://nights/${KEY} at … is no S3 (its answer has no ContentLength)`,
    next: "is s3.endpoint right, or does a proxy or a load balancer answer in its place?",
  },
  {
    cause: "another byte than was written",
    by: over("flipped", get),
    code: 5,
    says: `the server … can't be reached for s3://nights/${KEY}: its answer was damaged on the way`,
    next: "run it again when it can",
  },
  {
    cause: "no answer",
    by: over("silent", remove),
    code: 5,
    says: `the server … can't be reached for s3://nights/${KEY}: it doesn't answer`,
    next: "run it again when it can",
  },
  {
    cause: "an answer that stops, or comes byte by byte",
    by: over("stalled", get),
    code: 5,
    says: `the server … can't be reached for s3://nights/${KEY}: it doesn't finish its answer`,
    next: "run it again when it can",
  },
  {
    cause: "a certificate that nobody vouches for",
    by: async (folder) => {
      await using server = await startFaultyS3({ tls: await makeCertificates(folder) });
      await given(server.env);
    },
    code: 2,
    says: `the server … can't be used for s3://nights/${KEY}: no authority known here vouches for its certificate (UNABLE_TO_VERIFY_LEAF_SIGNATURE)`,
    next: "look at s3.endpoint, at HTTPS_PROXY and at AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS",
  },
  {
    cause: "a proxy that wants other credentials",
    by: "test/s3/connection.test.ts",
    code: 2,
    says: "the server … can't be used for s3://nights/…: the proxy … wants other credentials (407)",
    next: "look at s3.endpoint, at HTTPS_PROXY and at AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS",
  },
  {
    cause: "no credentials anywhere",
    by: within({}, {}),
    code: 2,
    says: `there are no credentials for s3://nights/${KEY}`,
    next: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment or the workspace's .env (mode 0600), or s3.profile",
  },
  {
    cause: "a profile that isn't there",
    by: within({}, {}, { profile: "nobody" }),
    code: 2,
    says: `the profile nobody has no credentials for s3://nights/${KEY}`,
    next: "aws configure list-profiles shows which profiles there are",
  },
  {
    cause: "a session of aws sso login that is over",
    by: within(
      {
        config:
          "[profile team]\nsso_start_url=https://127.0.0.1/start\nsso_region=eu-central-1\nsso_account_id=1\nsso_role_name=churn\n",
      },
      { HOME: "FOLDER" },
      { profile: "team" },
    ),
    code: 2,
    says: `the session of the profile team that gives the credentials for s3://nights/${KEY} is over`,
    next: "aws sso login --profile team",
  },
  {
    cause: "a role's token that isn't there",
    by: within({}, { AWS_WEB_IDENTITY_TOKEN_FILE: "FOLDER/gone", AWS_ROLE_ARN: "arn:aws:iam::1:role/churn" }),
    code: 2,
    says: `the credentials for s3://nights/${KEY} can't be had: ENOENT for FOLDER/gone`,
    next: "aws sts get-caller-identity says more",
  },
  {
    cause: "what gives a role's credentials can't be reached",
    by: within(
      { token: "a-token" },
      {
        AWS_WEB_IDENTITY_TOKEN_FILE: "FOLDER/token",
        AWS_ROLE_ARN: "arn:aws:iam::1:role/churn",
        AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9",
        AWS_REGION: "us-east-1",
      },
    ),
    code: 5,
    says: `what gives the credentials for s3://nights/${KEY} can't be reached: nothing listens there (ECONNREFUSED)`,
    next: "run it again when it can",
  },
  {
    cause: "a role that may not be taken",
    by: async (folder) => {
      const text = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
      await using sts = await oddServer(() => ({ status: 403, body: text, headers: { "content-type": "text/xml" } }));
      const variables = {
        AWS_WEB_IDENTITY_TOKEN_FILE: "FOLDER/token",
        AWS_ROLE_ARN: "arn:aws:iam::1:role/churn",
        AWS_ENDPOINT_URL_STS: sts.url,
        AWS_REGION: "us-east-1",
      };
      await within({ token: "a-token" }, variables)(folder);
    },
    code: 2,
    says: `the credentials for s3://nights/${KEY} can't be had: 403 AccessDenied`,
    next: "aws sts get-caller-identity says more",
  },
  {
    cause: "no region, and no endpoint",
    by: (folder) =>
      withVariables({ AWS_CONFIG_FILE: join(folder, "config") }, () =>
        given({ AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" }),
      ),
    code: 2,
    says: `no region is known for s3://nights/${KEY}`,
    next: "s3: { region: eu-central-1 } in churn.yaml, say",
  },
];

export const s3: readonly Row[] = [
  ...s3Faults,
  {
    cause: "an object that is larger than one of its kind is",
    by: async () => {
      await using server = await startFaultyS3();
      server.objects("nights").set(KEY, Buffer.alloc(11));
      await openBucket("nights", s3Settings(server.env)).get(KEY, undefined, 10);
    },
    code: 4,
    says: `s3://nights/${KEY} has 11 bytes, at most 10 are read of such an object`,
    next: "restore it from a backup, or run the stage again that wrote it (--force)",
  },
  {
    cause: "half a pair of keys",
    by: () => given({ AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9", AWS_ACCESS_KEY_ID: "k" }),
    code: 2,
    says: "AWS_ACCESS_KEY_ID is set, but no AWS_SECRET_ACCESS_KEY",
    next: "set both in the environment or the workspace's .env (mode 0600), or unset the one",
  },
  {
    cause: "a variable that is no server's address",
    by: () => given({ AWS_ENDPOINT_URL_S3: "minio:9000" }),
    code: 2,
    says: "AWS_ENDPOINT_URL_S3 is no server's address",
    next: "write AWS_ENDPOINT_URL_S3=https://HOST:PORT",
  },
];
