import { describe, expect, test } from "vitest";
import { openConnections } from "../../src/lib/http/connections.ts";
import { fetchOver } from "../../src/lib/http/fetch.ts";
import { NetworkFailure } from "../../src/lib/http/network-failure.ts";
import type { Repeated } from "../../src/lib/http/repeat.ts";
import { type Behaviour, oddServer } from "../support/odd-server.ts";

const post = { method: "POST", headers: { "Content-Type": "text/plain" }, body: "é" };

/** What a package that takes a fetch gets, and what is seen beside it. */
async function fetched(address: string, asked: Parameters<ReturnType<typeof fetchOver>>[1] = post) {
  const connections = openConnections(new URL(address), {}, () => undefined);
  const seen: Repeated[] = [];
  const fetch = fetchOver(connections, { timeoutSeconds: 1, largest: 1000 }, (last) => seen.push(last));
  try {
    return { response: await fetch(address, asked), seen };
  } catch (error) {
    return { error, seen };
  } finally {
    await connections.close();
  }
}

test("a package gets the answer as fetch gives it, and it is seen as it came", async () => {
  await using server = await oddServer(() => ({ status: 429, headers: { "Retry-After": "7" }, body: "grün" }));
  const { response, seen } = await fetched(server.url);
  expect(server.seen).toMatchObject([{ method: "POST", body: "é", headers: { "content-type": "text/plain" } }]);
  expect({ status: response?.status, ok: response?.ok, after: response?.headers.get("retry-after") }).toEqual({
    status: 429,
    ok: false,
    after: "7",
  });
  expect(await response?.text()).toBe("grün");
  expect(seen).toMatchObject([{ kind: "answer", answer: { status: 429, headers: { "retry-after": "7" } } }]);
});

test("a redirect isn't followed, and what has no body by the standard has none", async () => {
  const behaviours: Behaviour[] = [
    { status: 302, headers: { location: "/elsewhere" }, body: "x" },
    (response) => response.writeHead(204).end(),
  ];
  await using server = await oddServer(() => behaviours.shift() ?? {});
  expect((await fetched(server.url)).response?.status).toBe(302);
  expect(await (await fetched(server.url)).response?.text()).toBe("");
  expect(server.seen).toHaveLength(2);
});

test("a failure is seen and thrown", async () => {
  const { error, seen } = await fetched("http://127.0.0.1:1/", { ...post, method: "GET" });
  expect(error).toBeInstanceOf(NetworkFailure);
  expect(seen).toEqual([{ kind: "failure", failure: error }]);
});

describe("what is asked otherwise than by text is a defect, and not sent", () => {
  test.each([{ body: new FormData() }, { method: "TRACE" }])("%o", async (asked) => {
    await using server = await oddServer(() => ({}));
    const { error, seen } = await fetched(server.url, { ...post, ...asked });
    expect(error).toMatchObject({ name: "ZodError" });
    expect(seen).toEqual([]);
    expect(server.seen).toEqual([]);
  });
});
