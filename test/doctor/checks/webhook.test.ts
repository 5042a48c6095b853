import { expect } from "vitest";
import { webhook } from "../../../src/lib/doctor/checks/webhook.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";
import { oddServer } from "../../support/odd-server.ts";

const set = ["notify.channels=[webhook]"];

test("its host is asked for its first page alone", async ({ folder }) => {
  await writeWorkspace(folder);
  await using server = await oddServer(() => ({ status: 404 }));
  const env = { NOTIFY_WEBHOOK_URL: `${server.url}/hook/abcdefgh`, NOTIFY_WEBHOOK_SECRET: "whsec-abcdefgh" };
  expect(await foundBy(webhook, folder, { env, set })).toEqual([
    { state: "ok", text: "its host answers, and no more can be known without sending" },
  ]);
  expect(server.seen.map(({ method, target }) => `${method} ${target}`)).toEqual(["HEAD /"]);
});

test("without its secret, or its host, nobody would be told", async ({ folder }) => {
  await writeWorkspace(folder);
  const env = { NOTIFY_WEBHOOK_URL: "http://127.0.0.1:1/hook/abcdefgh" };
  const problem = (exitCode: number) => expect.objectContaining({ state: "problem", exitCode, stage: "notify" });
  expect(await foundBy(webhook, folder, { env, set })).toEqual([problem(2)]);
  expect(await foundBy(webhook, folder, { env: { ...env, NOTIFY_WEBHOOK_SECRET: "whsec-abcdefgh" }, set })).toEqual([
    problem(5),
  ]);
});
