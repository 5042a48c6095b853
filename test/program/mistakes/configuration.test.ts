import { appendFile, chmod, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { churn, cronEnv, digests, lastDay, program } from "../../support/churn.ts";
import { complaint, refuses, replaceIn, succeeds, workspaceAfter } from "../../support/mistake.ts";

const test = workspaceAfter();
const sections =
  "timezone, dataset, source, store, s3, gates, transform, split, features, train, evaluate, compare, register, tracking, notify, run, retention, logs, schedule, watchdog";

describe("churn.yaml", () => {
  test("is a pipe, which nobody waits for", async ({ workspace }) => {
    const file = join(workspace, "churn.yaml");
    await rm(file);
    await execa("mkfifo", [file]);
    const refused = {
      exitCode: 2,
      error: `${file} is not a file`,
      next: ["move it away: a file of text belongs there"],
    };
    for (const words of [["run-all"], ["doctor"], ["config"], ["status"]]) {
      const ended = await churn(workspace, words);
      if (words[0] === "doctor")
        expect(ended).toMatchObject({ exitCode: 2, stdout: expect.stringContaining("is not a file") });
      else expect(complaint(ended)).toEqual(refused);
    }
  });

  test("is wrong, and what happened is told all the same", async ({ workspace }) => {
    await succeeds(workspace, ["run-all", "--date", lastDay]);
    const file = join(workspace, "churn.yaml");
    const sound = await readFile(file, "utf8");
    const told = [["status"], ["why", lastDay], ["why", "--version", "1"], ["logs"], ["history"], ["ls"]];
    const answers = new Map<string, string>();
    for (const words of told) answers.set(words.join(" "), (await succeeds(workspace, words)).stdout);
    await writeFile(file, `${sound}\nrun: { timeout: never }\n`);
    for (const words of told) {
      const { stdout, stderr } = await succeeds(workspace, words);
      expect(stderr).toMatch(
        /^warning {2}churn\.yaml line \d+.*; defaults stand for run; churn doctor shows all of it$/m,
      );
      expect(stdout, words.join(" ")).toBe(answers.get(words.join(" ")));
    }
    expect(await refuses(workspace, ["run-all", "--date", lastDay])).toMatchObject({ exitCode: 2 });
    await writeFile(file, `${sound}\n]`);
    for (const words of told) {
      const { stdout, stderr } = await succeeds(workspace, words);
      expect(stderr).toMatch(
        /^warning {2}churn\.yaml line \d+.*; defaults stand for all that it says; churn doctor shows all of it$/m,
      );
      expect(stdout, words.join(" ")).not.toBe("");
    }
    // Where another store is meant nobody knows which.
    await writeFile(file, `${sound}\nstore: [a]\n`);
    await rm(join(workspace, ".churn", "store.json"));
    expect(complaint(await churn(workspace, ["status"]))).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining("store"),
    });
    expect((await succeeds(workspace, ["logs"])).stdout).toBe(answers.get("logs"));
  });

  test("isn't there", async ({ workspace }) => {
    await rm(join(workspace, "churn.yaml"));
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: `no churn.yaml in ${workspace} or above`,
      next: ["churn init"],
    });
    expect(await refuses(workspace, ["-C", "nowhere", "run-all"])).toEqual({
      exitCode: 2,
      error: `there is no folder ${workspace}/nowhere`,
      next: ["-C takes a folder that is there; churn init makes a workspace of one"],
    });
  });

  test("isn't there, nor is the folder that the shell stands in", async ({ folder }) => {
    const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
    const inRemoved = (...words: string[]) =>
      execa("/bin/sh", ["-c", script, join(folder, "gone"), process.execPath, program, ...words], {
        env: cronEnv,
        extendEnv: false,
        reject: false,
      });
    const { exitCode, stderr } = await inRemoved("run-all");
    expect(complaint({ exitCode, stderr })).toEqual({
      exitCode: 2,
      error: "the current folder is not there any more",
      next: ["cd to one that is, or name one by -C DIR"],
    });
    const elsewhere = join(folder, "elsewhere");
    expect(await inRemoved("-C", elsewhere, "init")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`cd ${elsewhere}`),
    });
  });

  test("is a folder's name, not UTF-8, or empty", async ({ workspace }) => {
    const file = join(workspace, "churn.yaml");
    await writeFile(file, Buffer.from("timezone: Europe/Z\xfcrich\n", "latin1"));
    expect(await refuses(workspace, ["run-all"])).toMatchObject({ exitCode: 2, error: "churn.yaml is not UTF-8 text" });
    await writeFile(file, "");
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: "churn.yaml: dataset.id, dataset.target.column and source.url are missing",
      next: ["churn init in an empty folder writes a churn.yaml to start from"],
    });
    await rm(file);
    await mkdir(file);
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: `${file} is a folder, and a file belongs there`,
      next: ["move it away, then: churn init"],
    });
  });

  test.for([
    ["a: b: c\n", 1, 4, /^a second colon in one line/],
    ["dataset:\n  id: x\n\tdate: y\n", 3, 1, /^a tab indents this line, YAML takes spaces only$/],
    ["dataset: { id: x\nstore: .\n", 2, 1, /^the map that begins with \{ has no \}/],
    ['store: "half\n', 2, 1, /^a quotation mark is not closed$/],
  ] as const)("doesn't parse: %j", async ([text, line, column, reason], { workspace }) => {
    await writeFile(join(workspace, "churn.yaml"), text);
    const { exitCode, error } = await refuses(workspace, ["run-all"]);
    expect({ exitCode, place: error.split(": ", 1)[0] }).toEqual({
      exitCode: 2,
      place: `churn.yaml line ${line}, column ${column}`,
    });
    expect(error.slice(error.indexOf(": ") + 2)).toMatch(reason);
  });

  test("has a misspelt section", async ({ workspace }) => {
    await replaceIn(join(workspace, "churn.yaml"), /^train:/m, "trian:");
    expect(await refuses(workspace, ["extract"])).toEqual({
      exitCode: 2,
      error: "churn.yaml line 40: unknown key trian",
      next: ["did you mean train?"],
    });
  });

  test("has a secret in it", async ({ workspace }) => {
    await appendFile(join(workspace, "churn.yaml"), "smtp_password: geheim123\n");
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: "churn.yaml line 46: smtp_password looks like a secret, which doesn't belong in churn.yaml",
      next: [
        "put it into the environment, a file that NAME_FILE names, or the workspace's .env (files with mode 0600)",
      ],
    });
  });

  test("has a password in the source's address, which is not shown", async ({ workspace }) => {
    await replaceIn(join(workspace, "churn.yaml"), /"duckdb:customers.duckdb"/, '"postgres://me:geheim123@db/crm"');
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: "churn.yaml line 11: source.url has a secret in it, which doesn't belong in churn.yaml",
      next: ["leave it out there: PGPASSWORD or MYSQL_PWD, in the environment or the workspace's .env (mode 0600)"],
    });
  });
});

describe("--set", () => {
  test.for([
    ["train.learning_rat=0.2", "unknown key train.learning_rat", ["did you mean train.params.learning_rate?"]],
    ["train.params.maxdepth=3", "unknown key train.params.maxdepth", ["did you mean train.params.max_depth?"]],
    ["rounds=3", "unknown key rounds", ["did you mean train.rounds?"]],
    ["bogus=3", "unknown key bogus", [`churn.yaml takes ${sections}`]],
    ["train.rounds=many", 'train.rounds must be a whole number of at least 1, but is "many"', []],
    ["train.rounds=0", "train.rounds must be a whole number of at least 1, but is 0", []],
    ["gates.null_rate=10", "gates.null_rate must be a number from 0 to 1, { limit, severity } or false, but is 10", []],
    ["run.timeout=4", 'run.timeout must be a number with s, m, h or d, such as 90m, of at most 36500d, but is "4"', []],
    ["timezone=Berlin", 'timezone must be an IANA time zone, such as Europe/Berlin, but is "Berlin"', []],
    [
      "notify.channels=[fax]",
      'notify.channels[0] must be one of terminal, file, slack, email, webhook, but is "fax"',
      [],
    ],
  ] as const)("%s", async ([setting, error, next], { workspace }) => {
    const place = `--set ${setting.split("=", 1)[0]}`;
    const found = await refuses(workspace, ["run-all", "--set", setting]);
    expect({
      ...found,
      error: found.error.replace(/^--set notify.channels(\[0\])?: /, "--set notify.channels: "),
    }).toEqual({
      exitCode: 2,
      error: `${place}: ${error}`,
      next,
    });
  });

  test("names no key, or has no value", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all", "--set", "=3"])).toMatchObject({
      exitCode: 2,
      error: "a --set names no key",
    });
    expect(await refuses(workspace, ["run-all", "--set", "train.rounds"])).toEqual({
      exitCode: 2,
      error: "--set train.rounds has no value",
      next: ["write --set train.rounds=VALUE"],
    });
  });

  test("names a stage that isn't there in run.stages", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all", "--set", "run.stages={trian: 2h}"])).toEqual({
      exitCode: 2,
      error: "run.stages in churn.yaml: trian: there is no such stage",
      next: ["did you mean train?"],
    });
  });

  test("has a secret in it", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all", "--set", "source.url=postgres://me:geheim123@db/crm"])).toEqual({
      exitCode: 2,
      error: "--set source.url: source.url has a secret in it, which doesn't belong on a command line",
      next: ["leave it out there: PGPASSWORD or MYSQL_PWD, in the environment or the workspace's .env (mode 0600)"],
    });
  });
});

describe("the environment", () => {
  test("has a misspelt variable", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all"], { CHURN_TRAIN_ROUND: "5" })).toEqual({
      exitCode: 2,
      error: "environment: unknown variable CHURN_TRAIN_ROUND",
      next: ["did you mean CHURN_TRAIN_ROUNDS?"],
    });
    expect(await refuses(workspace, ["run-all"], { CHURN_BOGUS: "5" })).toEqual({
      exitCode: 2,
      error: "environment: unknown variable CHURN_BOGUS",
      next: ["a variable is CHURN_ and a key of churn.yaml in capitals"],
    });
  });

  test("has a value of the wrong type", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all"], { CHURN_TRAIN_ROUNDS: "five" })).toEqual({
      exitCode: 2,
      error: 'CHURN_TRAIN_ROUNDS: train.rounds must be a whole number of at least 1, but is "five"',
      next: [],
    });
  });

  test.for([
    "postgres://me:geheim123456@db/crm",
    "csv:/data/customers.csv?token=geheim123456",
    "duckdb:postgres://me:geheim123456@db/crm",
  ])("a secret in it is kept nowhere and shown nowhere: %s", async (url, { workspace }) => {
    await writeFile(join(workspace, ".env"), `CHURN_SOURCE_URL=${url}\n`, { mode: 0o600 });
    for (const words of [["run-all"], ["extract", "--force"], ["config"], ["config", "--json"]]) {
      const { stdout, stderr } = await churn(workspace, words);
      expect(stdout + stderr).not.toContain("geheim");
    }
    const kept = await Promise.all(
      Object.keys(await digests(workspace, /^\.env$|\.duckdb$/)).map((file) => readFile(join(workspace, file), "utf8")),
    );
    expect(kept.filter((text) => text.includes("geheim"))).toEqual([]);
    // An address that no source has is refused before anything is kept.
    if (url.startsWith("csv:")) expect(kept.filter((text) => text.includes("***"))).not.toEqual([]);
  });

  test(".env is open to others", async ({ workspace }) => {
    const file = join(workspace, ".env");
    await writeFile(file, "SMTP_PASSWORD=geheim123\n");
    await chmod(file, 0o644);
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: `${file} holds secrets and is open to others (mode 644)`,
      next: [`chmod 600 ${file}`],
    });
    if (process.getuid?.() !== 0) return;
    await chmod(file, 0o600);
    await chown(file, 65534, 65534);
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: `${file} holds secrets and belongs to another user (uid 65534, churn runs as 0)`,
      next: [`sudo chown 0 ${file}`],
    });
  });

  test(".env has a misspelt variable", async ({ workspace }) => {
    await writeFile(join(workspace, ".env"), "CHURN_TRAIN_ROUND=5\n", { mode: 0o600 });
    expect(await refuses(workspace, ["run-all"])).toEqual({
      exitCode: 2,
      error: ".env: unknown variable CHURN_TRAIN_ROUND",
      next: ["did you mean CHURN_TRAIN_ROUNDS?"],
    });
  });
});

test("a mistake in the configuration leaves no trace but a night's line in the ledger", async ({ workspace }) => {
  const before = await digests(workspace);
  await refuses(workspace, ["train", "--set", "train.rounds=0"]);
  expect(await digests(workspace)).toEqual(before);
  await refuses(workspace, ["run-all", "--set", "train.rounds=0"]);
  const { "ledger.jsonl": told, ...left } = await digests(workspace);
  expect(told).toBeDefined();
  expect(left).toEqual(before);
});
