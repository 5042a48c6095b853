import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type * as z from "zod";
import { schedule } from "../../src/commands/schedule.ts";
import { unitName } from "../../src/lib/schedule/units.ts";
import { clockTimezone, momentOf } from "../../src/lib/workspace/timezone.ts";
import { userName } from "../../src/lib/workspace/user.ts";
import { least } from "../support/config-workspace.ts";
import { fakeCrontab } from "../support/fake-crontab.ts";
import { test } from "../support/folder.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

const zone = clockTimezone() ?? "UTC";
const user = userName();

interface Given {
  readonly flags?: z.input<typeof schedule.flags>;
  readonly answers?: readonly string[];
  readonly json?: boolean;
  readonly yaml?: string;
  /** for PATH: where crontab is found */
  readonly bin: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly overrides?: readonly string[];
}

/** Runs `churn schedule WHAT` in a workspace. */
async function run(
  folder: string,
  what: "print" | "install" | "remove",
  { flags, answers, json = false, yaml = `timezone: ${zone}\n`, bin, env, overrides = [] }: Given,
) {
  await writeFile(join(folder, "churn.yaml"), `${least}${yaml}`);
  const { terminal, ...heard } = quietTerminal(answers);
  const context = {
    ...contextIn(folder, terminal, { json }),
    now: momentOf(zone, "2026-11-23", "12:00"),
    program: "/opt/churn/bin/churn",
    commands: ["schedule"],
    env: { PATH: `${bin}:/usr/bin:/bin`, ...env },
    overrides,
  };
  await schedule.run(context, schedule.flags.parse({ what, ...flags }));
  return heard;
}

/** The workspace's block, as it stands in a crontab. */
const block = (folder: string, time = "0 6") => [
  `# >>> churn schedule of ${folder}`,
  `${time} * * * /usr/bin/env PATH=/usr/local/bin:/usr/bin:/bin ${process.execPath} /opt/churn/bin/churn -C ${folder} run-all --wait-lock 30m --quiet`,
  `# <<< churn schedule of ${folder}`,
];
/** Whether a daemon runs and a mail program is there is this machine's affair. */
const MACHINE = /^warning {2}no cron daemon|^mail |^ {7}the log has it/;
const own = (said: readonly string[]) => said.filter((line) => !MACHINE.test(line));

describe("print", () => {
  test("shows the crontab's lines and both units, and says of each where it belongs", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    const { printed, said } = await run(folder, "print", { bin });
    const name = unitName(folder);
    expect(printed.slice(0, 3)).toEqual(block(folder));
    expect(printed[4]).toBe(`# /etc/systemd/system/${name}.service`);
    expect(printed).toContain(`# /etc/systemd/system/${name}.timer`);
    expect(printed).toContain(`OnCalendar=*-*-* 06:00:00 ${zone}`);
    expect(own(said)).toEqual([
      "which  one of the two: a timer makes up for a time when the machine was off,",
      "       cron doesn't",
      `where  the crontab of ${user}, where churn schedule install puts it`,
      `when   every day at 06:00 (${zone}), next on 2026-11-24`,
      "where  two files of systemd's, put there by root:",
      `         churn -C ${folder} schedule print --service | sudo tee /etc/systemd/system/${name}.service`,
      `         churn -C ${folder} schedule print --timer | sudo tee /etc/systemd/system/${name}.timer`,
      "         sudo systemctl daemon-reload",
      `         sudo systemctl enable --now ${name}.timer`,
      `when   every day at 06:00 (${zone}), next on 2026-11-24`,
      `log    journalctl -u ${name}.service`,
    ]);
    expect(existsSync(table)).toBe(false);
  });

  test("shows one of them, and a unit as its file is", async ({ folder }) => {
    const { bin } = await fakeCrontab(folder);
    expect((await run(folder, "print", { bin, flags: { cron: true } })).printed).toEqual(block(folder));
    const service = (await run(folder, "print", { bin, flags: { service: true } })).printed;
    const timer = (await run(folder, "print", { bin, flags: { timer: true } })).printed;
    expect([service[0], timer[0]]).toEqual(["[Unit]", "[Unit]"]);
    const name = unitName(folder);
    const both = (await run(folder, "print", { bin, flags: { systemd: true } })).printed;
    expect(both).toEqual([
      ...[`# /etc/systemd/system/${name}.service`, ...service, ""],
      ...[`# /etc/systemd/system/${name}.timer`, ...timer],
    ]);
  });

  test("--json has all of it", async ({ folder }) => {
    const { bin } = await fakeCrontab(folder);
    const { printed } = await run(folder, "print", { bin, json: true });
    const [json = ""] = printed;
    expect(JSON.parse(json)).toMatchObject({
      schema_version: 1,
      workspace: folder,
      at: "06:00",
      timezone: zone,
      cron: { user, at: "06:00", timezone: clockTimezone() ?? null, text: `${block(folder).join("\n")}\n` },
      systemd: { timer: { path: `/etc/systemd/system/${unitName(folder)}.timer` } },
    });
    const timer = JSON.parse((await run(folder, "print", { bin, json: true, flags: { timer: true } })).printed.join());
    expect(timer).toMatchObject({ cron: null, systemd: { next_run: expect.stringMatching(/Z$/) } });
  });

  test("where no crontab line can keep to the time, it says so and shows the timer", async ({ folder }) => {
    const { bin } = await fakeCrontab(folder);
    // One of the two has no summer time, or has it on other days than this machine.
    const other = zone === "America/New_York" ? "Europe/Berlin" : "America/New_York";
    const yaml = `timezone: ${other}\n`;
    const { printed, said } = await run(folder, "print", { bin, yaml });
    expect(printed).toContain(`OnCalendar=*-*-* 06:00:00 ${other}`);
    expect(printed.join()).not.toContain("churn schedule of");
    expect(said.join(" ")).toMatch(/warning +no line for cron: cron goes by this machine's clock/);
    const refusal = { exitCode: 2, message: expect.stringContaining(`06:00 in ${other} is`) };
    await expect(run(folder, "print", { bin, yaml, flags: { cron: true } })).rejects.toMatchObject(refusal);
    await expect(run(folder, "install", { bin, yaml, flags: { yes: true } })).rejects.toMatchObject(refusal);
  });

  test("says what makes a night other than it is by hand", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    await writeFile(table, `MAILTO=""\n0 6 * * * churn -C ${folder} run-all --quiet\n`);
    const { said } = await run(folder, "print", {
      bin,
      env: { CHURN_TRAIN_ROUNDS: "5", CHURN_STORE: `${folder}/../elsewhere` },
      overrides: ["schedule.at=02:30", "train.threads=1"],
    });
    const text = said.map((line) => line.trim()).join(" ");
    expect(text).toContain(
      "no scheduler knows of what is said here alone: CHURN_STORE, CHURN_TRAIN_ROUNDS and --set train.threads",
    );
    expect(text).toContain("the crontab has another line that starts these nights: 0 6 * * * churn -C");
    expect(text).toContain("MAILTO is empty in this crontab: what a failure prints is thrown away");
    expect(text).toContain("elsewhere has to be there before the service starts: mkdir -p makes it");
  });
});

describe("the watchdog", () => {
  const yaml = `timezone: ${zone}\nwatchdog: { by: "08:30" }\n`;
  const withWatchdog = (folder: string) => {
    const [begin = "", line = "", end = ""] = block(folder);
    const own = line.replace("0 6 *", "35 8 *").replace(/run-all .*$/, "watchdog --quiet");
    return [begin, line, own, end];
  };

  test("that churn.yaml asks for has a line below the night's, and two units of its own", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    const cron = await run(folder, "print", { bin, yaml, flags: { cron: true } });
    expect(cron.printed).toEqual(withWatchdog(folder));
    expect(cron.said).toContain(`watch  churn watchdog looks every day at 08:35 (${zone})`);
    const name = unitName(folder);
    const { printed, said } = await run(folder, "print", { bin, yaml, flags: { systemd: true } });
    expect(printed.filter((line) => line.startsWith("# "))).toEqual(
      [`${name}.service`, `${name}.timer`, `${name}-watchdog.service`, `${name}-watchdog.timer`].map(
        (file) => `# /etc/systemd/system/${file}`,
      ),
    );
    expect(said.map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        "where  four files of systemd's, put there by root:",
        `churn -C ${folder} schedule print --timer --watchdog | sudo tee /etc/systemd/system/${name}-watchdog.timer`,
        `sudo systemctl enable --now ${name}.timer ${name}-watchdog.timer`,
      ]),
    );
    const timer = await run(folder, "print", { bin, yaml, flags: { timer: true, watchdog: true } });
    expect(timer.printed).toContain(`OnCalendar=*-*-* 08:35:00 ${zone}`);
    const json = JSON.parse((await run(folder, "print", { bin, yaml, json: true })).printed.join());
    expect(json).toMatchObject({
      cron: { watchdog_at: "08:35" },
      systemd: { watchdog: { timer: { path: `/etc/systemd/system/${name}-watchdog.timer` } } },
    });

    await run(folder, "install", { bin, yaml, flags: { yes: true } });
    expect((await readFile(table, "utf8")).trimEnd().split("\n")).toEqual(withWatchdog(folder));
    // Asked for no more, it goes; the night's line stays.
    await run(folder, "install", { bin, flags: { yes: true } });
    expect((await readFile(table, "utf8")).trimEnd().split("\n")).toEqual(block(folder));
  });

  test("that nobody asks for has no units", async ({ folder }) => {
    const { bin } = await fakeCrontab(folder);
    await expect(run(folder, "print", { bin, flags: { service: true, watchdog: true } })).rejects.toMatchObject({
      exitCode: 2,
      message: "churn.yaml asks for no watchdog",
      hint: 'watchdog: { by: "09:00" } in churn.yaml does',
    });
  });
});

describe("install", () => {
  test("shows what it would put there, asks, and leaves all as it is without a yes", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    const { printed, said, questions } = await run(folder, "install", { bin, answers: ["n"] });
    expect(own(said)).toEqual([
      `This goes into the crontab of ${user}:`,
      `  + ${block(folder)[1]}`,
      `when   every day at 06:00 (${zone}), next on 2026-11-24`,
      "nothing was changed",
    ]);
    expect(questions).toEqual(["Go on? [y/N] "]);
    expect(printed).toEqual([]);
    expect(existsSync(table)).toBe(false);
  });

  test("puts its lines behind all others, which stay byte for byte; twice is once", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    const foreign = Buffer.from("# \xfcber alles\nMAILTO=maria\n0 5 * * * backup \\% \n\n", "latin1");
    await writeFile(table, foreign);
    const { printed } = await run(folder, "install", { bin, answers: ["y"] });
    expect(printed.join(" ")).toBe(
      `the crontab of ${user} starts the night now: every day at 06:00 (${zone}), next on 2026-11-24`,
    );
    const after = await readFile(table);
    expect(after).toEqual(Buffer.concat([foreign, Buffer.from(`${block(folder).join("\n")}\n`)]));
    const again = await run(folder, "install", { bin });
    expect(again.printed.join(" ")).toContain(`starts the night already: every day at 06:00 (${zone})`);
    expect(again.questions).toEqual([]);
    expect(await readFile(table)).toEqual(after);
    await run(folder, "remove", { bin, flags: { yes: true } });
    expect(await readFile(table)).toEqual(foreign);
  });

  test("changes the line where the time has changed", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    await run(folder, "install", { bin, flags: { yes: true } });
    const { said } = await run(folder, "install", {
      bin,
      flags: { yes: true },
      yaml: `timezone: ${zone}\nschedule: { at: "22:05" }\n`,
    });
    expect(own(said).slice(0, 3)).toEqual([
      `This changes in the crontab of ${user}:`,
      `  - ${block(folder)[1]}`,
      `  + ${block(folder, "5 22")[1]}`,
    ]);
    expect(await readFile(table, "utf8")).toBe(`${block(folder, "5 22").join("\n")}\n`);
  });

  test("without a terminal it wants --yes; --json says what is there then", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    await expect(run(folder, "install", { bin })).rejects.toMatchObject({
      message: "schedule install asks before it changes the crontab, and there is no terminal to ask on",
      hint: "churn schedule install --yes",
    });
    expect(existsSync(table)).toBe(false);
    const json = async (what: "install" | "remove", flags = { yes: true }, answers?: string[]) =>
      JSON.parse((await run(folder, what, { bin, json: true, flags, ...(answers && { answers }) })).printed.join());
    const [, line] = block(folder);
    const there = { schema_version: 1, workspace: folder, user, lines: [line], next_run: expect.stringMatching(/Z$/) };
    expect(await json("install", { yes: false }, ["n"])).toMatchObject({ changed: false, lines: [], next_run: null });
    expect(await json("install")).toMatchObject({ ...there, action: "install", changed: true });
    expect(await json("install")).toMatchObject({ ...there, action: "install", changed: false });
    expect(await json("remove")).toMatchObject({ action: "remove", changed: true, lines: [], next_run: null });
    expect(await json("remove")).toMatchObject({ action: "remove", changed: false, lines: [] });
  });

  test("two workspaces that install theirs at once both stand there", async ({ folder }) => {
    // Time enough between reading and writing for the other one.
    const { bin, table } = await fakeCrontab(folder, "sleep 0.1");
    const folders = ["one", "two", "three"].map((name) => join(folder, name));
    for (const one of folders) await mkdir(one);
    await Promise.all(folders.map((one) => run(one, "install", { bin, flags: { yes: true } })));
    const lines = (await readFile(table, "utf8")).split("\n");
    for (const one of folders) expect(lines).toEqual(expect.arrayContaining(block(one)));
  });

  test("a crontab that shows something else afterwards", async ({ folder }) => {
    const { bin } = await fakeCrontab(
      folder,
      '[ "$1" = - ] && { cat > /dev/null; echo "0 5 * * * x" > "$table"; exit 0; }',
    );
    await expect(run(folder, "install", { bin, flags: { yes: true } })).rejects.toMatchObject({
      exitCode: 5,
      message: "crontab took the new table, and shows another one",
      hint: "crontab -l shows what stands there",
    });
  });
});

describe("remove", () => {
  test("shows what it takes away, asks, and keeps the rest", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    await run(folder, "install", { bin, flags: { yes: true } });
    const refused = await run(folder, "remove", { bin, answers: [""] });
    expect(own(refused.said)).toEqual([
      `This leaves the crontab of ${user}:`,
      `  - ${block(folder)[1]}`,
      "nothing was changed",
    ]);
    expect(existsSync(table)).toBe(true);
    const { printed } = await run(folder, "remove", { bin, answers: ["yes"] });
    expect(printed.join(" ")).toBe(`the crontab of ${user} starts this workspace's nights no more`);
    expect(existsSync(table)).toBe(false);
  });

  test("where there is nothing, it says so", async ({ folder }) => {
    const { bin } = await fakeCrontab(folder);
    const nothing = `the crontab of ${user} has no line of churn's for this workspace`;
    expect((await run(folder, "remove", { bin })).printed.join(" ")).toBe(nothing);
  });

  test("says of a line that a person wrote that it stays", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    await writeFile(table, `0 6 * * * churn -C ${folder} run-all\n`);
    const { said } = await run(folder, "remove", { bin });
    expect(said.map((line) => line.trim()).join(" ")).toContain(
      "a line that isn't churn's own starts these nights, and stays",
    );
  });
});
