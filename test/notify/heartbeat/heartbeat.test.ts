import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Heartbeat, openHeartbeat } from "../../../src/lib/notify/heartbeat/heartbeat.ts";
import { lastBytes } from "../../../src/lib/notify/heartbeat/last-bytes.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { VERSIONS } from "../../../src/lib/workspace/versions.ts";
import { startCompanyProxy } from "../../support/company-proxy.ts";
import { type Behaviour, oddServer, type SeenRequest } from "../../support/odd-server.ts";

const RUN = "20261123T050000Z-7f3a";
const OK: Behaviour = { body: "OK" };

function heartbeatTo(address: string, more: Readonly<Record<string, string>> = {}): Heartbeat {
  const environment = readEnvironment({ HEARTBEAT_URL: address, ...more }, tmpdir());
  const heartbeat = openHeartbeat({ environment, root: tmpdir() });
  if (heartbeat === undefined) throw new Error("there is no heartbeat");
  return heartbeat;
}

async function wholeRun(
  behave: (request: SeenRequest, count: number) => Behaviour,
  {
    path = "/5bf66975-d4c7",
    tail = ["all well"],
    exitCode = 0,
  }: { path?: string; tail?: readonly string[]; exitCode?: number } = {},
) {
  await using server = await oddServer(behave);
  const heartbeat = heartbeatTo(`${server.url}${path}`);
  const started = await heartbeat.start(RUN);
  const ended = await heartbeat.end({ runId: RUN, exitCode, tail });
  return { started, ended, seen: [...server.seen] };
}

test("there is none where HEARTBEAT_URL isn't set", () => {
  expect(openHeartbeat({ environment: readEnvironment({}, tmpdir()), root: tmpdir() })).toBeUndefined();
});

describe("a run", () => {
  test("is told from its start to its end, under one id", async () => {
    const { started, ended, seen } = await wholeRun(() => OK, { tail: ["compare: better", "registered as version 4"] });
    expect({ started, ended }).toEqual({ started: undefined, ended: undefined });
    const [start, end] = seen;
    expect(seen.map(({ method }) => method)).toEqual(["POST", "POST"]);
    const rid = /\?rid=([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/.exec(
      start?.target ?? "",
    )?.[1];
    expect(rid).toBeDefined();
    expect(start).toMatchObject({ target: `/5bf66975-d4c7/start?rid=${rid}`, body: `run ${RUN}` });
    expect(end).toMatchObject({
      target: `/5bf66975-d4c7/0?rid=${rid}`,
      body: "compare: better\nregistered as version 4",
    });
    expect(end?.headers["user-agent"]).toBe(`churn/${VERSIONS.churn}`);
  });

  test("has an id of its own", async () => {
    await using server = await oddServer(() => OK);
    const heartbeat = heartbeatTo(server.url);
    for (const run of [RUN, "20261124T050000Z-0001", RUN]) await heartbeat.start(run);
    const [first, second, again] = server.seen.map(({ target }) => target);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
  });

  test.each([0, 1, 5, 75, 143, 255])("that ends with %i is told with it", async (exitCode) => {
    const { seen } = await wholeRun(() => OK, { exitCode });
    expect(seen.at(-1)?.target).toMatch(new RegExp(`/${exitCode}\\?rid=`));
  });

  test.each([256, -1, 0.5, Number.NaN])("that ends with %d has not succeeded", async (exitCode) => {
    const { seen } = await wholeRun(() => OK, { exitCode });
    expect(seen.at(-1)?.target).toMatch(/\/255\?rid=/);
  });

  test.each([
    ["/uuid", "/uuid/start?rid="],
    ["/uuid/", "/uuid/start?rid="],
    ["", "/start?rid="],
    ["/key/slug?create=1", "/key/slug/start?create=1&rid="],
    ["/key/slug/?create=1#top", "/key/slug/start?create=1&rid="],
    ["/uuid?rid=mine", "/uuid/start?rid="],
  ])("is told at %s by %s", async (path, target) => {
    const { seen } = await wholeRun(() => OK, { path });
    expect(seen[0]?.target.startsWith(target)).toBe(true);
    expect(seen[0]?.target.slice(target.length)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the log's end", () => {
  test("is as long as the service keeps it, which says so at the start", async () => {
    const { seen } = await wholeRun(() => ({ ...OK, headers: { "Ping-Body-Limit": "7" } }), {
      tail: ["first", "last äö"],
    });
    expect(seen.at(-1)?.body).toBe("ast äö".slice(-5));
  });

  test("has ten thousand bytes where it doesn't", async () => {
    const { seen } = await wholeRun(() => OK, { tail: ["x".repeat(20_000)] });
    expect(seen.at(-1)?.body).toHaveLength(10_000);
  });

  test("is never cut within a letter, and never longer", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(30), (text, most) => {
        const kept = lastBytes(text, most);
        expect(text.endsWith(kept)).toBe(true);
        const bytes = Buffer.byteLength(kept);
        expect(bytes).toBeLessThanOrEqual(most);
        // A letter more would be too much.
        const letters = [...text.slice(0, text.length - kept.length)];
        expect(bytes + Buffer.byteLength(letters.at(-1) ?? "x".repeat(31))).toBeGreaterThan(most);
      }),
    );
  });
});

describe("what goes wrong is a warning that names no address", () => {
  const began = "the heartbeat's service could not be told that the run began: ";
  test.each<[Behaviour, string]>([
    [{ body: "OK (not found)" }, "it has no check of HEARTBEAT_URL (not found)"],
    [{ body: "OK (rate limited)" }, "it takes no more pings for now (rate limited)"],
    [{ status: 404, body: "not found" }, "it has no check of HEARTBEAT_URL (404)"],
    [{ status: 409, body: "ambiguous slug" }, "several of its checks have the name in HEARTBEAT_URL (409)"],
    [{ status: 400, body: "invalid url format" }, "it refuses it (400)"],
    [{ status: 302, headers: { location: "/login" } }, "it is somewhere else than HEARTBEAT_URL says (302)"],
  ])("%j, and nothing is tried again", async (behaviour, reason) => {
    await using server = await oddServer(() => behaviour);
    expect(await heartbeatTo(`${server.url}/5bf66975`).start(RUN)).toBe(`${began}${reason}`);
    expect(server.seen).toHaveLength(1);
  });

  test("a service that fails is tried five times", async () => {
    await using server = await oddServer(() => ({ status: 500, body: "words of its own" }));
    expect(await heartbeatTo(`${server.url}/5bf66975`).start(RUN)).toBe(`${began}it refuses it (500)`);
    expect(server.seen).toHaveLength(5);
  });

  test("one that comes back is told", async () => {
    await using server = await oddServer((_, count) =>
      count === 1 ? (response) => response.destroy() : count === 2 ? { status: 503 } : OK,
    );
    expect(await heartbeatTo(server.url).start(RUN)).toBeUndefined();
    expect(server.seen).toHaveLength(3);
  });

  test("one that isn't there", async () => {
    const heartbeat = heartbeatTo("http://127.0.0.1:1/5bf66975-d4c7");
    expect(await heartbeat.start(RUN)).toBe(`${began}nothing listens there (ECONNREFUSED)`);
  });

  test.each(["hc-ping.com/5bf66975", "file:///5bf66975", "https://"])(
    "what is no address is said once: %s",
    async (address) => {
      const heartbeat = heartbeatTo(address);
      expect(await heartbeat.start(RUN)).toBe("HEARTBEAT_URL is no address such as https://hc-ping.com/UUID");
      expect(await heartbeat.end({ runId: RUN, exitCode: 0, tail: [] })).toBeUndefined();
    },
  );

  test.each([
    [
      { HEARTBEAT_URL_FILE: "/nowhere/url" },
      "HEARTBEAT_URL_FILE in the environment names /nowhere/url, which is not there",
    ],
  ])("%j is no reason not to run", async (variables, warning) => {
    const environment = readEnvironment(variables, tmpdir());
    expect(await openHeartbeat({ environment, root: tmpdir() })?.start(RUN)).toBe(warning);
  });

  test.each([
    [{ HTTP_PROXY: "ftp://x" }, "HTTP_PROXY is no proxy's address"],
    [{ NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" }, "NODE_EXTRA_CA_CERTS names /nowhere/ca.pem, which is not there"],
  ])("nor is %j", async (variables, reason) => {
    const heartbeat = heartbeatTo("http://127.0.0.1:1/", variables);
    expect(await heartbeat.start(RUN)).toBe(`${began}${reason}`);
  });
});

describe("a service that doesn't answer", () => {
  test("holds up no run: its start goes on beside it, and nothing of it comes behind the end", async () => {
    const seen: string[] = [];
    await using server = await oddServer(({ target }) => {
      seen.push(target);
      return target.includes("/start") ? () => {} : OK;
    });
    const heartbeat = heartbeatTo(server.url);
    const started = heartbeat.start(RUN);
    const start = performance.now();
    expect(await heartbeat.end({ runId: RUN, exitCode: 0, tail: [] })).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(4000);
    expect(await started).toMatch(/^the heartbeat's service could not be told that the run began: /);
    await sleep(500);
    expect(seen.map((target) => target.split("?")[0])).toEqual(["/start", "/0"]);
  });

  test("holds up its end for 20 seconds at most", async () => {
    const sockets = createServer(() => {});
    await new Promise<void>((resolve) => sockets.listen(0, "127.0.0.1", resolve));
    const address = sockets.address();
    if (typeof address !== "object" || address === null) throw new Error("it has no port");
    const heartbeat = heartbeatTo(`http://127.0.0.1:${address.port}/5bf66975`);
    const started = heartbeat.start(RUN);
    const start = performance.now();
    expect(await heartbeat.end({ runId: RUN, exitCode: 1, tail: [] })).toMatch(/doesn't answer|was cut/);
    expect(performance.now() - start).toBeLessThan(21_000);
    await started;
    sockets.close();
  });
});

test("a proxy of the environment passes it on", async () => {
  await using proxy = await startCompanyProxy();
  await using server = await oddServer(() => OK);
  const heartbeat = heartbeatTo(`${server.url}/5bf66975`, { HTTP_PROXY: `http://me:geheim@${proxy.name}` });
  expect(await heartbeat.start(RUN)).toBeUndefined();
  expect(proxy.seen).toHaveLength(1);
  expect(server.seen).toHaveLength(1);
});

describe("whether the service is there", () => {
  test("its host says by its first page: no check hears of a run", async () => {
    await using server = await oddServer(() => ({ status: 302 }));
    expect(await heartbeatTo(`${server.url}/ping/5bf66975-d4c7`).reach(2)).toMatchObject({ kind: "open" });
    expect(server.seen.map(({ method, target }) => `${method} ${target}`)).toEqual(["HEAD /"]);
  });

  test("one that isn't, and an address that is none, are told without it", async () => {
    const reached = await heartbeatTo("http://127.0.0.1:1/ping/5bf66975-d4c7").reach(2);
    expect(reached).toMatchObject({
      kind: "closed",
      mayPass: true,
      reason: expect.stringContaining("nothing listens there"),
    });
    expect(JSON.stringify(reached)).not.toContain("5bf66975");
    expect(await heartbeatTo("no address").reach(2)).toMatchObject({
      kind: "closed",
      mayPass: false,
      reason: expect.stringContaining("HEARTBEAT_URL is no address"),
    });
  });
});
