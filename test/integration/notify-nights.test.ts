import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addDays } from "../../src/lib/workspace/night.ts";
import { churn, type Ended, lastDay } from "../support/churn.ts";
import { type OddServer, oddServer } from "../support/odd-server.ts";
import { start } from "../support/running.ts";
import { mailUser } from "./support/mail-server.ts";
import { type Notified, startNotified } from "./support/notified.ts";

let notified: Notified;

beforeAll(async () => {
  // Each day has the last day's customers: there is a snapshot for as many nights as are wanted.
  const query = `SELECT * REPLACE ({date} AS snapshot_date) FROM customers WHERE snapshot_date = '${lastDay}'`;
  notified = await startNotified("churn-notify-nights", {
    source: `{ url: "duckdb:customers.duckdb", query: "${query}" }`,
  });
});

afterAll(async () => {
  await notified?.[Symbol.asyncDispose]();
});

test("of fourteen nights, five of which fail, the team hears what was promised, each thing once", async () => {
  const { slack, workspaceOf } = notified;
  const workspace = await workspaceOf("fourteen", "{ channels: [file, slack], remind: 2, digest: weekly }");
  const env = { SLACK_WEBHOOK_URL: slack.webhook };
  const few = ["--set", "gates.row_count=9999"];
  const others = ["--set", "gates.row_count=8000"];
  // Monday, 2026-11-02, and the two weeks from there.
  const plan: readonly (readonly string[])[] = [[], [], few, few, few, few, [], [], others, [], [], [], [], []];
  for (const [index, words] of plan.entries()) {
    const night = addDays("2026-11-02", index);
    const { exitCode, stderr } = await churn(workspace, ["run-all", "--date", night, "--quiet", ...words], env);
    expect(exitCode, `${night}: ${stderr}`).toBe(words.length === 0 ? 0 : 3);
    if (index === 0)
      expect(await churn(workspace, ["promote", "--version", "1", "--yes"], env)).toMatchObject({ exitCode: 0 });
  }
  const heard = slack.taken
    .filter(({ blocks }) => JSON.stringify(blocks).includes(workspace))
    .map(({ text }) => text.split("\n")[0]);
  expect(heard).toEqual([
    expect.stringContaining("New churn model registered!"),
    expect.stringContaining("Version 1 of churn-model is in production."),
    // One message a week: the nights after it that have nothing to say wait for the next.
    expect.stringContaining("No new model on 1 night, 2026-11-03."),
    expect.stringContaining("Churn training failed at validate, night of 2026-11-04"),
    expect.stringContaining("Churn training failed at validate, night of 2026-11-06"),
    expect.stringContaining("no new model registered"),
    // The same gate at another limit is the same failure, in a series of its own.
    expect.stringContaining("Churn training failed at validate, night of 2026-11-10"),
    expect.stringContaining("no new model registered"),
  ]);
});

/** Where secrets are planted, and each form in which one would have got through. */
const secrets = {
  slack: "T0PLANTED/B0PLANTED/plantedOfSlack0",
  password: mailUser.password,
  hook: "planted-of-the-hook-0123",
  signature: "planted of signatures/0123",
  beat: "planted-of-the-beat-0123",
};
const traces = Object.values(secrets).flatMap((value) => [
  value,
  encodeURIComponent(value),
  JSON.stringify(value).slice(1, -1),
  Buffer.from(value).toString("base64"),
  Buffer.from(`\0${mailUser.user}\0${value}`).toString("base64"),
]);

/** A query that the database refuses with the words of a customer's id. */
const failingCast =
  "SELECT * REPLACE (CAST(customer_id AS INTEGER) AS tenure_months) FROM customers WHERE snapshot_date = {date}";

/** All that lies in a folder, as one text. */
async function textOf(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/\.(?:duckdb|parquet)$/.test(entry.name));
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "latin1")))).join("\n");
}

async function commandLines(): Promise<string> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")))).join("\n");
}

/** Servers that repeat all they are told, as some do. */
async function startEchoes(): Promise<{ hook: OddServer; beat: OddServer; slack: OddServer }> {
  const echo = (status: number) =>
    oddServer(({ target, headers, body }) => ({ status, body: `${target} ${JSON.stringify(headers)} ${body}` }));
  const [hook, beat, refusing] = await Promise.all([echo(200), echo(200), echo(403)]);
  return { hook, beat, slack: refusing };
}

test("no secret of a channel is kept, shown or in a command line, and no customer's id is sent", async () => {
  const { mail, workspaceOf } = notified;
  const workspace = await workspaceOf(
    "planted",
    `{ channels: [terminal, file, slack, email, webhook], email: { from: churn@company.com, to: [planted@company.com], smtp: { host: localhost, port: ${mail.ports.starttls}, user: ${mailUser.user} } } }`,
  );
  const echoes = await startEchoes();
  try {
    const env = {
      SLACK_WEBHOOK_URL: `${echoes.slack.url}/services/${secrets.slack}`,
      SMTP_PASSWORD: secrets.password,
      NODE_EXTRA_CA_CERTS: mail.certificates.ca,
      NOTIFY_WEBHOOK_URL: `${echoes.hook.url}/${secrets.hook}`,
      NOTIFY_WEBHOOK_SECRET: secrets.signature,
      HEARTBEAT_URL: `${echoes.beat.url}/${secrets.beat}`,
    };
    const ends: Ended[] = [];
    let seen = "";
    for (const words of [[], ["--set", `source.query=${failingCast}`]]) {
      const night = start(
        workspace,
        ["run-all", "--date", words.length === 0 ? lastDay : addDays(lastDay, -1), ...words],
        env,
      );
      let isOver = false;
      void night.ended.then(() => {
        isOver = true;
      });
      while (!isOver) {
        seen += await commandLines();
        await sleep(50);
      }
      ends.push(await night.ended);
    }
    ends.push(await churn(workspace, ["message", "test"], env), await churn(workspace, ["message", "show"], env));
    const [good, bad, tested] = ends;
    // All is done, and Slack refuses it.
    expect([good?.exitCode, tested?.exitCode]).toEqual([5, 5]);
    expect(good?.stderr).toMatch(/slack has not been told of the night of .*403/);
    const shown = ends.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join("\n");
    for (const trace of traces)
      for (const [where, text] of Object.entries({ shown, seen, kept: await textOf(workspace) }))
        expect(text.includes(trace), `${trace} is ${where}`).toBe(false);

    // The database has quoted a customer on this machine, and the channels were told that the night failed.
    const [id = "nobody"] =
      /\bC?\d{4,}(?:-[A-Z]{5})?\b/.exec(/(?:string|value) '([^']+)'/.exec(bad?.stderr ?? "")?.[1] ?? "") ?? [];
    expect(bad?.stderr, "it was to fail by a customer").toContain(id);
    const mails = (await mail.mails()).filter(({ envelope }) => envelope.to.includes("planted@company.com"));
    expect(mails.map(({ parts }) => parts.length)).toEqual([2, 2, 2]);
    const sent = [
      ...[echoes.hook, echoes.beat, echoes.slack].flatMap((server) => server.seen.map(({ body }) => body)),
      JSON.stringify(mails),
    ].join("\n");
    expect(sent).toContain("Churn training failed at extract");
    expect(sent).not.toContain(id);
    // start, the exit code; of each run the same id.
    const beats = echoes.beat.seen.map(({ target }) => target.replace(`/${secrets.beat}`, "").replace(/\?rid=.*/, ""));
    expect(beats).toEqual(["/start", "/5", "/start", `/${bad?.exitCode}`]);
    const ids = echoes.beat.seen.map(({ target }) => target.split("rid=")[1]);
    expect([ids[0] === ids[1], ids[2] === ids[3], new Set(ids).size]).toEqual([true, true, 2]);
  } finally {
    for (const server of Object.values(echoes)) await server[Symbol.asyncDispose]();
  }
});
