import { expect } from "vitest";
import { slack } from "../../../src/lib/doctor/checks/slack.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { startFakeSlack } from "../../support/fake-slack.ts";
import { test } from "../../support/folder.ts";

const set = ["notify.channels=[terminal, slack]"];

test("a bot's token is tried, and nothing is posted", async ({ folder }) => {
  await writeWorkspace(folder);
  await using server = await startFakeSlack();
  const env = { SLACK_BOT_TOKEN: server.token, SLACK_API_URL: server.api };
  expect(await foundBy(slack, folder, { env, set })).toEqual([
    { state: "ok", text: "churn-bot of Company; whether it may post in #ml-alerts only a message shows" },
  ]);
  expect(server.asked).toEqual(["POST /api/auth.test"]);
  server.plan({ kind: "answer", status: 200, body: { ok: false, error: "token_revoked" } });
  expect(await foundBy(slack, folder, { env, set })).toEqual([
    {
      state: "problem",
      exitCode: 2,
      stage: "notify",
      text: "Slack refuses it: token_revoked",
      next: ["copy the app's Bot User OAuth Token anew into SLACK_BOT_TOKEN"],
    },
  ]);
});

test("a Slack that isn't there may pass", async ({ folder }) => {
  await writeWorkspace(folder);
  const env = { SLACK_WEBHOOK_URL: "http://127.0.0.1:1/services/T/B/abcdefghijkl" };
  expect(await foundBy(slack, folder, { env, set })).toEqual([
    expect.objectContaining({ state: "problem", exitCode: 5, stage: "notify" }),
  ]);
});

test("where nobody is told by Slack there is nothing to look at", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(slack, folder, { env: { SLACK_BOT_TOKEN: "xoxb-none-abcdefghij" } })).toEqual([]);
});
