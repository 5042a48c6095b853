import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openConnections } from "../../src/lib/http/connections.ts";
import { oddServer } from "../support/odd-server.ts";

/** A proxy as companies have them: it passes plain requests on and makes tunnels, for those who know the password. */
const seen: string[] = [];
const proxy = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`);
  if (request.headers["proxy-authorization"] === undefined) return response.writeHead(407).end();
  return response.writeHead(200).end("passed on");
});
proxy.on("connect", (request, socket, head) => {
  seen.push(`CONNECT ${request.url}`);
  if (request.headers["proxy-authorization"] === undefined) {
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    return;
  }
  const { hostname, port } = new URL(`http://${request.url}`);
  const target = connect(Number(port), hostname, () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    target.write(head);
    target.pipe(socket).pipe(target);
  });
  target.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  ({ port } = proxy.address() as AddressInfo);
});
afterAll(() => {
  proxy.closeAllConnections();
  proxy.close();
});

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
    seen.length = 0;
    const env = { HTTP_PROXY: `http://me:geheim@127.0.0.1:${port}` };
    expect((await get("http://mlflow.example.com:5000/health", env)).body.toString()).toBe("passed on");
    expect(seen).toEqual(["GET http://mlflow.example.com:5000/health"]);
  });

  test("makes a tunnel for TLS; what comes through it is the server's", async () => {
    seen.length = 0;
    const env = { HTTPS_PROXY: `me:geheim@127.0.0.1:${port}` };
    // Nothing listens at port 1: the proxy says so.
    await expect(get("https://127.0.0.1:1/health", env)).rejects.toMatchObject({
      kind: "temporary",
      unsent: true,
      message: `the proxy 127.0.0.1:${port} refuses the way (502)`,
    });
    expect(seen).toEqual(["CONNECT 127.0.0.1:1"]);
  });

  test("that wants credentials is a mistake", async () => {
    await expect(get("https://127.0.0.1:1/", { https_proxy: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      kind: "proxy",
      message: `the proxy 127.0.0.1:${port} wants other credentials (407)`,
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
