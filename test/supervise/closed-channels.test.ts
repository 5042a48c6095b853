import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { notifySection } from "../../src/lib/config/notify-section.ts";
import { ServiceError } from "../../src/lib/errors.ts";
import { openChannels } from "../../src/lib/notify/open.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { askChannels, isChannelAwaited } from "../../src/lib/supervise/closed-channels.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { oddServer } from "../support/odd-server.ts";
import { probeChannel } from "../support/team.ts";

test("channels that are closed say why, those that are open nothing, and nothing is sent", async () => {
  await using receiver = await oddServer(() => ({ status: 404 }));
  const channels = openChannels({
    settings: notifySection.parse({
      channels: ["terminal", "file", "slack", "email", "webhook"],
      email: { from: "churn@company.com", to: ["team@company.com"] },
    }),
    store: openFolderStore("/nowhere"),
    root: "/nowhere",
    environment: readEnvironment(
      {
        SMTP_URL: "smtp://127.0.0.1:1",
        NOTIFY_WEBHOOK_URL: `${receiver.url}/hooks/geheim`,
        NOTIFY_WEBHOOK_SECRET: "a-secret-of-ours",
      },
      "/nowhere",
    ),
    say: () => {},
  });
  const heard: string[] = [];
  const { signal } = new AbortController();
  askChannels(channels, signal, (warning) => heard.push(warning));
  expect(heard, "nobody waits").toEqual([]);
  expect(isChannelAwaited()).toBe(true);
  while (heard.length < 2 || receiver.seen.length < 1) await sleep(5);
  await sleep(50);
  expect(heard.sort()).toEqual([
    expect.stringMatching(
      /^email: tonight's message may not arrive: the mail server 127\.0\.0\.1:1: nothing listens there \(ECONNREFUSED\)/,
    ),
    expect.stringMatching(
      /^slack: tonight's message may not arrive: neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL is set/,
    ),
  ]);
  expect(receiver.seen.map(({ method, target }) => [method, target])).toEqual([["HEAD", "/"]]);
  expect(isChannelAwaited()).toBe(false);
});

test("what goes wrong with the machine meanwhile is said, and a defect left to whoever sends", async () => {
  const broken = (error: Error) => ({ ...probeChannel("slack"), reach: () => Promise.reject(error) });
  const heard: string[] = [];
  const { signal } = new AbortController();
  const asked = [broken(new ServiceError("the disk is full")), broken(new TypeError("a defect"))];
  askChannels(asked, signal, (warning) => heard.push(warning));
  await sleep(20);
  expect(heard).toEqual(["slack: tonight's message may not arrive: the disk is full"]);
});

test("what is said after the night is heard by nobody", async () => {
  const night = new AbortController();
  const answers: (() => void)[] = [];
  const slow = {
    ...probeChannel("slack"),
    reach: () =>
      new Promise<{ kind: "closed"; reason: string; mayPass: boolean }>((resolve) => {
        answers.push(() => resolve({ kind: "closed", reason: "it doesn't answer", mayPass: true }));
      }),
  };
  const heard: string[] = [];
  askChannels([slow, slow], night.signal, (warning) => heard.push(warning));
  answers[0]?.();
  await sleep(5);
  night.abort();
  answers[1]?.();
  await sleep(5);
  expect(heard).toEqual(["slack: tonight's message may not arrive: it doesn't answer"]);
  expect(isChannelAwaited()).toBe(false);
});
