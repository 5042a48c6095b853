import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openConnections } from "../../src/lib/http/connections.ts";
import { makeCertificates } from "../support/certificates.ts";
import { type CompanyProxy, startCompanyProxy } from "../support/company-proxy.ts";
import { startFakeSlack } from "../support/fake-slack.ts";
import { oddServer } from "../support/odd-server.ts";

let proxy: CompanyProxy;
beforeAll(async () => {
  proxy = await startCompanyProxy();
});
afterAll(() => proxy[Symbol.asyncDispose]());

async function get(url: string, env: Readonly<Record<string, string>>, largest = 1000) {
  const connections = openConnections(new URL(url), { insecure: true }, (name) => env[name]);
  try {
    const request = { method: "GET", headers: {}, body: undefined, timeoutSeconds: 5, largest } as const;
    return await connections.send({ ...request, url: new URL(url) });
  } finally {
    await connections.close();
  }
}

test.each([0, 1, 300_000])("a body of %i bytes is sent in its pieces, with its length", async (bytes) => {
  await using server = await oddServer(() => ({}));
  const connections = openConnections(new URL(server.url), {}, () => undefined);
  function* pieces() {
    for (let at = 0; at < bytes; at += 1000) yield Buffer.alloc(Math.min(1000, bytes - at), "x");
  }
  const put = { method: "PUT", url: new URL(server.url), headers: { Accept: "*/*" }, timeoutSeconds: 5 } as const;
  for (let time = 0; time < 2; time += 1) await connections.send({ ...put, body: { bytes, pieces }, largest: 1000 });
  await connections.close();
  expect(server.seen.map(({ body }) => body === "x".repeat(bytes))).toEqual([true, true]);
  for (const { headers } of server.seen) {
    expect(headers).toMatchObject({ "content-length": String(bytes), accept: "*/*" });
    expect(headers["transfer-encoding"]).toBeUndefined();
  }
});

describe("a proxy of the environment", () => {
  test("passes plain requests on, with its credentials and not ours", async () => {
    proxy.seen.length = 0;
    const env = { HTTP_PROXY: `http://me:geheim@${proxy.name}` };
    expect((await get("http://mlflow.example.com:5000/health", env)).body.toString()).toBe("passed on");
    expect(proxy.seen).toEqual(["GET http://mlflow.example.com:5000/health"]);
  });

  test("makes a tunnel for TLS; what comes through it is the server's", async () => {
    proxy.seen.length = 0;
    const env = { HTTPS_PROXY: `me:geheim@${proxy.name}` };
    // Nothing listens at port 1: the proxy says so.
    await expect(get("https://127.0.0.1:1/health", env)).rejects.toMatchObject({
      kind: "temporary",
      unsent: true,
      message: `the proxy ${proxy.name} refuses the way (502)`,
    });
    expect(proxy.seen).toEqual(["CONNECT 127.0.0.1:1"]);
  });

  test("that wants credentials is a mistake", async () => {
    await expect(get("https://127.0.0.1:1/", { https_proxy: `http://${proxy.name}` })).rejects.toMatchObject({
      kind: "proxy",
      message: `the proxy ${proxy.name} wants other credentials (407)`,
    });
  });

  test("that is down is named, without its password", async () => {
    const env = { HTTP_PROXY: "http://me:geheim@127.0.0.1:1" };
    await expect(get("http://mlflow.example.com/", env)).rejects.toMatchObject({
      kind: "temporary",
      unsent: true,
      message: "by the proxy 127.0.0.1:1: nothing listens there (ECONNREFUSED)",
    });
  });

  test("isn't asked for hosts of NO_PROXY", async () => {
    await using server = await oddServer(() => ({ body: "direct" }));
    const env = { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "example.org,127.0.0.1" };
    expect((await get(server.url, env)).body.toString()).toBe("direct");
  });

  test.each(["ftp://proxy:21", "http://", "http://a b", "http://me:100%@proxy"])("%s is none", async (address) => {
    await expect(get("http://mlflow.example.com/", { HTTP_PROXY: address })).rejects.toMatchObject({
      exitCode: 2,
      message: "HTTP_PROXY is no proxy's address",
      hint: "write HTTP_PROXY=http://HOST:PORT",
    });
  });
});

describe("whether a request left", () => {
  /** Within a second. */
  async function failureOf(url: string, env: Readonly<Record<string, string>> = {}) {
    const connections = openConnections(new URL(url), { insecure: true }, (name) => env[name], 1);
    const request = { method: "POST", headers: {}, body: "{}", timeoutSeconds: 1, largest: 1000 } as const;
    try {
      return await connections.send({ ...request, url: new URL(url) }).catch((error: unknown) => error);
    } finally {
      await connections.close();
    }
  }

  /** Takes connections, and says nothing. */
  async function silentServer() {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return { port, [Symbol.asyncDispose]: async () => void server.close() };
  }

  test("it has, where nobody answers it or the connection is cut", async () => {
    await using server = await oddServer(({ target }) => (response) => {
      if (target === "/cut?a=1") response.destroy();
    });
    expect(await failureOf(`${server.url}/cut?a=1`)).toMatchObject({ unsent: false, kind: "temporary" });
    expect(await failureOf(`${server.url}/silent`)).toMatchObject({ unsent: false, kind: "silence" });
    const env = { HTTP_PROXY: `http://me:geheim@${proxy.name}` };
    expect(await failureOf(`${server.url}/silent`, env)).toMatchObject({ unsent: false, kind: "silence" });
    expect(server.seen).toHaveLength(3);
  });

  test("it hasn't, where a TLS handshake hangs or is cut, behind a proxy too, which was asked for a tunnel", async () => {
    await using silent = await silentServer();
    const env = { HTTPS_PROXY: `http://me:geheim@${proxy.name}` };
    expect(await failureOf(`https://127.0.0.1:${silent.port}/`)).toMatchObject({ unsent: true });
    expect(await failureOf(`https://127.0.0.1:${silent.port}/`, env)).toMatchObject({ unsent: true });
    const cutting = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => cutting.listen(0, "127.0.0.1", resolve));
    const { port } = cutting.address() as AddressInfo;
    expect(await failureOf(`https://127.0.0.1:${port}/`)).toMatchObject({ unsent: true, kind: "temporary" });
    cutting.close();
  });

  test("it hasn't, where a proxy of plain requests wants a password", async () => {
    const url = "http://mlflow.example.com/";
    expect(await failureOf(url, { HTTP_PROXY: `http://${proxy.name}` })).toMatchObject({
      unsent: true,
      kind: "proxy",
      message: `the proxy ${proxy.name} wants other credentials (407)`,
    });
  });

  test("another way to the same address says nothing of it, and neither does a proxy that was asked for the tunnel", async () => {
    const folder = await mkdtemp(join(tmpdir(), "churn-http-"));
    await using server = await startFakeSlack(await makeCertificates(folder));
    await rm(folder, { recursive: true });
    await using silent = await silentServer();
    const [first, second] = await Promise.all([
      failureOf(server.api, { HTTPS_PROXY: `http://127.0.0.1:${silent.port}` }),
      get(server.api, {}),
    ]);
    expect(first).toMatchObject({ unsent: true });
    expect(second).toMatchObject({ status: 200 });
    expect(server.asked).toEqual(["GET /api/"]);
  });

  test("a request's time counts while it waits for a connection, too", async () => {
    await using silent = await silentServer();
    const url = new URL(`https://127.0.0.1:${silent.port}/`);
    const connections = openConnections(url, {}, () => undefined, 4);
    const start = performance.now();
    const request = { method: "GET", url, headers: {}, body: undefined, timeoutSeconds: 0.2, largest: 1 } as const;
    await expect(connections.send(request)).rejects.toMatchObject({ kind: "silence", unsent: true });
    expect(performance.now() - start).toBeLessThan(2000);
    await connections.close();
  });

  test("another request to the same service says nothing of it", async () => {
    await using silent = await silentServer();
    await using server = await oddServer(() => () => undefined);
    const [first, second] = await Promise.all([
      failureOf(`https://127.0.0.1:${silent.port}/x`),
      failureOf(`${server.url}/x`),
    ]);
    expect([first, second]).toMatchObject([{ unsent: true }, { unsent: false }]);
  });
});

test("an answer that is larger than any is left in the middle", async () => {
  let closed: Promise<unknown> | undefined;
  await using server = await oddServer(() => (response) => {
    closed = new Promise((resolve) => response.on("close", resolve));
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
      response.once("drain", more);
    };
    more();
  });
  await expect(get(server.url, {}, 1_000_000)).rejects.toMatchObject({
    kind: "nonsense",
    message: "its answer has more than 1000000 bytes",
  });
  await closed;
});
