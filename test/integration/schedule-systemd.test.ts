import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { nextRun } from "../../src/lib/schedule/next-run.ts";
import { type Units, unitsOf } from "../../src/lib/schedule/units.ts";
import { spelledTimezone } from "../../src/lib/workspace/timezone.ts";
import { churn, program, test } from "../support/churn.ts";
import { least } from "../support/config-workspace.ts";
import { present } from "./support/present.ts";

/** Of 10, for a service that is closed off: systemd's own ones of the network have about 2. */
const MOST_EXPOSED = 25;

async function analyze(folder: string, ...words: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa("systemd-analyze", words, {
    cwd: folder,
    env: { TZ: "UTC" },
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

/** Writes units as their files; the analyzer finds the one by the other's name. */
async function written(folder: string, units: Units): Promise<string[]> {
  const files = [units.service, units.timer].map(({ path, text }) => ({ file: join(folder, basename(path)), text }));
  for (const { file, text } of files) await writeFile(file, text);
  return files.map(({ file }) => file);
}

function unitsIn(root: string, { timezone = "Europe/Berlin", home = "/home/maria" } = {}): Units {
  const config = configSchema.parse({ ...parse(least), timezone });
  const start = { node: process.execPath, program, root, variables: { PATH: `${root}/bin:/usr/bin`, X: root } };
  return unitsOf({ start, user: "root", home, folders: [root, `${root} 2`], config });
}

describe.runIf(await present("systemd-analyze"))("systemd", () => {
  test("has nothing to say about what churn schedule prints", async ({ workspace }) => {
    for (const unit of ["service", "timer"]) {
      const { stdout, exitCode } = await churn(workspace, ["schedule", "print", `--${unit}`]);
      expect(exitCode).toBe(0);
      await writeFile(join(workspace, `churn-x.${unit}`), `${stdout}\n`);
    }
    const files = ["service", "timer"].map((unit) => join(workspace, `churn-x.${unit}`));
    expect(await analyze(workspace, "verify", ...files)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test.for(["/srv/churn", '/srv/a b 100%/it\'s "%h" \\$HOME $X\\', "/home/maria/é"])(
    "has nothing to say about units for %s",
    async (root, { folder }) => {
      const files = await written(folder, unitsIn(root));
      expect(await analyze(folder, "verify", ...files)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    },
  );

  test.for(["/var/lib/churn", "/home/maria"])(
    "finds the service closed off, where the home folder is %s",
    async (home, { folder }) => {
      const [service = ""] = await written(folder, unitsIn("/srv/churn", { home }));
      const options = ["--offline=true", "--no-pager", `--threshold=${MOST_EXPOSED}`];
      const { exitCode, stdout } = await analyze(folder, "security", ...options, service);
      expect(stdout).toMatch(/Overall exposure level for \S+: [0-2]\.\d OK/);
      expect(exitCode).toBe(0);
    },
  );

  test.for([
    ["Europe/Berlin", "06:00"],
    ["Europe/Berlin", "02:30"],
    ["america/new_york", "01:30"],
    ["Asia/Kolkata", "23:59"],
    ["Australia/Lord_Howe", "02:15"],
    ["Africa/Cairo", "00:00"],
    ["utc", "00:00"],
  ] as const)(
    "begins a night in %s at %s when nextRun says so, through both changes of the clocks",
    async ([zone, at], { folder }) => {
      const starts = ["2026-11-23T12:00:00Z", "2027-03-12T12:00:00Z", "2027-03-26T23:00:00Z", "2027-10-29T12:00:00Z"];
      for (const start of [...starts, "2027-11-05T12:00:00Z", "2027-04-28T12:00:00Z"]) {
        const calendar = `*-*-* ${at}:00 ${spelledTimezone(zone)}`;
        const base = `--base-time=${start.replace("T", " ").replace("Z", " UTC")}`;
        const { stdout } = await analyze(folder, "calendar", "--iterations=4", base, calendar);
        const elapses = [...stdout.matchAll(/(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ ([\d-]+) ([\d:]+) UTC/g)];
        const said = new Set(elapses.map(([, date, time]) => `${date}T${time}.000Z`));
        const own: string[] = [];
        for (let now = new Date(start); own.length < 4; ) {
          now = nextRun({ at, zone, by: "timer" }, now);
          own.push(now.toISOString());
        }
        expect([...said], start).toEqual(own);
      }
    },
  );
});
