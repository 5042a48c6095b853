import { describe, expect, test } from "vitest";
import { notifySection } from "../../src/lib/config/notify-section.ts";
import type { NewEvent } from "../../src/lib/ledger/writer.ts";
import type { Channel } from "../../src/lib/notify/channel.ts";
import { plainText } from "../../src/lib/notify/text.ts";
import type { Finding } from "../../src/lib/watchdog/finding.ts";
import { inOrder, newsOf } from "../../src/lib/watchdog/once.ts";
import { NOTHING_TOLD, type WatchdogState } from "../../src/lib/watchdog/state.ts";
import { messageOf, tell } from "../../src/lib/watchdog/tell.ts";
import { probeChannel } from "../support/team.ts";

const AT = "2026-11-23T08:05:00.000Z";
const late: Finding = {
  what: "late",
  subject: null,
  text: "no success by 09:00: the night of 2026-11-23 failed at extract: s3cret",
  next: "churn run-all --date 2026-11-23",
};
const disk: Finding = { what: "disk", subject: "/w", text: "9.0 % of the disk is free", next: "churn gc --dry-run" };

/** One watchdog after another, each with what the one before kept. */
function watching(channels: readonly Channel[], more: object = {}) {
  const kept: WatchdogState[] = [NOTHING_TOLD];
  const events: NewEvent[] = [];
  const settings = notifySection.parse({ channels: channels.map(({ name }) => name), deadline: "0s", ...more });
  return {
    kept,
    events,
    find: async (...findings: readonly Finding[]) => {
      const before = kept.at(-1) ?? NOTHING_TOLD;
      const news = newsOf(before, findings, [], AT);
      const message = messageOf(inOrder(findings, news, AT), "/srv/churn");
      return await tell(
        before,
        { message, news, key: `watchdog.${kept.length}` },
        {
          channels,
          settings,
          outgoing: (letter) => ({ ...letter, host: "elsewhere" }),
          redact: (text) => text.replace("s3cret", "***"),
          workspace: { id: "7d7ab19a-6a9c-4c2c-8d2a-5d0f6a3e3f0d", folder: "/srv/churn" },
          at: () => AT,
          keep: (state) => kept.push(structuredClone(state)),
          onTold: (event) => events.push(event),
        },
      );
    },
  };
}

describe("what is found", () => {
  test("is told in one message by every channel, without secrets, and once", async () => {
    const [slack, webhook] = [probeChannel("slack"), probeChannel("webhook")];
    const { find, events, kept } = watching([slack, webhook]);
    await find(late, disk);
    await find(late, disk);
    for (const { arrived } of [slack, webhook]) {
      expect(arrived).toHaveLength(1);
      expect(arrived[0]).toMatchObject({ host: "elsewhere", next: [late.next, disk.next].map(at) });
    }
    const [letter] = slack.arrived;
    expect(letter && plainText(letter.message)).toMatch(
      /^⚠️ The watchdog found 2 things\.\nno success by 09:00: .* failed at extract: \*\*\*\n9\.0 % of the disk is free\n\/srv\/churn on /,
    );
    expect(events).toMatchObject([
      { event: "sent", night: null, key: "watchdog.1", message: "watchdog", channel: "slack", outcome: "sent" },
      { event: "sent", channel: "webhook" },
    ]);
    expect(JSON.stringify(kept)).not.toContain("s3cret");
  });

  test("and comes on top of what stands is told with it", async () => {
    const slack = probeChannel("slack");
    const { find } = watching([slack]);
    await find(late);
    await find(late, disk);
    const [, letter] = slack.arrived;
    expect(letter && plainText(letter.message)).toMatch(
      /^⚠️ The watchdog found 2 things, one of them new\.\n9\.0 % of the disk is free\nstill, since 2026-11-23: no success/,
    );
  });

  test("is told to whoever hears of failures", async () => {
    const [slack, email, file] = [probeChannel("slack"), probeChannel("email"), probeChannel("file", true)];
    await watching([slack, email, file], { slack: { on: ["registered"] } }).find(disk);
    expect([slack, email, file].map(({ arrived }) => arrived.length)).toEqual([0, 1, 1]);
    expect(file.arrived[0]?.host, "here it is as it is").not.toBe("elsewhere");
  });
});

describe("a channel that fails", () => {
  test("is tried again by the next watchdog, with what stands then, and others aren't told twice", async () => {
    const [slack, email] = [probeChannel("slack"), probeChannel("email")];
    slack.answers.push({ kind: "unsent", reason: "it is down", retry: undefined });
    const { find } = watching([slack, email]);
    const first = await find(late, disk);
    expect(first.channels).toMatchObject({
      slack: { state: "pending", detail: "it is down", attempts: 1 },
      email: { state: "sent" },
    });
    const second = await find(disk);
    expect(second.channels.slack).toMatchObject({ state: "sent", attempts: 2 });
    expect(email.arrived).toHaveLength(1);
    expect(slack.arrived).toMatchObject([{ key: "watchdog.1", message: { findings: [{ what: "disk" }] } }]);
  });

  test("or may have told it isn't tried again", async () => {
    const slack = probeChannel("slack");
    slack.answers.push({ kind: "unknown", reason: "nobody answered" });
    const { find, events } = watching([slack]);
    expect((await find(late)).channels.slack).toMatchObject({ state: "unknown", detail: "nobody answered" });
    await find(late);
    expect(slack.arrived).toHaveLength(1);
    expect(events).toMatchObject([{ outcome: "unknown" }]);
  });
});

test("of what a killed watchdog had begun to send nobody knows", async () => {
  const slack = probeChannel("slack");
  const { find, kept } = watching([slack]);
  await find(late);
  const begun = kept.findIndex(({ channels }) => channels.slack?.state === "sending");
  expect(begun, "it is written down before it leaves").toBeGreaterThan(0);
  kept.splice(begun + 1);
  expect((await find(late)).channels.slack).toMatchObject({
    state: "unknown",
    detail: "it was ended while it sent this",
  });
  expect(slack.arrived).toHaveLength(1);
});

function at(command: string | null): string | undefined {
  return command?.replace("churn", "churn -C /srv/churn");
}
