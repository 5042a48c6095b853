import { describe, expect, test } from "vitest";
import type { Origin } from "../../src/lib/config/settings.ts";
import { differingChecks, onlyInShell, worseHere } from "../../src/lib/doctor/differences.ts";
import type { ReportedCheck, ReportedFinding } from "../../src/lib/doctor/report.ts";

const finding = (state: ReportedFinding["state"], text: string): ReportedFinding => ({
  state,
  text,
  details: [],
  next: [],
  exit_code: null,
  stage: null,
});
const found = (name: string, ...findings: ReportedFinding[]): ReportedCheck => ({ name, seconds: 0, findings });

describe("checks differ", () => {
  const checks = [{ name: "source" }, { name: "clock", differsBy: "state" as const }, { name: "Slack" }];

  test("by what they say, or, where that changes by itself, by their states; in the order of the checks", () => {
    const here = [found("clock", finding("ok", "5:00")), found("source", finding("ok", "7,043 rows"))];
    const inCron = [found("clock", finding("ok", "5:01")), found("source", finding("problem", "no password"))];
    expect(differingChecks(checks, here, inCron)).toEqual([
      { name: "source", here: [finding("ok", "7,043 rows")], in_cron: [finding("problem", "no password")] },
    ]);
    expect(differingChecks(checks, here, here)).toEqual([]);
    expect(differingChecks([{ name: "source", differsBy: "nothing" }], here, inCron)).toEqual([]);
    const behind = [found("clock", finding("warning", "5:01"))];
    expect(differingChecks(checks, here, behind).map(({ name }) => name)).toEqual(["source", "clock"]);
  });

  test("where one of them has nothing to look at", () => {
    expect(differingChecks(checks, [found("Slack", finding("ok", "a"))], [])).toEqual([
      { name: "Slack", here: [finding("ok", "a")], in_cron: [] },
    ]);
  });
});

describe("variables that only the shell has", () => {
  const variables = (values: Readonly<Record<string, string>>, from: "environment" | ".env" = "environment") =>
    new Map(Object.entries(values).map(([name, value]) => [name, { value, from }]));
  const absent = (variable: string, next: string) => ({
    variable,
    text: `${variable} is set here, and cron won't have it`,
    next,
  });
  const inCron = { HOME: "/root", PATH: "/usr/bin:/bin" };

  function missing(
    shell: Readonly<Record<string, string>>,
    {
      asked = [],
      configured = [],
      differing = [],
      worse = [],
      dotenv = {},
      isZoneOpen = false,
    }: {
      asked?: string[];
      configured?: string[];
      differing?: string[];
      worse?: string[];
      dotenv?: Readonly<Record<string, string>>;
      isZoneOpen?: boolean;
    } = {},
  ) {
    const origins = new Map<string, Origin>(
      configured.map((where, index) => [`key${index}`, { kind: "environment", where }]),
    );
    origins.set("timezone", { kind: isZoneOpen ? "default" : "file", where: "" });
    return onlyInShell(
      {
        environment: { variables: new Map([...variables(dotenv, ".env"), ...variables(shell)]) },
        asked: new Set(asked),
        origins,
        differing,
        worse,
      },
      { variables: new Map([...variables(dotenv, ".env"), ...variables(inCron)]) },
    );
  }

  test("are those that a check or the configuration goes by, and no others", () => {
    const shell = { PGPASSWORD: "a", CHURN_TRAIN_ROUNDS: "5", EDITOR: "vi", HOME: "/root" };
    expect(missing(shell, { asked: ["PGPASSWORD", "PGSSLMODE", "HOME"], configured: ["CHURN_TRAIN_ROUNDS"] })).toEqual([
      absent("CHURN_TRAIN_ROUNDS", "put it into .env (mode 0600)"),
      absent("PGPASSWORD", "put it into .env (mode 0600)"),
    ]);
  });

  test("one that .env has is there for cron too, unless it says something else", () => {
    const dotenv = { PGPASSWORD: "a", MYSQL_PWD: "b" };
    expect(missing({ PGPASSWORD: "a", MYSQL_PWD: "c" }, { asked: ["PGPASSWORD", "MYSQL_PWD"], dotenv })).toEqual([
      {
        variable: "MYSQL_PWD",
        text: "MYSQL_PWD is set here otherwise than in .env, which cron takes",
        next: "mend it there",
      },
    ]);
  });

  test("what Node or the system reads of a process belongs into the crontab, where it is needed", () => {
    const shell = { TZ: "Europe/Berlin", LD_LIBRARY_PATH: "/opt/lib", TMPDIR: "/fast" };
    const needed = (name: string) => absent(name, `set ${name} in the crontab, above churn's line`);
    expect(missing(shell)).toEqual([needed("TMPDIR")]);
    expect(missing(shell, { isZoneOpen: true, differing: ["engine"] })).toEqual([
      needed("LD_LIBRARY_PATH"),
      needed("TMPDIR"),
      needed("TZ"),
    ]);
  });

  test("a library that can't be used is nothing that cron is to have as well", () => {
    const shell = { CHURN_LIBXGBOOST: "/gone.so" };
    const asked = ["CHURN_LIBXGBOOST"];
    expect(missing(shell, { asked })).toEqual([absent("CHURN_LIBXGBOOST", "put it into .env (mode 0600)")]);
    expect(missing(shell, { asked, differing: ["engine"], worse: ["engine"] })).toEqual([
      {
        variable: "CHURN_LIBXGBOOST",
        text: "CHURN_LIBXGBOOST is set here, and cron, which won't have it, does well without",
        next: "unset it",
      },
    ]);
    const finding = (state: "ok" | "problem") => [
      { state, text: state, details: [], next: [], exit_code: null, stage: null },
    ];
    expect(
      worseHere([
        { name: "engine", here: finding("problem"), in_cron: finding("ok") },
        { name: "disk", here: finding("ok"), in_cron: finding("problem") },
        { name: "store", here: finding("problem"), in_cron: finding("problem") },
      ]),
    ).toEqual(["engine"]);
  });

  test("another PATH counts where programs are looked for in it", () => {
    const shell = { PATH: "/opt/bin:/usr/bin" };
    expect(missing(shell)).toEqual([]);
    expect(missing(shell, { asked: ["PATH"] })).toEqual([
      {
        variable: "PATH",
        text: "PATH is another one here than cron has",
        next: "name programs by their absolute paths",
      },
    ]);
  });
});
