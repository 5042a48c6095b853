import { execa } from "execa";
import { describe, expect } from "vitest";
import { churn, cronEnv, lastDay, program } from "../../support/churn.ts";
import { refuses, succeeds, workspaceAfter } from "../../support/mistake.ts";

const test = workspaceAfter();
const stages = "extract, validate, transform, features, train, evaluate, compare, register, notify";
const help = "churn --help lists commands and options";

describe("the command line", () => {
  test.for([
    [["run-al"], "unknown command 'run-al'", "did you mean run-all?"],
    [["help", "run-al"], "unknown command 'run-al'", "did you mean run-all?"],
    [["frobnicate"], "unknown command 'frobnicate'", help],
    [["run-all", "--dat", "today"], "unknown option '--dat'", "did you mean --date?"],
    [["train", "--forse"], "unknown option '--forse'", "did you mean --force?"],
    [["--frobnicate"], "unknown option '--frobnicate'", help],
    [["preview", "--limit", "5"], "unknown option '--limit'", "churn preview --help lists its options"],
    [["run-all", "--date"], "option '--date <date>' argument missing", "churn run-all --help lists its options"],
    [
      ["extract", "now"],
      "too many arguments for 'extract'. Expected 0 arguments but got 1.",
      "churn extract --help lists its options",
    ],
    [
      ["promote", "--version", "x"],
      '--version must be a whole number above 0, but is "x"',
      "churn promote --help says what --version is",
    ],
    [
      ["preview", "--rows", "0"],
      "--rows must be a whole number from 1 to 1,000, but is 0",
      "churn preview --help says what --rows is",
    ],
    [["run-all", "--from", "trian"], "--from trian: there is no such stage", "did you mean train?"],
    [["run-all", "--to", "end"], "--to end: there is no such stage", `the stages are ${stages}`],
    [
      ["run-all", "--from", "train", "--to", "extract"],
      "--from train comes after --to extract",
      `the stages are ${stages}`,
    ],
  ] as const)("%j", async ([words, error, next], { workspace }) => {
    expect(await refuses(workspace, words)).toEqual({ exitCode: 2, error, next: [next] });
  });

  test("without a word shows the help, as a mistake", async ({ workspace }) => {
    const ended = await churn(workspace, []);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain("Usage: churn <command> [options]");
  });

  test("each command's help fits into 80 columns", async ({ folder }) => {
    const names = [...(await churn(folder, ["help"])).stdout.matchAll(/^.{13}([a-z-]+) {2,}/gm)].map(([, name]) =>
      String(name),
    );
    expect(names).toEqual(expect.arrayContaining([...stages.split(", "), "run-all", "completion"]));
    for (const name of names) {
      const { stdout } = await churn(folder, ["help", name]);
      expect(stdout).toContain(`Usage: churn ${name}`);
      expect(Math.max(...stdout.split("\n").map((line) => [...line].length)), name).toBeLessThanOrEqual(80);
    }
  });

  test("CHURN_RUN_ID set by hand changes nothing", async ({ workspace }) => {
    const { stdout } = await churn(workspace, ["extract", "--date", lastDay], {
      CHURN_RUN_ID: "20261122T050000Z-7f3a",
    });
    expect(stdout).toBe("extract  7,043 customers from customers.duckdb\nnot used: signup_date (date)");
    expect((await succeeds(workspace, ["extract", "--date", lastDay, "--json"])).stdout).toContain(
      '"outcome":"succeeded"',
    );
  });

  test("a stage that is started as run-all does, for what is no night, says so to its supervisor", async ({
    workspace,
  }) => {
    const { exitCode, stdio } = await execa(process.execPath, [program, "extract", "--date", "someday"], {
      cwd: workspace,
      env: { ...cronEnv, CHURN_RUN_ID: "20261122T050000Z-7f3a" },
      extendEnv: false,
      reject: false,
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    expect(exitCode).toBe(2);
    expect(JSON.parse(String(stdio[3]))).toMatchObject({
      event: "failed",
      exitCode: 2,
      message: "someday is no night",
      hint: "is CHURN_RUN_ID set? run-all sets it for the stages it starts",
    });
  });

  test("promoting a version that isn't there", async ({ workspace }) => {
    expect(await refuses(workspace, ["promote", "--version", "9", "--yes"])).toEqual({
      exitCode: 2,
      error: `churn-model has no versions in ${workspace}/mlruns`,
      next: ["churn run-all makes one and registers it"],
    });
  });
});
