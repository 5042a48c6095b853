import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { statusFormat } from "../../src/lib/status/format.ts";
import { watchdogFormat } from "../../src/lib/watchdog/report.ts";
import { whyFormat } from "../../src/lib/why/format.ts";
import { addDays, today } from "../../src/lib/workspace/night.ts";
import { churn } from "../support/churn.ts";
import { complaint, succeeds, workspaceAfter } from "../support/mistake.ts";
import { oddServer } from "../support/odd-server.ts";

const test = workspaceAfter();

/** cron's line, wherever this machine is. */
const cronLine = ["run-all", "--quiet"];
const utc = { CHURN_TIMEZONE: "UTC", TZ: "UTC" };
const TODAY = today("UTC", new Date());
const refusedIn = (workspace: string) => readLedgerFile(workspace)?.events ?? [];

const mistakes = {
  "a section that there isn't": (root: string) => appendFile(join(root, "churn.yaml"), "\nnosuch: 1\n"),
  "what is no YAML": (root: string) => appendFile(join(root, "churn.yaml"), "\n]\n"),
  "a limit for no stage": (root: string) => appendFile(join(root, "churn.yaml"), "\nrun: { stages: { nosuch: 1h } }\n"),
  "a .env that others can read": (root: string) => writeFile(join(root, ".env"), "PGPASSWORD=x\n", { mode: 0o644 }),
};

test.for(Object.keys(mistakes) as (keyof typeof mistakes)[])(
  "a start that is refused for %s is told in the ledger, with its night, and to the heartbeat",
  async (mistake, { workspace }) => {
    await using heartbeat = await oddServer(() => ({ body: "OK" }));
    await mistakes[mistake](workspace);
    const ended = await churn(workspace, cronLine, { ...utc, HEARTBEAT_URL: `${heartbeat.url}/check` });
    const { exitCode, error, next } = complaint(ended);
    expect(exitCode).toBe(2);
    expect(next.at(-1), "a mail's command means that day").toMatch(`churn run-all --date ${TODAY}`);
    expect(refusedIn(workspace)).toMatchObject([
      { event: "run_refused", run: null, night: TODAY, exit_code: 2, reason: error, command: ["churn", ...cronLine] },
    ]);
    expect(heartbeat.seen.map(({ target }) => target)).toEqual([expect.stringMatching(/^\/check\/2\b/)]);
  },
);

test("once it is mended, status and why say that the night was refused, and not that nothing was started", async ({
  workspace,
}) => {
  const yesterday = ["--date", "yesterday", "--set", "run.stages={nosuch: 1h}"];
  expect(complaint(await churn(workspace, [...cronLine, ...yesterday], utc)).exitCode).toBe(2);
  const night = addDays(TODAY, -1);
  expect(refusedIn(workspace)).toMatchObject([{ event: "run_refused", night }]);
  const jsonOf = async (...words: string[]) => JSON.parse((await churn(workspace, [...words, "--json"], utc)).stdout);
  const { nights } = statusFormat.read(await jsonOf("status"), "status");
  expect(nights.find(({ date }) => date === night)).toMatchObject({ outcome: "failed", exit_code: 2 });
  expect(whyFormat.read(await jsonOf("why", "yesterday"), "why")).toMatchObject({
    date: night,
    outcome: "failed",
    starts: 1,
  });
});

test("the watchdog looks all the same, by what is right, and tells that no run can begin", async ({ workspace }) => {
  await succeeds(workspace, ["config"]);
  const file = join(workspace, "churn.yaml");
  const sound = await readFile(file, "utf8");
  await writeFile(file, `${sound}\nnosuch: 1\n`);
  const watch = async () => {
    const { exitCode, stdout, stderr } = await churn(workspace, ["watchdog", "--json"], utc);
    if (stdout === "") throw new Error(stderr);
    return { exitCode, report: watchdogFormat.read(JSON.parse(stdout), "watchdog") };
  };
  const first = await watch();
  expect(first.exitCode).toBe(5);
  expect(first.report.findings).toContainEqual(
    expect.objectContaining({
      what: "unseen",
      subject: "configuration",
      text: expect.stringMatching(/^no run can begin, and what goes by it can't be seen: churn\.yaml line \d+: /),
      next: "churn doctor",
      is_new: true,
    }),
  );
  expect(first.report.told).toContainEqual(expect.objectContaining({ channel: "file", outcome: "sent" }));
  await writeFile(file, sound);
  const { report } = await watch();
  expect(report.cleared).toContainEqual(expect.objectContaining({ what: "unseen", subject: "configuration" }));

  await writeFile(file, `${sound}\n]\n`);
  expect(complaint(await churn(workspace, ["watchdog"], utc)).exitCode, "where nothing is known to be right").toBe(2);
});
