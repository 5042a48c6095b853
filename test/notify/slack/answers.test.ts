import { describe, expect, test } from "vitest";
import { attemptOf, type Way } from "../../../src/lib/notify/slack/answers.ts";
import { projectFile, tableUnder } from "../../support/docs.ts";

const bot: Way = { kind: "bot", api: new URL("https://slack.com/api/"), token: "xoxb-geheim-1234", channel: "#ml" };
const webhook: Way = { kind: "webhook", url: new URL("https://hooks.slack.com/services/T0/B0/geheim1234567890") };

function attempt(way: Way, status: number, body: string | object, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return attemptOf({ kind: "answer", answer: { status, headers, body: Buffer.from(text) } }, way);
}

const refused = (reason: string) => ({ kind: "unsent", reason: `Slack refuses it: ${reason}`, retry: undefined });
const no = (error: string, more: object = {}) => ({ ok: false, error, ...more });

describe("each refusal is told in Slack's word, with what to do", () => {
  test.each([
    ["not_in_channel", "invite the app into #ml (/invite @APP), or give it the scope chat:write.public"],
    ["is_archived", "unarchive it, or post to another one"],
    ["token_revoked", "copy the app's Bot User OAuth Token anew into SLACK_BOT_TOKEN"],
    ["account_inactive", "copy the app's Bot User OAuth Token anew into SLACK_BOT_TOKEN"],
    ["restricted_action", "ask an administrator of the Slack workspace, whose settings forbid it"],
    ["msg_blocks_too_long", "that is a defect in churn, please report it"],
    ["some_new_word", "docs.slack.dev explains the word"],
    ["constructor", "docs.slack.dev explains the word"],
  ])("of a bot: %s", (word, advice) => {
    expect(attempt(bot, 200, no(word))).toEqual(refused(`${word}; ${advice}`));
  });

  const anew = "make a new webhook in the app, and set SLACK_WEBHOOK_URL to its whole address";
  test.each([
    [404, "no_service", anew],
    [404, "channel_not_found", anew],
    [403, "invalid_token", anew],
    [410, "channel_is_archived", "unarchive it, or post to another one"],
    [403, "action_prohibited", "ask an administrator of the Slack workspace, whose settings forbid it"],
    [400, "invalid_payload", "that is a defect in churn, please report it"],
    [200, "no_text", "that is a defect in churn, please report it"],
  ])("of a webhook: %i %s", (status, word, advice) => {
    expect(attempt(webhook, status, word)).toEqual(refused(`${word}; ${advice}`));
    expect(attempt(webhook, status, no(word))).toEqual(refused(`${word}; ${advice}`));
  });

  test("what is wrong with blocks is quoted", () => {
    const errors = ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"];
    expect(attempt(bot, 200, no("invalid_blocks", { errors }))).toEqual(
      refused(`invalid_blocks, "${errors[0]}"; that is a defect in churn, please report it`),
    );
    const response_metadata = { messages: ["[ERROR] missing required field: \u001b[2Jchannel"] };
    expect(attempt(bot, 200, no("invalid_arguments", { response_metadata }))).toEqual(
      refused(
        'invalid_arguments, "[ERROR] missing required field: �[2Jchannel"; that is a defect in churn, please report it',
      ),
    );
  });

  test("the scope that is missing is named", () => {
    expect(attempt(bot, 200, no("missing_scope", { needed: "chat:write:bot", provided: "identify" }))).toEqual(
      refused("missing_scope; give the app the scope chat:write:bot and install it again"),
    );
    expect(attempt(bot, 200, no("missing_scope"))).toEqual(
      refused("missing_scope; give the app the scope chat:write and install it again"),
    );
  });

  test("what has no word of Slack's is told by its status, and isn't quoted", () => {
    expect(attempt(webhook, 404, "<html>Not found</html>")).toEqual(
      refused("HTTP 404; is the way there right (SLACK_WEBHOOK_URL, HTTPS_PROXY)?"),
    );
    expect(attempt(bot, 404, "")).toEqual(refused("HTTP 404; is the way there right (SLACK_API_URL, HTTPS_PROXY)?"));
    expect(attempt(bot, 200, { ok: false })).toEqual(
      refused("HTTP 200 without a reason; is the way there right (SLACK_API_URL, HTTPS_PROXY)?"),
    );
    expect(attempt(bot, 200, { ok: false, error: { a: 1 } })).toMatchObject({ kind: "unsent", retry: undefined });
  });
});

test("a bot's ok counts without a receipt too; a webhook's is its word alone", () => {
  expect(attempt(bot, 200, { ok: true })).toEqual({ kind: "sent", detail: "#ml", receipt: {} });
  expect(attempt(bot, 200, { ok: true, channel: "C1", ts: `1.${"0".repeat(500)}` })).toMatchObject({
    receipt: { channel: "C1", ts: expect.stringMatching(/^1\.0{97}…$/) },
  });
  expect(attempt(bot, 200, "ok")).toMatchObject({ kind: expect.not.stringMatching("^sent$") });
  expect(attempt(webhook, 200, "ok\n")).toMatchObject({ kind: "sent" });
  expect(attempt(webhook, 200, { ok: true })).toMatchObject({ kind: "unknown" });
});

test("every word that docs/notify.md explains has its advice", async () => {
  const rows = tableUnder(await projectFile("docs/notify.md"), "### What Slack refuses");
  const words = rows.flatMap(([named = ""]) => named.split(", ")).filter((word) => /^[a-z_]+$/.test(word));
  expect(words.length).toBeGreaterThan(15);
  for (const word of words) {
    for (const way of [bot, webhook]) {
      const { reason = "" } = { reason: "", ...attempt(way, 200, no(word)) };
      expect(reason).toMatch(new RegExp(`^Slack refuses it: ${word}; (?!docs\\.slack)`));
    }
  }
});
