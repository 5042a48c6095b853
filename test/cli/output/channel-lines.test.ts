import { expect, test } from "vitest";
import { channelLines } from "../../../src/lib/cli/output/channel-lines.ts";

test("a short word stands beside the channel's name", () => {
  expect(channelLines("slack", "#ml-alerts")).toEqual(["slack     #ml-alerts"]);
  expect(channelLines("terminal", "shown")).toEqual(["terminal  shown"]);
});

test("a sentence goes on below itself, in 80 columns, and what it quotes forges no line", () => {
  const lines = channelLines(
    "slack",
    "not sent: SLACK_WEBHOOK_URL is no address such as https://hooks.slack.com/services/…; docs/notify.md says\nwhere",
  );
  expect(lines).toEqual([
    "slack     not sent: SLACK_WEBHOOK_URL is no address such as",
    "          https://hooks.slack.com/services/…; docs/notify.md says�where",
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});
