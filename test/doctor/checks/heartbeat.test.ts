import { expect } from "vitest";
import { heartbeat } from "../../../src/lib/doctor/checks/heartbeat.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";
import { oddServer } from "../../support/odd-server.ts";

test("its host is asked for its first page: no check hears of a run", async ({ folder }) => {
  await writeWorkspace(folder);
  await using server = await oddServer(() => ({}));
  expect(await foundBy(heartbeat, folder, { env: { HEARTBEAT_URL: `${server.url}/ping/5bf66975` } })).toEqual([
    { state: "ok", text: "its host answers, and no more can be known without sending" },
  ]);
  expect(server.seen.map(({ method, target }) => `${method} ${target}`)).toEqual(["HEAD /"]);
});

test("one that isn't there costs no night: a warning", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(heartbeat, folder, { env: { HEARTBEAT_URL: "http://127.0.0.1:1/ping/5bf66975" } })).toEqual([
    { state: "warning", text: "its host can't be reached: nothing listens there (ECONNREFUSED)" },
  ]);
});

test("where none is named there is nothing to look at", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(heartbeat, folder)).toEqual([]);
});
