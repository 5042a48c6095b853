import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addDays } from "../../src/lib/workspace/night.ts";
import { clockTimezone, wallClock } from "../../src/lib/workspace/timezone.ts";
import { type CronMachine, canHaveCron, cronMachine, MARIA } from "./support/cron-machine.ts";

/** The paths have what shells, crontabs and marks stumble over. */
const WORKSPACE = `${MARIA.home}/a b 100%/it's \\%é`;
const OTHER = `${MARIA.home}/other`;
const FOREIGN = '# über alles: 100%\nMAILTO=""\n17 3 * * 1 test -x /usr/bin/true \\% || true\n\n';
const zone = clockTimezone() ?? "UTC";

/** The next minute that the machine's clock shows, and with it time to put a line there. */
function nextMinute(): string {
  return wallClock(zone, new Date(Date.now() + 75_000)).time.slice(0, 5);
}

describe.runIf(await canHaveCron())("Debian's cron", () => {
  let machine: CronMachine;
  const schedule = (what: string, root = WORKSPACE, ...words: string[]) =>
    machine.churn(["-C", root, "schedule", what, ...words]);
  const crontab = async () => (await machine.run(["crontab", "-l"])).stdout;

  beforeAll(async () => {
    machine = await cronMachine();
    const made = await machine.churn(["-C", WORKSPACE, "init", "--sample"]);
    expect(made.exitCode, made.stderr).toBe(0);
    await machine.churn(["-C", OTHER, "init"]);
  });
  afterAll(async () => await machine[Symbol.asyncDispose]());

  test("a user without a crontab has none again once the line is removed", async () => {
    expect(await machine.run(["crontab", "-l"])).toMatchObject({ exitCode: 1 });
    expect(await schedule("install", WORKSPACE, "--yes")).toMatchObject({ exitCode: 0 });
    expect(await crontab()).toMatch(/^# >>> churn schedule of .*\n0 6 \* \* \* .*\n# <<< churn schedule of .*\n$/);
    expect(await schedule("remove", WORKSPACE, "--yes")).toMatchObject({ exitCode: 0 });
    expect(await machine.run(["crontab", "-l"])).toMatchObject({ exitCode: 1, stdout: "" });
  });

  test("other people's lines stay, two workspaces stand side by side, and twice is the same bytes", async () => {
    await machine.run(["crontab", "-"], { input: FOREIGN });
    for (const root of [WORKSPACE, OTHER])
      expect(await schedule("install", root, "--yes")).toMatchObject({ exitCode: 0 });
    const both = await crontab();
    expect(both.startsWith(FOREIGN)).toBe(true);
    for (const root of [WORKSPACE, OTHER]) {
      expect(await schedule("install", root, "--yes")).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining("already"),
      });
    }
    expect(await crontab()).toBe(both);
    await schedule("remove", WORKSPACE, "--yes");
    expect(await crontab()).toContain(`# >>> churn schedule of ${OTHER}\n`);
    await schedule("remove", OTHER, "--yes");
    expect(await crontab()).toBe(FOREIGN);
  });

  test("a user whom cron.allow leaves out", async () => {
    await machine.run(["sh", "-c", "echo root > /etc/cron.allow"], { asRoot: true });
    try {
      const refused = await schedule("install", WORKSPACE, "--yes");
      expect(refused).toMatchObject({ exitCode: 2 });
      expect(refused.stderr).toContain("are not allowed to use this program (crontab)");
      expect(refused.stderr).toContain("maria may not use crontab on this machine");
    } finally {
      await machine.run(["rm", "/etc/cron.allow"], { asRoot: true });
    }
  });

  test("a path that is too long for its line is refused before crontab would", async () => {
    const long = `${MARIA.home}/${"long/".repeat(180)}`;
    await machine.churn(["-C", long, "init"]);
    const refused = await schedule("install", long, "--yes");
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toMatch(/the line for cron would have \d+ bytes behind its time, and cron takes 998/);
    // And the longest that is taken is one that cron takes.
    const room = 998 - Number(/would have (\d+) bytes/.exec(refused.stderr)?.[1]) + long.length - 1;
    const fits = long.slice(0, room);
    await machine.churn(["-C", fits, "init"]);
    const installed = await schedule("install", fits, "--yes");
    expect(installed.exitCode, installed.stderr).toBe(0);
    await schedule("remove", fits, "--yes");
  });

  test("a line that was put there starts the night, once, with cron's empty environment", async () => {
    const at = nextMinute();
    const yaml = `${WORKSPACE}/churn.yaml`;
    await machine.run(["tee", "-a", yaml], { input: `schedule: { at: "${at}" }\n` });
    expect(await schedule("install", WORKSPACE, "--yes")).toMatchObject({ exitCode: 0 });
    machine.startCron();
    const log = `find '${WORKSPACE.replaceAll("'", "'\\''")}/logs' -name '*.jsonl' 2>/dev/null | xargs -d '\\n' cat 2>/dev/null`;
    let lines = "";
    for (const end = Date.now() + 200_000; Date.now() < end && !lines.includes('"run ends"'); await sleep(500))
      lines = (await machine.run(["sh", "-c", log])).stdout;
    const starts = () => lines.split("\n").filter((line) => line.includes('"run starts"'));
    expect(starts()).toHaveLength(1);
    expect(starts()[0]).toContain(
      `"command":["churn","-C",${JSON.stringify(WORKSPACE)},"run-all","--wait-lock","30m","--quiet"]`,
    );
    const started = new Date(/"time":"([^"]+)"/.exec(starts()[0] ?? "")?.[1] ?? "");
    expect(wallClock(zone, started).time.slice(0, 5)).toBe(at);

    const night = wallClock(zone, started).date;
    const decided = await machine.churn(["-C", WORKSPACE, "run-all", "--date", night]);
    expect(decided.stdout).toMatch(/^Night of .* was decided at .*: churn-model version 1 in Staging\. Nothing to do/);
    const files = await machine.run(["sh", "-c", `stat -c '%U %a' '${MARIA.home}/a b 100%'/*/logs/*/*`]);
    expect(files.stdout).toBe("maria 600\n");

    // Once it has begun, the next one is tomorrow's.
    const printed = await schedule("print", WORKSPACE, "--cron");
    expect(printed.stderr).toContain(`next on ${addDays(night, 1)}`);
    expect(printed.stderr).not.toContain("no cron daemon");
    expect(machine.daemonSaid()).not.toContain("bad");
  });
});
