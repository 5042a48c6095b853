import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { parseJson } from "../../src/lib/artifacts/json-text.ts";
import { deliveriesOf, entryFormat } from "../../src/lib/notify/outbox/format.ts";
import { churn, lastDay } from "../support/churn.ts";
import { mulberry32 } from "../support/mulberry32.ts";
import { start } from "../support/running.ts";
import { mailUser } from "./support/mail-server.ts";
import { type Notified, startNotified } from "./support/notified.ts";

/**
 * A night that tells Slack, a mail server and a webhook is killed at any moment, half of the times as one of them hears of it, and
 * run again. What the servers have and what the outbox says is held together. CHURN_TEST_NOTIFY_KILLS says how many cases,
 * CHURN_TEST_SEED the first one's seed.
 */
const cases = Number(env.CHURN_TEST_NOTIFY_KILLS ?? 4);
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);
const SECRET = "the-webhooks-own-secret";

let notified: Notified;
/** seconds that a night takes here */
let seconds: number;
const ends: string[] = [];

const hooked = z.looseObject({ key: z.string(), workspace: z.looseObject({ folder: z.string() }) });
/** Each request to the webhook: its key and its workspace's folder. */
const heard: { key: string; folder: string }[] = [];
const hook = createServer(async (request, response) => {
  // Whether it is there is asked before the night.
  if (request.method === "HEAD") return void response.end();
  const { key, workspace } = hooked.parse(JSON.parse(Buffer.concat(await request.toArray()).toString("utf8")));
  heard.push({ key: String(request.headers["idempotency-key"] ?? key), folder: workspace.folder });
  response.end();
});

const envOf = (name: string) => ({
  SLACK_WEBHOOK_URL: notified.slack.webhook,
  SMTP_PASSWORD: mailUser.password,
  CHURN_NOTIFY_EMAIL_SMTP_PORT: String(notified.mail.ports.starttls),
  CHURN_NOTIFY_EMAIL_TO: `[${name}@company.com]`,
  NODE_EXTRA_CA_CERTS: notified.mail.certificates.ca,
  NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/churn`,
  NOTIFY_WEBHOOK_SECRET: SECRET,
});

const workspaceOf = (name: string) =>
  notified.workspaceOf(
    name,
    `{ channels: [file, slack, email, webhook], email: { from: churn@company.com, smtp: { host: localhost, user: ${mailUser.user} } } }`,
  );

beforeAll(async () => {
  notified = await startNotified("churn-notify-kills");
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const whole = await workspaceOf("whole");
  const before = performance.now();
  const { exitCode, stderr } = await churn(whole, ["run-all", "--date", lastDay], envOf("whole"));
  expect(exitCode, stderr).toBe(0);
  seconds = (performance.now() - before) / 1000;
  expect(await arrivedAt(whole, "whole")).toEqual({ slack: 1, email: 1, webhook: 1 });
});

afterAll(async () => {
  await notified?.[Symbol.asyncDispose]();
  hook.close();
  process.stdout.write(`after the kill: ${ends.join(", ")}\n`);
});

/** How many messages the servers have of a workspace; of the webhook, which may be told twice, how many different ones. */
async function arrivedAt(workspace: string, name: string): Promise<Record<string, number>> {
  const posted = notified.slack.taken.filter(({ blocks }) => JSON.stringify(blocks).includes(workspace));
  const mails = (await notified.mail.mails()).filter(({ envelope }) => envelope.to.includes(`${name}@company.com`));
  const hooks = heard.filter((one) => one.folder === workspace).map(({ key }) => key);
  return { slack: posted.length, email: mails.length, webhook: new Set(hooks).size };
}

/** What the outbox says of each message on each channel. */
async function statesOf(workspace: string): Promise<{ key: string; channel: string; state: string }[]> {
  const outbox = join(workspace, "notifications", "outbox");
  const names = await readdir(outbox);
  const entries = await Promise.all(
    names.map(async (name) => entryFormat.read(parseJson(await readFile(join(outbox, name)), name), name)),
  );
  return entries.flatMap((entry) =>
    deliveriesOf(entry)
      .filter(([channel]) => channel !== "file")
      .map(([channel, { state }]) => ({ key: entry.letter.key, channel, state })),
  );
}

test.each(Array.from({ length: cases }, (_, index) => firstSeed + index))(
  "nobody hears twice of a night that was killed, and what nobody knows is said: seed %i",
  async (seed) => {
    const random = mulberry32(seed);
    const name = `case${seed}`;
    const workspace = await workspaceOf(name);
    const [asked, hooks, mails] = [notified.slack.asked.length, heard.length, (await notified.mail.mails()).length];
    const night = start(workspace, ["run-all", "--date", lastDay], envOf(name));
    let isOver = false;
    void night.ended.then(() => {
      isOver = true;
    });
    const isHeard = () => notified.slack.asked.length > asked || heard.length > hooks;
    if (seed % 2 === 0) await sleep(random() * seconds * 1000);
    else while (!isOver && !isHeard()) await sleep(1);
    await sleep(random() * 30);
    night.signal("SIGKILL");
    await night.ended;
    expect((await notified.mail.mails()).length).toBeGreaterThanOrEqual(mails);

    const again = await churn(workspace, ["run-all", "--date", lastDay], envOf(name));
    const states = await statesOf(workspace);
    const unknown = states.filter(({ state }) => state === "unknown");
    expect(again.exitCode, again.stderr).toBe(unknown.length > 0 ? 5 : 0);
    for (const { channel } of unknown) expect(again.stderr).toContain(`whether ${channel} was told of the night`);

    expect(states.map(({ key, channel }) => `${channel} ${key}`).sort()).toEqual(
      ["email", "slack", "webhook"].map((channel) => `${channel} ${lastDay}`),
    );
    const arrived = await arrivedAt(workspace, name);
    for (const { channel, state } of states) {
      const most = state === "pending" ? 0 : 1;
      const least = state === "sent" ? 1 : 0;
      expect(arrived[channel], `${channel} is ${state}`).toBeGreaterThanOrEqual(least);
      expect(arrived[channel], `${channel} is ${state}`).toBeLessThanOrEqual(most);
    }
    expect(states.filter(({ channel, state }) => channel === "webhook" && state !== "sent")).toEqual([]);
    ends.push(unknown.length === 0 ? "all sent" : unknown.map(({ channel }) => `${channel} unknown`).join(" and "));

    // The next night says what is unknown, and is as any other.
    const next = await churn(workspace, ["run-all", "--date", lastDay, "--again"], envOf(name));
    expect(next.exitCode, next.stderr).toBe(0);
    const told = await readFile(join(workspace, "notifications", `${lastDay}.2.txt`), "utf8");
    expect(told.includes("is unknown")).toBe(unknown.length > 0);
  },
  120_000,
);
