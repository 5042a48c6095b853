import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { openBucket } from "../../src/lib/s3/client.ts";
import { bundle } from "../support/bundled.ts";
import { makeCertificates } from "../support/certificates.ts";
import { startCompanyProxy } from "../support/company-proxy.ts";
import { refusals, type S3Fault, startFaultyS3 } from "../support/faulty-s3.ts";
import { test } from "../support/folder.ts";
import { oddServer } from "../support/odd-server.ts";
import { s3Settings, withVariables } from "../support/s3-settings.ts";

const keys = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "a-secret-key", AWS_REGION: "us-east-1" };

describe("what passes is repeated until the deadline is over", () => {
  const passing: Readonly<Record<string, S3Fault>> = {
    "500": refusals.internal,
    "503": refusals.unavailable,
    "503 SlowDown": refusals.slowDown,
    "429": refusals.tooMany,
    "a page with 503": { html: 503 },
    "the connection is cut before": "reset",
    "the answer is lost": "lost",
    "the answer is cut": "cut",
    "another byte": "flipped",
    "no answer": "silent",
    "half an answer": "stalled",
    "an answer byte by byte": "trickle",
  };

  test.concurrent.for(Object.entries(passing))("%s", async ([, fault]) => {
    await using server = await startFaultyS3();
    server.objects("nights").set("a", Buffer.from("x".repeat(200)));
    server.put(fault, { times: 1 });
    const got = await openBucket("nights", s3Settings(server.env, { deadline: "5s" })).get("a");
    expect(got?.bytes.toString()).toBe("x".repeat(200));
    expect(server.count()).toBe(2);
  });

  test("for as long as it says, and no longer", async () => {
    await using server = await startFaultyS3();
    server.put(refusals.internal, { times: Number.POSITIVE_INFINITY });
    const bucket = openBucket("nights", s3Settings(server.env, { deadline: "2s" }));
    const start = performance.now();
    await expect(bucket.get("a")).rejects.toThrow(/fails on s3:\/\/nights\/a: 500/);
    expect(performance.now() - start).toBeLessThan(2500);
    expect(server.count()).toBeGreaterThan(2);
    expect(server.count()).toBeLessThan(9);
    server.forget();
    await expect(bucket.within(0).get("a")).rejects.toThrow(/fails on/);
    expect(server.count()).toBe(1);
  });

  test("no sooner than the server asks for", async () => {
    await using server = await startFaultyS3();
    server.objects("nights").set("a", Buffer.from("x"));
    server.put(refusals.slowDown);
    const start = performance.now();
    await openBucket("nights", s3Settings(server.env, { deadline: "5s" })).get("a");
    expect(performance.now() - start).toBeGreaterThanOrEqual(990);
    // Longer than there is time: at once.
    server.put({ ...refusals.slowDown, headers: { "retry-after": "3600" } });
    await expect(openBucket("nights", s3Settings(server.env, { deadline: "60s" })).get("a")).rejects.toThrow(
      /asks to slow down/,
    );
  });

  test("a clock that is wrong is set by the answer, once", async () => {
    await using server = await startFaultyS3();
    server.objects("nights").set("a", Buffer.from("x"));
    server.put(refusals.skewed);
    expect(await openBucket("nights", s3Settings(server.env, { deadline: "0s" })).get("a")).toBeDefined();
    expect(server.count()).toBe(2);
  });

  test("what a person has to mend is said at once", async () => {
    await using server = await startFaultyS3();
    const bucket = openBucket("nights", s3Settings(server.env, { deadline: "60s" }));
    for (const fault of [refusals.denied, refusals.expired, refusals.moved, refusals.noBucket, { html: 404 }]) {
      server.put(fault);
      server.forget();
      await expect(bucket.get("a")).rejects.toThrow();
      expect(server.count()).toBe(1);
    }
  });
});

describe("the way", () => {
  test("a proxy makes a tunnel for TLS, by an authority of one's own", async ({ folder }) => {
    const tls = await makeCertificates(folder);
    await using server = await startFaultyS3({ tls });
    await using proxy = await startCompanyProxy();
    server.objects("nights").set("a", Buffer.from("x"));
    const settings = s3Settings({
      ...server.env,
      HTTPS_PROXY: `http://me:geheim@${proxy.name}`,
      AWS_CA_BUNDLE: tls.ca,
    });
    const bucket = openBucket("nights", settings);
    expect((await bucket.get("a"))?.bytes.toString()).toBe("x");
    expect((await bucket.list("")).objects).toHaveLength(1);
    expect(proxy.seen).toEqual([`CONNECT ${new URL(server.endpoint).host}`]);
  });

  test("a proxy passes plain requests on, signed for the server", async () => {
    await using server = await startFaultyS3();
    await using proxy = await startCompanyProxy();
    server.objects("nights").set("a b", Buffer.from("x"));
    const bucket = openBucket("nights", s3Settings({ ...server.env, HTTP_PROXY: `http://me:geheim@${proxy.name}` }));
    expect((await bucket.get("a b"))?.bytes.toString()).toBe("x");
    expect(proxy.seen).toEqual([`GET ${server.endpoint}/nights/a%20b?x-id=GetObject`]);
    expect(server.seen[0]?.headers.host).toBe(new URL(server.endpoint).host);
    expect(server.seen[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  test("a proxy that wants other credentials is said, without them", async () => {
    await using proxy = await startCompanyProxy();
    const env = { ...keys, AWS_ENDPOINT_URL_S3: "https://127.0.0.1:1", HTTPS_PROXY: `http://${proxy.name}` };
    // the server … can't be used for s3://nights/…: the proxy … wants other credentials (407)
    await expect(openBucket("nights", s3Settings(env)).get("a")).rejects.toMatchObject({
      exitCode: 2,
      message: `the server https://127.0.0.1:1 can't be used for s3://nights/a: the proxy ${proxy.name} wants other credentials (407)`,
      hint: "look at s3.endpoint, at HTTPS_PROXY and at AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS",
    });
    const there = { ...env, HTTPS_PROXY: `http://me:geheim@${proxy.name}` };
    await expect(openBucket("nights", s3Settings(there)).get("a")).rejects.toMatchObject({
      exitCode: 5,
      message: `the server https://127.0.0.1:1 can't be reached for s3://nights/a: the proxy ${proxy.name} refuses the way (502)`,
    });
  });

  test("a proxy isn't asked for hosts of NO_PROXY", async () => {
    await using server = await startFaultyS3();
    const env = { ...server.env, HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "127.0.0.1" };
    expect(await openBucket("nights", s3Settings(env)).get("a")).toBeUndefined();
  });
});

describe("credentials", () => {
  test("of a profile, of a program", async ({ folder }) => {
    await using server = await startFaultyS3();
    const said = '{"Version":1,"AccessKeyId":"of-a-program","SecretAccessKey":"s"}';
    await writeFile(join(folder, "program"), `#!/bin/sh\necho '${said}'\n`, { mode: 0o700 });
    const one = "[profile one]\naws_access_key_id=of-one\naws_secret_access_key=s\n";
    await writeFile(join(folder, "config"), `${one}[profile two]\ncredential_process=${folder}/program\n`);
    const places = { AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "none") };
    const idOf = (request: number) => /Credential=([^/]+)/.exec(server.seen[request]?.headers.authorization ?? "")?.[1];
    await withVariables(places, async () => {
      const settings = (profile: string) =>
        s3Settings({ AWS_ENDPOINT_URL_S3: server.endpoint, ...keys }, { profile, region: "us-east-1" });
      await openBucket("nights", settings("one")).get("a");
      await openBucket("nights", settings("two")).get("a");
    });
    expect([idOf(0), idOf(1)]).toEqual(["of-one", "of-a-program"]);
  });

  test("may be there a moment later", async ({ folder }) => {
    await using server = await startFaultyS3();
    const given = { AccessKeyId: "of-a-role", SecretAccessKey: "s", Token: "t", Expiration: "2099-01-01T00:00:00Z" };
    let isUp = false;
    await using role = await oddServer(() => (isUp ? { body: given } : { status: 404 }));
    const variables = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${role.url}/role`,
      AWS_CONFIG_FILE: join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
      AWS_EC2_METADATA_DISABLED: "true",
    };
    await withVariables(variables, async () => {
      const bucket = openBucket("nights", s3Settings({ AWS_ENDPOINT_URL_S3: server.endpoint }));
      await bucket.warmUp();
      await expect(bucket.get("a")).rejects.toThrow(/credentials/);
      isUp = true;
      expect(await bucket.get("a")).toBeUndefined();
    });
    expect(server.seen[0]?.headers.authorization).toContain("Credential=of-a-role/");
  });
});

test("connections keep no process alive", async () => {
  await using server = await startFaultyS3();
  server.objects("nights").set("a", Buffer.from("x"));
  await using program = await bundle("read-object");
  const start = performance.now();
  const ended = await program.run(server.endpoint, "nights", "a");
  expect(ended).toMatchObject({ exitCode: 0, stdout: "x", stderr: "" });
  expect(performance.now() - start).toBeLessThan(4000);
});
