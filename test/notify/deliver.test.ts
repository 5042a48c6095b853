import { expect, test } from "vitest";
import type { Channel } from "../../src/lib/notify/channel.ts";
import { deliver } from "../../src/lib/notify/deliver.ts";
import type { Message } from "../../src/lib/notify/message.ts";

const message: Message = {
  kind: "failed",
  night: "2026-11-23",
  run: "20261123T050000Z-7f3a",
  stage: "train",
  reason: "the disk is full",
  details: [],
  hint: null,
  workspace: "/srv/churn",
  host: "ml-1",
};

test("a channel that fails keeps none of the others from hearing, and its receipt says why", async () => {
  const heard: Message[] = [];
  const channels: readonly Channel[] = [
    { name: "file", send: () => Promise.reject(new Error("no space left")) },
    {
      name: "terminal",
      send: async (told) => {
        heard.push(told);
        return "shown";
      },
    },
  ];
  expect(await deliver(message, channels)).toEqual([
    { channel: "file", outcome: "failed", detail: "no space left" },
    { channel: "terminal", outcome: "sent", detail: "shown" },
  ]);
  expect(heard).toEqual([message]);
});

test("without channels nobody is told", async () => {
  expect(await deliver(message, [])).toEqual([]);
});
