import { expect } from "vitest";
import { churn, lastDay } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";
import { oddServer } from "../support/odd-server.ts";

const night = ["run-all", "--date", lastDay];
const test = workspaceAfter([...night, "--to", "compare"]);

test("a channel that hasn't said that it is there when the night is over is not waited for, and spoils nothing", async ({
  workspace,
}) => {
  await using receiver = await oddServer(({ method }) => (method === "HEAD" ? () => {} : {}));
  const ended = await churn(workspace, night, {
    CHURN_NOTIFY_CHANNELS: "[webhook]",
    NOTIFY_WEBHOOK_URL: receiver.url,
    NOTIFY_WEBHOOK_SECRET: "a-secret-of-ours",
  });
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/✔ notify .*webhook\n$/) });
  expect(receiver.seen.map(({ method }) => method)).toEqual(["HEAD", "POST"]);
});
