import { expect, test } from "vitest";
import type { Attempt } from "../../src/lib/notify/channel.ts";
import { deliver } from "../../src/lib/notify/deliver.ts";
import { failed, letterOf } from "../support/letters.ts";
import { probeChannel } from "../support/team.ts";

const letter = letterOf(failed);
const unsent = (after: number | undefined): Attempt => ({
  kind: "unsent",
  reason: "it is busy",
  retry: after === undefined ? undefined : { after },
});
const unknown: Attempt = { kind: "unknown", reason: "nobody answered" };

test("what surely has not arrived is tried again, not before the channel asks for it", async () => {
  const slack = probeChannel("slack");
  slack.answers.push(unsent(0), unsent(0.5));
  const start = performance.now();
  expect(await deliver(letter, slack, 10)).toEqual({ last: { kind: "sent", detail: "to slack" }, attempts: 3 });
  expect(performance.now() - start).toBeGreaterThan(500);
  expect(slack.arrived).toEqual([letter]);
});

test("what may have arrived is tried again only where a second copy does no harm", async () => {
  const slack = probeChannel("slack");
  slack.answers.push(unknown);
  expect(await deliver(letter, slack, 10)).toEqual({ last: unknown, attempts: 1 });
  const webhook = probeChannel("webhook");
  webhook.answers.push(unknown);
  expect(await deliver(letter, webhook, 10)).toMatchObject({ last: { kind: "sent" }, attempts: 2 });
});

test("what no time and no other attempt helps is given up at once", async () => {
  const slack = probeChannel("slack");
  slack.answers.push(unsent(undefined));
  expect(await deliver(letter, slack, 10)).toEqual({ last: unsent(undefined), attempts: 1 });
  slack.answers.push(unsent(3600));
  expect(await deliver(letter, slack, 10)).toEqual({ last: unsent(3600), attempts: 1 });
});

test("a channel that throws has not sent, and says why", async () => {
  const slack = { ...probeChannel("slack"), send: () => Promise.reject(new Error("no space left")) };
  expect(await deliver(letter, slack, 10)).toEqual({
    last: { kind: "unsent", reason: "no space left", retry: undefined },
    attempts: 1,
  });
});
