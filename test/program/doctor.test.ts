import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import * as z from "zod";
import { doctorFormat, type Report } from "../../src/lib/doctor/report.ts";
import { clockTimezone } from "../../src/lib/workspace/timezone.ts";
import { churn, digests, type Ended, lastDay, program } from "../support/churn.ts";
import { fakeCrontab } from "../support/fake-crontab.ts";
import { succeeds, workspaceAfter } from "../support/mistake.ts";
import { oddServer } from "../support/odd-server.ts";

/** A night is decided, on the sample's last day. */
const test = workspaceAfter(["run-all", "--date", lastDay]);
const isRoot = process.getuid?.() === 0;

/** The screen, without what differs from machine to machine and time to time. */
function screen({ stdout }: Ended, workspace: string): string[] {
  return stdout
    .replaceAll(workspace, "WORKSPACE")
    .split("\n")
    .map((line) => line.replace(/^(. (?:Node|engine|disk|clock) +).*$/, "$1…").trimEnd())
    .filter((line) => !/^ {16}nights$/.test(line));
}

async function report(
  workspace: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Report> {
  const { stdout, stderr } = await churn(workspace, [...words, "doctor", "--json"], env);
  expect(stderr).toBe("");
  return doctorFormat.read(JSON.parse(stdout), "the report");
}

const findingsOf = ({ checks }: Report, name: string) => checks.find((check) => check.name === name)?.findings ?? [];

/** All there is in a folder: what each file holds, when it was changed, and by whom it may be read. */
async function stateOf(folder: string) {
  const names = await readdir(folder, { recursive: true });
  const states = names.sort().map(async (name) => {
    const { mode, mtimeMs, isDirectory } = await stat(join(folder, name)).then((found) => ({
      mode: found.mode,
      mtimeMs: found.mtimeMs,
      isDirectory: found.isDirectory(),
    }));
    // A folder's time tells of the file that was made there for a moment.
    return [name, mode, isDirectory ? 0 : mtimeMs];
  });
  return { files: await digests(folder), states: await Promise.all(states) };
}

test("a sound workspace: the screen, without a terminal and a colour, and nothing is changed", async ({
  workspace,
}) => {
  const before = await stateOf(workspace);
  const ended = await churn(workspace, ["doctor"]);
  expect(screen(ended, workspace)).toEqual([
    "✔ Node          …",
    "✔ configuration WORKSPACE/churn.yaml",
    "✔ secrets       none set; no .env",
    "✔ source        customers.duckdb, table customers: its table is right",
    expect.stringMatching(/^! {15}no snapshot for today, \S+, in customers.duckdb yet \(the$/),
    "                newest is 2026-11-22)",
    "                next  once it is there:",
    expect.stringMatching(/^ {22}churn run-all --date /),
    "✔ store         WORKSPACE takes files, 1 night",
    "✔ engine        …",
    "✔ MLflow        WORKSPACE/mlruns, a folder, experiment churn",
    "✔ registry      churn-model: nothing in production, version 1 is the candidate",
    "✔ messages      nothing is unsent",
    "✔ disk          …",
    "✔ clock         …",
    "✔ lock          free",
    "! schedule      nothing starts the nights here",
    "                next  churn schedule install puts a line into your crontab,",
    "                      churn schedule print --systemd shows a timer instead",
    "",
    "No problem, 2 warnings.",
  ]);
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ended.stdout).not.toContain("\u001b");
  expect(await stateOf(workspace)).toEqual(before);
});

test("a schedule that was installed is fine, one that no longer fits isn't", async ({ workspace, folder }) => {
  const { bin } = await fakeCrontab(folder);
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const config = join(workspace, "churn.yaml");
  const yaml = (await readFile(config, "utf8")).replace(/^timezone: \S+/m, `timezone: ${clockTimezone() ?? "UTC"}`);
  await writeFile(config, yaml);
  const found = async () => {
    const { stdout } = await churn(workspace, ["doctor", "--json"], env);
    const findings = findingsOf(doctorFormat.read(JSON.parse(stdout), "the report"), "schedule");
    // The machine of the tests need not have a daemon.
    return findings.filter(({ text }) => !text.startsWith("no cron daemon"));
  };
  expect(await churn(workspace, ["schedule", "install", "--yes"], env)).toMatchObject({ exitCode: 0 });
  expect(await found()).toMatchObject([{ state: "ok", text: expect.stringMatching(/^cron, 06:00 .+, next on /) }]);
  await writeFile(config, `${yaml}schedule: { at: "05:00" }\n`);
  expect(await found()).toMatchObject([
    { state: "ok" },
    { state: "warning", text: "the crontab's line starts a night at 06:00, and 05:00 is wanted" },
  ]);
});

test("the report is as its published schema says", async ({ workspace }) => {
  const { stdout } = await churn(workspace, ["doctor", "--json"]);
  const schema = JSON.parse(await readFile("docs/schemas/doctor.1.schema.json", "utf8"));
  expect(z.fromJSONSchema(schema).safeParse(JSON.parse(stdout)).error).toBeUndefined();
});

describe("the exit code", () => {
  test.for([
    [["--set", "source.table=clients"], 2, "extract"],
    [["--set", "tracking.uri=http://127.0.0.1:1"], 2, "start"],
    [["--set", "train.library=gone.so"], 2, "train"],
    [["--set", "train.roundz=4"], 2, "start"],
    [["--set", "notify.channels=[slack]"], 2, "notify"],
  ] as const)("%j", async ([words, code, stage], { workspace }) => {
    const ended = await churn(workspace, [...words, "doctor"]);
    expect(ended.exitCode).toBe(code);
    expect(await report(workspace, words)).toMatchObject({ exit_code: code, fails_at: stage });
    // The verdict is the last line, and no error follows it.
    expect(ended.stderr).toBe("");
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toMatch(
      /^\d problems?(?:, \d warnings?)?\. Tonight's run would /,
    );
  });

  test("is 4 for what was damaged, and 5 for a service that is down", async ({ workspace }) => {
    expect(
      await churn(workspace, ["--set", "notify.channels=[slack]", "doctor"], {
        SLACK_WEBHOOK_URL: "http://127.0.0.1:1/services/T/B/abcdefghijkl",
      }),
    ).toMatchObject({ exitCode: 5 });
    await writeFile(join(workspace, "workspace.json"), "{");
    const damaged = await report(workspace);
    expect(damaged).toMatchObject({ exit_code: 4, fails_at: "start" });
    // All that can be looked at without it is.
    expect(findingsOf(damaged, "store")).toMatchObject([{ state: "problem", exit_code: 4 }]);
    expect(findingsOf(damaged, "messages")).toMatchObject([{ state: "unknown" }]);
    for (const name of ["engine", "MLflow", "registry", "disk", "lock"])
      expect(findingsOf(damaged, name)).toMatchObject([{ state: "ok" }]);
  });
});

test("without a workspace what can be looked at is", async ({ folder }) => {
  const ended = await churn(folder, ["doctor"]);
  expect(ended.exitCode).toBe(2);
  expect(screen(ended, folder).filter((line) => !line.startsWith("·"))).toEqual([
    "✔ Node          …",
    "✖ configuration no churn.yaml in WORKSPACE or above",
    "                next  churn init",
    "✔ secrets       none set; no .env",
    "✔ disk          …",
    "✔ clock         …",
    "",
    "1 problem. Tonight's run would not start.",
  ]);
  expect(await readdir(folder)).toEqual([]);
});

test("a store that is gone", async ({ workspace }) => {
  await rm(join(workspace, "workspace.json"));
  await rm(join(workspace, "records"), { recursive: true });
  expect(findingsOf(await report(workspace), "store")).toMatchObject([
    { state: "problem", exit_code: 2, text: expect.stringContaining("(a new one), but this folder works with") },
  ]);
});

test("what a server says is shown as what it is, and moves no cursor", async ({ workspace }) => {
  const hostile = "\u001b[2J\u001b[1;1H✔ all is well\r\nmean\u202ewhile";
  await using server = await oddServer(() => ({ status: 400, body: { error_code: hostile, message: hostile } }));
  const ended = await churn(workspace, ["--set", `tracking.uri=${server.url}`, "doctor"]);
  expect(ended.stdout).toContain("all is well");
  expect(ended.stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(ended.exitCode).toBe(2);
});

test("no secret is shown, on the screen or to programs", async ({ workspace }) => {
  const secrets = {
    PGPASSWORD: "geheim-of-postgres",
    SLACK_BOT_TOKEN: "xoxb-1234567890-geheim",
    SMTP_PASSWORD: "geheim-of-mail",
    MLFLOW_TRACKING_TOKEN: "geheim-of-mlflow",
    HEARTBEAT_URL: "http://127.0.0.1:1/ping/geheim-5bf66975",
  };
  await using server = await oddServer(({ headers }) => ({ status: 500, body: JSON.stringify(headers) }));
  const words = [
    ...["--set", "source={url: 'postgres://me@127.0.0.1:1/shop', table: t}"],
    ...["--set", "notify.channels=[slack, email]", "--set", `tracking.uri=${server.url}`],
    ...["--set", "notify.email={from: a@b.c, to: [d@e.f], smtp: {host: 127.0.0.1, port: 1, user: me}}"],
  ];
  const env = { ...secrets, SLACK_API_URL: `${server.url}/api/` };
  for (const ended of [
    await churn(workspace, [...words, "doctor"], env),
    await churn(workspace, [...words, "doctor", "--json"], env),
  ]) {
    expect(ended.stdout).toContain("SLACK_BOT_TOKEN");
    expect(ended.stdout + ended.stderr).not.toContain("geheim");
  }
});

test.skipIf(!isRoot)("a workspace that can only be read, or is another user's", async ({ workspace, skip }) => {
  const nobody = 65534;
  const env = { HOME: "/nonexistent", PATH: "/usr/bin:/bin", TZ: "UTC" };
  const asNobody = async () => {
    const words = [
      "--reuid",
      String(nobody),
      "--regid",
      String(nobody),
      "--clear-groups",
      process.execPath,
      program,
      "-C",
      workspace,
      "doctor",
      "--json",
    ];
    const { stdout } = await promisify(execFile)("setpriv", words, { cwd: "/", env }).catch((error: unknown) =>
      z.object({ stdout: z.string() }).parse(error),
    );
    return stdout === "" ? undefined : doctorFormat.read(JSON.parse(stdout), "the report");
  };
  await chmod(workspace, 0o755);
  for (const name of await readdir(workspace, { recursive: true })) {
    const path = join(workspace, name);
    await chmod(path, (await stat(path)).isDirectory() ? 0o755 : 0o644);
  }
  const read = await asNobody();
  if (read === undefined) return skip("a program that others can't run");
  for (const name of ["store", "MLflow", "lock"])
    expect(findingsOf(read, name)).toMatchObject([
      { state: "problem", exit_code: 5, text: expect.stringContaining("permission denied") },
    ]);
  expect(findingsOf(read, "configuration")).toMatchObject([{ state: "ok" }]);

  await writeFile(join(workspace, ".env"), "A=1\n", { mode: 0o600 });
  expect(findingsOf((await asNobody()) ?? read, "secrets")).toMatchObject([
    { state: "problem", exit_code: 2, text: `${workspace}/.env can't be read: permission denied` },
  ]);
  await chown(join(workspace, ".env"), nobody, nobody);
  expect(findingsOf((await asNobody()) ?? read, "secrets")).toMatchObject([{ state: "ok" }]);
});

describe("--as-cron", () => {
  const shell = {
    CHURN_TRACKING_EXPERIMENT: "of-the-shell",
    SLACK_WEBHOOK_URL: "http://127.0.0.1:1/services/T/B/abcdefghijkl",
    SMTP_PASSWORD: "geheim-of-mail",
    EDITOR: "vi",
    TZ: "UTC",
  };

  test("names what only the shell has and a check needs, and what the two find", async ({ workspace }) => {
    const words = ["--set", "notify.channels=[slack]", "doctor", "--as-cron", "--json"];
    const ended = await churn(workspace, words, shell);
    const found = doctorFormat.read(JSON.parse(ended.stdout), "the report");
    expect(found.cron?.environment).toEqual({
      HOME: userInfo().homedir,
      LOGNAME: userInfo().username,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      SHELL: "/bin/sh",
    });
    expect(found.cron?.node).toBe(process.execPath);
    const missing = found.cron?.missing.map(({ variable }) => variable) ?? [];
    expect(missing).toEqual(
      expect.arrayContaining(["CHURN_TRACKING_EXPERIMENT", "SLACK_WEBHOOK_URL", "SMTP_PASSWORD"]),
    );
    expect(missing).not.toContain("EDITOR");
    const differs = Object.fromEntries((found.cron?.differs ?? []).map((one) => [one.name, one]));
    expect(differs.MLflow).toMatchObject({
      here: [{ state: "ok", text: expect.stringContaining("experiment of-the-shell") }],
      in_cron: [{ state: "ok", text: expect.stringContaining("experiment churn") }],
    });
    expect(differs.Slack).toMatchObject({
      here: [{ state: "problem", text: expect.stringContaining("can't be reached") }],
      in_cron: [{ state: "problem", text: expect.stringContaining("neither SLACK_BOT_TOKEN nor") }],
    });
    // What cron would find counts.
    expect(found).toMatchObject({ exit_code: 2, problems: 1, fails_at: "notify" });
    expect(found.warnings).toBeGreaterThanOrEqual(missing.length);
    expect(ended.exitCode).toBe(2);
    expect(ended.stdout).not.toContain("geheim");
  });

  test("what churn's line gives the night is there: the folder of source.command's program, and an own authority", async ({
    workspace,
    folder,
  }) => {
    const bin = join(folder, "rows");
    await mkdir(bin);
    await writeFile(join(bin, "getrows"), "#!/bin/sh\n", { mode: 0o755 });
    const env = { PATH: `${bin}:/usr/bin:/bin`, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
    await writeFile(env.NODE_EXTRA_CA_CERTS, "");
    const source = ["--set", `source=${JSON.stringify({ command: ["getrows"], format: "csv" })}`];
    const { stdout } = await churn(workspace, [...source, "doctor", "--as-cron", "--json"], env);
    const found = doctorFormat.read(JSON.parse(stdout), "the report");
    expect(found.cron?.environment).toMatchObject({
      PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
      NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS,
    });
    expect(findingsOf(found, "source").map(({ state }) => state)).not.toContain("problem");
    expect(found.fails_at).toBeNull();
  });

  test("what .env has is there for cron too", async ({ workspace }) => {
    await writeFile(join(workspace, ".env"), "SMTP_PASSWORD=geheim-of-mail\nCHURN_TRACKING_EXPERIMENT=of-the-shell\n", {
      mode: 0o600,
    });
    const { SLACK_WEBHOOK_URL: _, ...env } = shell;
    const { stdout, exitCode } = await churn(workspace, ["doctor", "--as-cron", "--json"], env);
    const found = doctorFormat.read(JSON.parse(stdout), "the report");
    expect(found.cron?.missing.map(({ variable }) => variable).filter((name) => name in shell)).toEqual([]);
    expect(found.cron?.differs.map(({ name }) => name)).not.toContain("MLflow");
    expect(exitCode).toBe(0);
  });

  test("for people: as cron would, then what differs, the verdict last; from any folder", async ({
    workspace,
    folder,
  }) => {
    await succeeds(workspace, ["config"]);
    const link = join(folder, "it's a link");
    await symlink(workspace, link);
    const { stdout, stderr, exitCode } = await churn(folder, ["-C", link, "doctor", "--as-cron"], shell);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.every((line) => [...line].length <= 80)).toBe(true);
    expect(lines[0]).toMatch(/^✔ Node +\d+\.\d+\.\d+/);
    expect(stdout).toContain(
      "!               SMTP_PASSWORD is set here, and cron won't have it\n                next  put it into .env (mode 0600)\n",
    );
    expect(stdout).toContain("In this shell, other than in cron's environment:\n");
    expect(lines.at(-1)).toMatch(/^No problem, \d+ warnings\.$/);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("without a workspace it says so", async ({ folder }) => {
    await mkdir(join(folder, "empty"));
    const { stdout, exitCode } = await churn(join(folder, "empty"), ["doctor", "--as-cron", "--json"]);
    expect(doctorFormat.read(JSON.parse(stdout), "the report")).toMatchObject({
      workspace: null,
      exit_code: 2,
      cron: { missing: [] },
    });
    expect(exitCode).toBe(2);
  });
});

test("a check that takes too long is given up, and the process ends", async ({ workspace }) => {
  await using silent = await oddServer(() => () => {});
  // Its own calls would be repeated for minutes.
  const { stdout, exitCode } = await churn(workspace, [
    "--set",
    `tracking.uri=${silent.url}`,
    "doctor",
    "--timeout",
    "3s",
  ]);
  expect(stdout).toContain("takes longer than 3 s");
  expect(exitCode).toBe(2);
});
