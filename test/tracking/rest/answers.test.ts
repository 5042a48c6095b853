import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeCertificates } from "../../support/certificates.ts";
import { type Behaviour, oddServer } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const login =
  "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, in the environment or the workspace's .env (mode 0600)";
const isAddressRight = "is tracking.uri right, with the path of --static-prefix where the server has one?";
const logSays = "MLflow's log says more; what is done is kept: the same command goes on";
const maria = { MLFLOW_TRACKING_USERNAME: "maria", MLFLOW_TRACKING_PASSWORD: "geheim-geheim" };

interface Case {
  readonly answer: Behaviour;
  readonly env?: Readonly<Record<string, string>>;
  readonly exitCode: number;
  readonly message: string | RegExp;
  readonly hint: string;
}

/** What a server may answer to runs/get. URL stands for its address. */
const table: Readonly<Record<string, Case>> = {
  "401 to nobody": {
    answer: { status: 401, body: "You are not authenticated" },
    exitCode: 2,
    message: "MLflow at URL wants credentials (401)",
    hint: login,
  },
  "401 to somebody": {
    answer: { status: 401, body: { error_code: "UNAUTHENTICATED", message: "no" } },
    env: maria,
    exitCode: 2,
    message: "MLflow at URL refuses the credentials of maria (from MLFLOW_TRACKING_USERNAME) (401)",
    hint: "mend them; MLflow's page lets the same user in",
  },
  "403 to somebody": {
    answer: { status: 403, body: "Permission denied" },
    env: maria,
    exitCode: 2,
    message: "MLflow at URL doesn't let maria (from MLFLOW_TRACKING_USERNAME) do runs/get (403)",
    hint: "its administrator gives the right to it",
  },
  "403 to nobody": {
    answer: { status: 403, body: { error_code: "PERMISSION_DENIED", message: "no" } },
    exitCode: 2,
    message: "MLflow at URL doesn't let a user without credentials do runs/get (403)",
    hint: login,
  },
  "403 for the name of its host": {
    answer: { status: 403, body: "Invalid Host header - possible DNS rebinding attack detected" },
    exitCode: 2,
    message: "MLflow at URL doesn't go by that name: it refuses the host HOST (403)",
    hint: "start it with --allowed-hosts HOST, or use an address that it knows",
  },
  "407 of a proxy": {
    answer: { status: 407, body: "" },
    exitCode: 2,
    message: "a proxy on the way to URL wants credentials (407)",
    hint: "put them into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT",
  },
  "404 as a page": {
    answer: { status: 404, body: "<!doctype html><title>404</title>" },
    exitCode: 2,
    message: "there is no MLflow at URL: it has no /api/2.0/mlflow/runs/get (404)",
    hint: isAddressRight,
  },
  "413 of a proxy": {
    answer: { status: 413, body: "<html>413 Request Entity Too Large</html>" },
    exitCode: 2,
    message: "a proxy on the way to URL lets no file through that is as large as runs/get (413)",
    hint: "raise its limit (nginx: client_max_body_size)",
  },
  "501 as a page": {
    answer: { status: 501, body: "<html>Not Implemented</html>" },
    exitCode: 2,
    message: "there is no MLflow at URL: it has no /api/2.0/mlflow/runs/get (501)",
    hint: isAddressRight,
  },
  "501 with MLflow's JSON": {
    answer: { status: 501, body: { error_code: "NOT_IMPLEMENTED", message: "no" } },
    exitCode: 5,
    message: "MLflow at URL refuses runs/get: no (NOT_IMPLEMENTED)",
    hint: "MLflow's log says more",
  },
  "a refusal of MLflow's": {
    answer: { status: 400, body: { error_code: "INVALID_PARAMETER_VALUE", message: "run_id\u001b[2K is\nbad" } },
    exitCode: 5,
    message: "MLflow at URL refuses runs/get: run_id�[2K is bad (INVALID_PARAMETER_VALUE)",
    hint: "MLflow's log says more",
  },
  "500 with JSON": {
    answer: { status: 500, body: { error_code: "INTERNAL_ERROR", message: "database is locked" } },
    exitCode: 5,
    message: "MLflow at URL fails at runs/get (500): database is locked",
    hint: logSays,
  },
  "500 as a page": {
    answer: { status: 500, body: "<html>Internal Server Error</html>" },
    exitCode: 5,
    message: "MLflow at URL fails at runs/get (500)",
    hint: logSays,
  },
  "503 as text": {
    answer: { status: 503, headers: { "content-type": "text/plain" }, body: "no healthy upstream" },
    exitCode: 5,
    message: "MLflow at URL fails at runs/get (503): no healthy upstream",
    hint: logSays,
  },
  "429 with MLflow's JSON": {
    answer: { status: 429, body: { error_code: "REQUEST_LIMIT_EXCEEDED", message: "slow down" } },
    exitCode: 5,
    message: "MLflow at URL fails at runs/get (429): slow down",
    hint: logSays,
  },
  "200 with a page": {
    answer: { body: "<html>Please log in</html>" },
    exitCode: 5,
    message: "MLflow at URL answers runs/get with a page for people",
    hint: "is tracking.uri MLflow's own address, and not that of a login page before it?",
  },
  "200 with half a JSON": {
    answer: { headers: { "content-type": "application/json" }, body: '{"run": {' },
    exitCode: 5,
    message: "MLflow at URL answers runs/get with no JSON",
    hint: "is tracking.uri MLflow's own address, and not that of a login page before it?",
  },
  "200 with other JSON": {
    answer: { body: { run: { info: { run_id: 7 } } } },
    exitCode: 5,
    message: "MLflow at URL answers runs/get with something else than MLflow does at run.info.run_id",
    hint: "is tracking.uri MLflow's own address? curl URL/version",
  },
  "200 with nothing": {
    answer: (response) => response.end(),
    exitCode: 5,
    message: "MLflow at URL answers runs/get with no JSON",
    hint: "is tracking.uri MLflow's own address, and not that of a login page before it?",
  },
  "200 with more than memory holds": {
    answer: (response) => response.end(`{"run":[${"[],".repeat(600_000)}[]]}`),
    exitCode: 5,
    message: "MLflow at URL answers runs/get with more than 500,000 values",
    hint: "is tracking.uri MLflow's own address? curl URL/version",
  },
  "200 with a text of commas and brackets": {
    answer: { body: { run: `"\\${"[{,".repeat(600_000)}` } },
    exitCode: 5,
    message: "MLflow at URL answers runs/get with something else than MLflow does at run",
    hint: "is tracking.uri MLflow's own address? curl URL/version",
  },
  "a refusal of megabytes": {
    answer: { status: 400, body: { error_code: "INVALID_PARAMETER_VALUE", message: "", more: "[".repeat(2 ** 20) } },
    exitCode: 5,
    message: /^MLflow at \S+ fails at runs\/get \(400\): \{"error_code".{1,300}…$/,
    hint: logSays,
  },
  "a redirect to a file": {
    answer: { status: 302, headers: { location: "file:///etc/passwd" } },
    exitCode: 2,
    message: "MLflow at URL redirects runs/get to file:, and credentials don't go elsewhere",
    hint: "set tracking.uri to the address of MLflow itself",
  },
  "a redirect to another host": {
    answer: { status: 302, headers: { location: "https://login.example.com/oauth?token=geheim" } },
    env: maria,
    exitCode: 2,
    message: "MLflow at URL redirects runs/get to https://login.example.com/oauth, and credentials don't go elsewhere",
    hint: "set tracking.uri to the address of MLflow itself",
  },
  "a redirect to nowhere": {
    answer: { status: 302, headers: { location: "http://[" } },
    exitCode: 5,
    message: "MLflow at URL redirects to what is no address",
    hint: "curl -v URL/health",
  },
  "a redirect in a circle": {
    answer: { status: 302, headers: { location: "?again" } },
    exitCode: 5,
    message: "MLflow at URL sends requests in a circle",
    hint: "curl -v URL/health shows where",
  },
  "a connection that is cut": {
    answer: (response) => response.destroy(),
    exitCode: 5,
    message: "MLflow at URL can't be reached: the connection was cut (UND_ERR_SOCKET)",
    hint: "is it up? curl URL/health; what is done is kept: the same command goes on",
  },
  "half a body": {
    answer: (response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{");
      setTimeout(() => response.destroy(), 20);
    },
    exitCode: 5,
    message: "MLflow at URL can't be reached: the connection was cut (UND_ERR_SOCKET)",
    hint: "is it up? curl URL/health; what is done is kept: the same command goes on",
  },
  "no HTTP": {
    answer: (_, request) => request.socket.end("SSH-2.0-OpenSSH_9.2\r\n"),
    exitCode: 5,
    message:
      "MLflow at URL answers what no MLflow does: Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)",
    hint: "is tracking.uri MLflow's own address? curl -v URL/version",
  },
  "headers without an end": {
    answer: (_, request) => request.socket.end(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(100_000)}\r\n\r\n`),
    exitCode: 5,
    message:
      "MLflow at URL answers what no MLflow does: its answer's headers are longer than any (UND_ERR_HEADERS_OVERFLOW)",
    hint: "is tracking.uri MLflow's own address? curl -v URL/version",
  },
  "a failure that quotes what it was sent": {
    answer: (response, { headers }) => {
      response.writeHead(502, { "content-type": "text/plain" });
      response.end(`upstream refused authorization: ${headers.authorization}`);
    },
    env: maria,
    exitCode: 5,
    message: "MLflow at URL fails at runs/get (502): upstream refused authorization: Basic ***",
    hint: logSays,
  },
};

describe("an answer to a call is an error of one sentence", () => {
  test.each(Object.entries(table))("%s", async (_, { answer, env = {}, exitCode, message, hint }) => {
    await using server = await oddServer(() => answer);
    await using tracking = trackingAt(server.url, { env });
    const named = (text: string) => text.replaceAll("URL", server.url).replaceAll("HOST", hostIn(text, server.url));
    const error = await tracking.getRun("r").catch((thrown: unknown) => thrown);
    const said = typeof message === "string" ? named(message) : expect.stringMatching(message);
    expect(error).toMatchObject({ exitCode, message: said, hint: named(hint) });
    expect(String(error)).not.toContain("geheim");
  });
});

/** Of the hint on proxies HOST is a word. */
function hostIn(text: string, url: string): string {
  return text.includes("USER:PASSWORD") ? "HOST" : new URL(url).host;
}

test("credentials go to the server that they are for alone, whatever it redirects to", async () => {
  await using other = await oddServer(() => ({ body: { runs: [] } }));
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = await oddServer(() => ({ status, headers: { location: `${other.url}/api` } }));
    await using tracking = trackingAt(server.url, { env: maria });
    await expect(tracking.getRun("r")).rejects.toMatchObject({ exitCode: 2 });
    await expect(tracking.setStatus("r", "FINISHED", 0)).rejects.toMatchObject({ exitCode: 2 });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringMatching(/^Basic /),
      expect.stringMatching(/^Basic /),
    ]);
  }
  expect(other.seen).toEqual([]);
});

test("a redirect on the same host is followed, a POST by one that keeps it a POST", async () => {
  await using server = await oddServer(({ target }) =>
    target.startsWith("/p/") ? { body: {} } : { status: 308, headers: { location: `/p${target}` } },
  );
  await using tracking = trackingAt(server.url);
  await tracking.setStatus("r", "FINISHED", 7);
  expect(server.seen.map(({ method, target, body }) => [method, target, JSON.parse(body)])).toEqual(
    ["/api/2.0/mlflow/runs/update", "/p/api/2.0/mlflow/runs/update"].map((target) => [
      "POST",
      target,
      { run_id: "r", status: "FINISHED", end_time: 7 },
    ]),
  );
});

test("a host that only speaks TLS is named with the address to set", async () => {
  await using server = await oddServer(({ headers }) => ({
    status: 301,
    headers: { location: `https://${headers.host}/` },
  }));
  await using tracking = trackingAt(server.url);
  await expect(tracking.getRun("r")).rejects.toMatchObject({
    exitCode: 2,
    hint: `set tracking.uri to ${server.url.replace("http:", "https:")}`,
  });
});

test("a port where nothing listens, and a host that isn't there", async () => {
  const port = await freePort();
  await using closed = trackingAt(`http://127.0.0.1:${port}`);
  await expect(closed.getRun("r")).rejects.toMatchObject({
    name: "UnreachableError",
    exitCode: 5,
    message: `MLflow at http://127.0.0.1:${port} can't be reached: nothing listens there (ECONNREFUSED)`,
  });
  await using unknown = trackingAt("http://nowhere.invalid:5000");
  await expect(unknown.getRun("r")).rejects.toMatchObject({
    name: "UnreachableError",
    exitCode: 5,
    message: expect.stringMatching(
      /^MLflow at http:\/\/nowhere\.invalid:5000 can't be reached: .*\((?:ENOTFOUND|EAI_AGAIN)\)$/,
    ),
  });
});

test("https:// to a port without TLS is a mistake in the address, told at once", async () => {
  await using server = await oddServer(() => ({ body: {} }));
  const url = server.url.replace("http:", "https:");
  await using tracking = trackingAt(url, { deadlineSeconds: 60 });
  await expect(tracking.getRun("r")).rejects.toMatchObject({
    exitCode: 2,
    message: `MLflow at ${url} can't be reached: it doesn't speak TLS there (ERR_SSL_WRONG_VERSION_NUMBER)`,
    hint: `set tracking.uri to ${server.url}, or to the port of TLS`,
  });
  expect(server.seen).toEqual([]);
});

test("what no MLflow answers isn't asked for again", async () => {
  let answers = 0;
  await using server = await oddServer(() => {
    answers += 1;
    return (_, request) => request.socket.end("SSH-2.0-OpenSSH_9.2\r\n");
  });
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  await expect(tracking.getRun("r")).rejects.toMatchObject({ exitCode: 5 });
  expect(answers).toBe(1);
});

test("whether a server is there is asked again where an answer is lost, within its time", async () => {
  await using server = await oddServer((_, count) => (count === 1 ? (response) => response.destroy() : { body: {} }));
  await using tracking = trackingAt(server.url);
  await expect(tracking.check(30)).resolves.toBeUndefined();
  expect(server.seen).toHaveLength(2);
});

test("a server that never answers is left after the time that it has", async () => {
  await using server = await oddServer(() => () => {});
  await using tracking = trackingAt(server.url);
  await expect(tracking.check(0.2)).rejects.toMatchObject({
    exitCode: 5,
    message: `MLflow at ${server.url} can't be reached: it doesn't answer`,
  });
});

test("a certificate that nobody known vouches for is a mistake, and its authority's is enough", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-tls-"));
  const { ca, certificate, key } = await makeCertificates(folder);
  const files = { key: await readFile(key), cert: await readFile(certificate) };
  const server = createTlsServer(files, (_, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await using stranger = trackingAt(url);
    await expect(stranger.check(5)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("no authority known here vouches for its certificate"),
      hint: "name its authority's certificate: MLFLOW_TRACKING_SERVER_CERT_PATH or NODE_EXTRA_CA_CERTS=FILE.pem",
    });
    for (const env of [{ MLFLOW_TRACKING_SERVER_CERT_PATH: ca }, { MLFLOW_TRACKING_INSECURE_TLS: "true" }]) {
      await using tracking = trackingAt(url, { env });
      await expect(tracking.check(5)).resolves.toBeUndefined();
    }
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
});

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
