import { get } from "node:http";
import { expect, test } from "vitest";
import { openConnections } from "../../src/lib/http/connections.ts";
import { hearServerClocks } from "../../src/lib/http/server-clocks.ts";
import { oddServer } from "../support/odd-server.ts";

const asked = { method: "GET", headers: {}, body: undefined, timeoutSeconds: 5, largest: 1000 } as const;

async function ask(url: string): Promise<void> {
  const connections = openConnections(new URL(url), {}, () => undefined);
  await connections.send({ ...asked, url: new URL("/a", url) });
  await connections.close();
}

test("what time servers say is heard whoever asks them, by undici or by Node's own HTTP", async () => {
  using clocks = hearServerClocks();
  await using one = await oddServer(() => ({ headers: { date: "Mon, 23 Nov 2026 05:00:00 GMT" } }));
  await using other = await oddServer(() => ({ headers: { date: "Mon, 23 Nov 2026 06:00:00 GMT" } }));
  await ask(one.url);
  await new Promise((resolve) => get(other.url, (answer) => answer.resume().on("end", resolve)));
  const seconds = (date: string) => expect.closeTo((Date.now() - Date.parse(date)) / 1000 - 0.5, -1);
  expect(clocks.heard()).toEqual([
    { server: one.url, aheadSeconds: seconds("2026-11-23T05:00:00Z") },
    { server: other.url, aheadSeconds: seconds("2026-11-23T06:00:00Z") },
  ]);
});

test("the difference is this clock's, in seconds, held to the middle of the second that a server says", async () => {
  using clocks = hearServerClocks(() => Date.parse("2026-11-23T05:01:40.750Z"));
  await using server = await oddServer(() => ({ headers: { date: "Mon, 23 Nov 2026 05:00:00 GMT" } }));
  await ask(server.url);
  expect(clocks.heard()).toEqual([{ server: server.url, aheadSeconds: 100.25 }]);
});

test("an answer without a date, or with none that is one, says nothing, and nothing is heard any more in the end", async () => {
  const clocks = hearServerClocks();
  await using odd = await oddServer(() => ({ headers: { date: "tomorrow" } }));
  await using without = await oddServer(() => (response) => {
    response.sendDate = false;
    response.end("{}");
  });
  await ask(odd.url);
  await ask(without.url);
  expect(clocks.heard()).toEqual([]);
  clocks[Symbol.dispose]();
  await using server = await oddServer(() => ({}));
  await ask(server.url);
  expect(clocks.heard()).toEqual([]);
});
