import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe, expect } from "vitest";
import { readCredentials, readTls } from "../../../src/lib/tracking/rest/credentials.ts";
import { variables } from "../../support/tracking-server.ts";

const test = base.extend<{ home: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads what a fixture needs from the pattern
  home: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), "churn-home-"));
    await use(home);
    await rm(home, { recursive: true });
  },
});

const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const user = { MLFLOW_TRACKING_USERNAME: "maria", MLFLOW_TRACKING_PASSWORD: "one:two" };
const token = { MLFLOW_TRACKING_TOKEN: "t-1234" };
const bearer = { Authorization: "Bearer t-1234" };
const fromToken = "the token of MLFLOW_TRACKING_TOKEN";
const userinfo = { username: "otto", password: "three" };

describe("credentials are taken as MLflow's clients take them", () => {
  test.each([
    ["none", {}, undefined, {}, undefined],
    ["user and password", user, undefined, basic("maria:one:two"), "maria (from MLFLOW_TRACKING_USERNAME)"],
    ["a token", token, undefined, bearer, fromToken],
    [
      "both: the pair wins",
      { ...user, ...token },
      undefined,
      basic("maria:one:two"),
      "maria (from MLFLOW_TRACKING_USERNAME)",
    ],
    ["an address's own", {}, userinfo, basic("otto:three"), "otto (from its address)"],
    ["an address's own over a pair", user, userinfo, basic("otto:three"), "otto (from its address)"],
    ["a token beside half a pair", { MLFLOW_TRACKING_USERNAME: "maria", ...token }, undefined, bearer, fromToken],
    ["an address's own over a token", token, userinfo, basic("otto:three"), "otto (from its address)"],
  ])("%s", (_, env, address, headers, who) => {
    expect(readCredentials(variables(env), address)).toMatchObject({ headers, who });
  });

  test("of ~/.mlflow/credentials, where the environment says nothing", async ({ home }) => {
    await mkdir(join(home, ".mlflow"));
    const file = join(home, ".mlflow", "credentials");
    const text =
      "[other]\nmlflow_tracking_username = no\n\n[mlflow]\n# a note\nmlflow_tracking_username = file\nMLFLOW_TRACKING_PASSWORD: p=w:%%x ; y\n";
    await writeFile(file, text, { mode: 0o600 });
    const inHome = (env: Record<string, string> = {}) => variables({ HOME: home, ...env });
    expect(readCredentials(inHome(token), undefined)).toMatchObject({
      headers: basic("file:p=w:%x ; y"),
      who: "file (from ~/.mlflow/credentials)",
    });
    expect(readCredentials(inHome({ MLFLOW_TRACKING_USERNAME: "maria" }), undefined)).toMatchObject({
      headers: basic("maria:p=w:%x ; y"),
    });
    await chmod(file, 0o644);
    expect(() => readCredentials(inHome(), undefined)).toThrow("is open to others");
    // Nobody asks for it then.
    expect(readCredentials(inHome(user), undefined)).toMatchObject({ headers: basic("maria:one:two") });
    expect(readCredentials(inHome(), userinfo)).toMatchObject({ headers: basic("otto:three") });
  });

  test("with the workspace of a server that has several", () => {
    expect(readCredentials(variables({ MLFLOW_WORKSPACE: "risk", ...token }), undefined).headers).toEqual({
      "X-MLFLOW-WORKSPACE": "risk",
      Authorization: "Bearer t-1234",
    });
  });

  test.each([
    [
      { MLFLOW_TRACKING_USERNAME: "maria" },
      "MLFLOW_TRACKING_USERNAME is set, but no MLFLOW_TRACKING_PASSWORD",
      "set both in the environment or the workspace's .env (mode 0600), or unset the one",
    ],
    [
      { MLFLOW_TRACKING_PASSWORD: "geheim" },
      "MLFLOW_TRACKING_PASSWORD is set, but no MLFLOW_TRACKING_USERNAME",
      "set both in the environment or the workspace's .env (mode 0600), or unset the one",
    ],
    [
      { MLFLOW_TRACKING_TOKEN: "a\nb" },
      "MLFLOW_TRACKING_TOKEN has a blank, a line end or another letter that doesn't go into a header",
      "set it anew",
    ],
    [
      { MLFLOW_WORKSPACE: "ä" },
      "MLFLOW_WORKSPACE has a blank, a line end or another letter that doesn't go into a header",
      "set it anew",
    ],
    [
      { MLFLOW_TRACKING_AUTH: "kubernetes" },
      "MLFLOW_TRACKING_AUTH is set, which only MLflow's Python client can follow",
      "unset it: churn takes MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
    ],
    [
      { MLFLOW_TRACKING_AWS_SIGV4: "true" },
      "MLFLOW_TRACKING_AWS_SIGV4 is set, which only MLflow's Python client can follow",
      "unset it: churn takes MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
    ],
  ])("%j is a mistake", (env, message, hint) => {
    expect(() => readCredentials(variables(env), undefined)).toThrow(
      expect.objectContaining({ exitCode: 2, message, hint }),
    );
  });

  test("what is switched off asks for nothing", () => {
    expect(readCredentials(variables({ MLFLOW_TRACKING_AWS_SIGV4: "false" }), undefined).headers).toEqual({});
  });
});

describe("certificates", () => {
  test("are read from files, relative ones from the workspace, ~ from the home folder", async ({ home }) => {
    const pem = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";
    await writeFile(join(home, "ca.pem"), pem);
    for (const [name, root] of [
      ["ca.pem", home],
      ["~/ca.pem", "/"],
    ] as const) {
      const env = { HOME: home, MLFLOW_TRACKING_SERVER_CERT_PATH: name, MLFLOW_TRACKING_CLIENT_CERT_PATH: name };
      expect(readTls(variables(env), root)).toEqual({ insecure: false, ca: pem, client: pem });
    }
    expect(readTls(variables({ MLFLOW_TRACKING_INSECURE_TLS: "1" }), "/")).toMatchObject({ insecure: true });
  });

  test("that are none, aren't there or aren't to be looked at are a mistake", async ({ home }) => {
    const path = join(home, "ca.pem");
    const env = { MLFLOW_TRACKING_SERVER_CERT_PATH: path };
    expect(() => readTls(variables(env), "/")).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `MLFLOW_TRACKING_SERVER_CERT_PATH names ${path}, which is not there`,
        hint: "mend the path, or leave it out",
      }),
    );
    await writeFile(path, "no certificate");
    expect(() => readTls(variables(env), "/")).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `MLFLOW_TRACKING_SERVER_CERT_PATH names ${path}, which is no PEM file`,
        hint: `ls -l ${path}`,
      }),
    );
    // What has no end is not waited for.
    for (const device of ["/dev/zero", "/dev/full"])
      expect(() => readTls(variables({ MLFLOW_TRACKING_SERVER_CERT_PATH: device }), "/")).toThrow("is no PEM file");
    await writeFile(path, "-----BEGIN CERTIFICATE-----");
    expect(() => readTls(variables({ ...env, MLFLOW_TRACKING_INSECURE_TLS: "true" }), "/")).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are both set",
        hint: "unset one of them: a certificate that any may stand for isn't looked at",
      }),
    );
  });
});
