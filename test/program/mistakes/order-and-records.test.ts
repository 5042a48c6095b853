import { appendFile, copyFile, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { VERSIONS } from "../../../src/lib/workspace/versions.ts";
import { churn, dayBefore, lastDay } from "../../support/churn.ts";
import { complaint, cutInHalf, refuses, replaceIn, succeeds, workspaceAfter } from "../../support/mistake.ts";

/** The night before is decided; tonight stands before compare. */
const test = workspaceAfter(["run-all", "--date", dayBefore], ["run-all", "--date", lastDay, "--to", "evaluate"]);
const tonight = ["--date", lastDay] as const;
const transformRecord = `records/${lastDay}/transform.json`;

async function newestAttempt(workspace: string, date: string, stage: string): Promise<string> {
  const run = (await readdir(join(workspace, "records", date, "attempts"))).sort().at(-1);
  return `records/${date}/attempts/${run}/${stage}.json`;
}

describe("a stage before its turn", () => {
  test.for([
    [
      "register",
      `models/${lastDay}/comparison.json is missing: compare has not succeeded for ${lastDay}`,
      "compare",
      lastDay,
    ],
    [
      "notify",
      `models/${lastDay}/comparison.json is missing: compare has not succeeded for ${lastDay}`,
      "compare",
      lastDay,
    ],
    [
      "validate",
      "raw/2026-11-20/customers.parquet is missing: extract has not succeeded for 2026-11-20",
      "extract",
      "2026-11-20",
    ],
    [
      "train",
      "features/2026-11-20/train.parquet is missing: features has not succeeded for 2026-11-20",
      "features",
      "2026-11-20",
    ],
    [
      "compare",
      "raw/2026-11-20/customers.parquet is missing: extract has not succeeded for 2026-11-20",
      "extract",
      "2026-11-20",
    ],
  ] as const)("%s", async ([stage, error, before, date], { workspace }) => {
    expect(await refuses(workspace, [stage, "--date", date])).toEqual({
      exitCode: 4,
      error,
      next: [`churn ${before} --date ${date}`],
    });
  });

  test("--from takes only what has succeeded", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all", ...tonight, "--from", "register"])).toEqual({
      exitCode: 4,
      error: `--from register takes compare as it is, but it has not succeeded for ${lastDay}`,
      next: [`churn run-all --date ${lastDay} --from compare`],
    });
  });
});

describe("files that somebody changed by hand", () => {
  test.for([
    [`raw/${lastDay}/customers.parquet`, "extract", "transform"],
    [`processed/${lastDay}/customers_train.parquet`, "transform", "features"],
    [`features/${lastDay}/features.json`, "features", "train"],
    [`features/${lastDay}/test.parquet`, "features", "evaluate"],
  ] as const)("%s", async ([key, writer, reader], { workspace }) => {
    const next = [`churn ${writer} --date ${lastDay} --force`];
    await appendFile(join(workspace, key), "\n");
    expect(await refuses(workspace, [reader, ...tonight, "--force"])).toEqual({
      exitCode: 4,
      error: `${key} was changed since ${writer} wrote it`,
      next,
    });
    await rm(join(workspace, key));
    expect(await refuses(workspace, [reader, ...tonight, "--force"])).toEqual({
      exitCode: 4,
      error: `${key} was removed since ${writer} wrote it`,
      next,
    });
  });

  test("are put right by the next run-all", async ({ workspace }) => {
    const key = `raw/${lastDay}/customers.parquet`;
    await copyFile(join(workspace, "churn.yaml"), join(workspace, key));
    const { stderr } = await succeeds(workspace, ["run-all", ...tonight, "--to", "validate"]);
    expect(stderr).toContain(`(${key} was changed)`);
    expect(stderr).toMatch(/validate +up to date/);
  });

  test("in a decided night can only be restored", async ({ workspace }) => {
    const key = `raw/${dayBefore}/validation.json`;
    await cutInHalf(join(workspace, key));
    expect(await refuses(workspace, ["validate", ...tonight, "--force"])).toEqual({
      exitCode: 4,
      error: `${key} was changed since validate wrote it`,
      next: [`restore it from a backup, or decide that night anew: churn run-all --date ${dayBefore} --again`],
    });
    await appendFile(join(workspace, `models/${dayBefore}/comparison.json`), "\n");
    expect(await refuses(workspace, ["notify", "--date", dayBefore, "--force"])).toMatchObject({
      exitCode: 4,
      error: `models/${dayBefore}/comparison.json was changed since compare wrote it`,
      next: [`restore it from a backup, or decide that night anew: churn run-all --date ${dayBefore} --again`],
    });
  });

  test("a decided night that is forced", async ({ workspace }) => {
    const decided = `the night of ${dayBefore} is decided: its files don't change any more`;
    expect(await refuses(workspace, ["train", "--date", dayBefore, "--force"])).toEqual({
      exitCode: 2,
      error: decided,
      next: [`churn run-all --date ${dayBefore} --again decides anew`],
    });
    expect(await refuses(workspace, ["run-all", "--date", dayBefore, "--from", "train"])).toEqual({
      exitCode: 2,
      error: decided,
      next: [`churn run-all --date ${dayBefore} --again --from train decides anew`],
    });
  });
});

describe("a record", () => {
  test("of a decided night that is gone is restored from its attempt, by whatever command comes next", async ({
    workspace,
  }) => {
    const key = `records/${dayBefore}/compare.json`;
    const attempt = await newestAttempt(workspace, dayBefore, "compare");
    const before = await readFile(join(workspace, key));
    const said = `${key} was missing, and is restored from ${attempt}`;
    await rm(join(workspace, key));
    expect((await succeeds(workspace, ["compare", ...tonight])).stderr).toBe(`warning  ${said}`);
    expect(await readFile(join(workspace, key))).toEqual(before);

    await rm(join(workspace, key));
    expect((await succeeds(workspace, ["run-all", ...tonight])).stderr.split("\n")[0]).toBe(said);
    expect(await readFile(join(workspace, key))).toEqual(before);
  });

  test("of a decided night that is gone with its attempt is missing for good", async ({ workspace }) => {
    const key = `records/${dayBefore}/compare.json`;
    await rm(join(workspace, key));
    await rm(join(workspace, await newestAttempt(workspace, dayBefore, "compare")));
    expect(await refuses(workspace, ["compare", ...tonight])).toEqual({
      exitCode: 4,
      error: `${key} is missing`,
      next: [`restore it from a backup, or decide that night anew: churn run-all --date ${dayBefore} --again`],
    });
  });

  test("of a decision that is lost never lets the night be decided anew in silence", async ({ workspace }) => {
    const key = `records/${dayBefore}/register.json`;
    await rm(join(workspace, key));
    await rm(join(workspace, await newestAttempt(workspace, dayBefore, "register")));
    const lost = {
      exitCode: 4,
      error: `${key} is missing, although records/${dayBefore}/notify.json tells of that night's decision`,
      next: [`restore it from a backup, or decide that night anew: churn run-all --date ${dayBefore} --again`],
    };
    for (const words of [["run-all"], ["run-all", "--dry-run"], ["train", "--force"]]) {
      expect(await refuses(workspace, [...words, "--date", dayBefore])).toEqual(lost);
    }

    await rm(join(workspace, "records", dayBefore), { recursive: true });
    await rm(join(workspace, "models", dayBefore), { recursive: true });
    await rm(join(workspace, "notifications"), { recursive: true });
    expect(await refuses(workspace, ["run-all", "--date", dayBefore])).toEqual({
      ...lost,
      error: `${key} is missing, although version 1 of churn-model tells of that night's decision`,
    });
    await succeeds(workspace, ["run-all", "--date", dayBefore, "--again"]);
    expect((await succeeds(workspace, ["run-all", "--date", dayBefore])).stdout).toContain(
      `Night of ${dayBefore}.2 was decided`,
    );
  });

  test("cut in half is restored from its attempt", async ({ workspace }) => {
    const attempt = await newestAttempt(workspace, lastDay, "transform");
    await cutInHalf(join(workspace, transformRecord));
    const damaged = {
      exitCode: 4,
      error: `${transformRecord} is damaged: it is not whole JSON`,
      next: [`cp ${attempt} ${transformRecord} restores it: the attempt's record is the same`],
    };
    expect(await refuses(workspace, ["features", ...tonight])).toEqual(damaged);
    const runAll = await churn(workspace, ["run-all", ...tonight]);
    expect(complaint(runAll)).toEqual({
      ...damaged,
      next: [...damaged.next, `churn run-all --date ${lastDay}`],
    });
    expect(runAll.stderr).toMatch(/✖ transform +0\.0 s/);
    expect((await readdir(join(workspace, "notifications"))).join()).toContain(`${lastDay}.failed.`);

    await copyFile(join(workspace, attempt), join(workspace, transformRecord));
    expect((await succeeds(workspace, ["features", ...tonight])).stdout).toContain("up to date");
  });

  test("cut in half together with its attempts is written anew by --force", async ({ workspace }) => {
    const attempt = await newestAttempt(workspace, lastDay, "transform");
    await cutInHalf(join(workspace, transformRecord));
    await cutInHalf(join(workspace, attempt));
    const { next } = await refuses(workspace, ["features", ...tonight]);
    expect(next).toEqual([`churn transform --date ${lastDay} --force`]);
    expect(await refuses(workspace, ["transform", ...tonight])).toMatchObject({ exitCode: 4 });
    await succeeds(workspace, ["transform", ...tonight, "--force"]);
    expect((await succeeds(workspace, ["features", ...tonight])).stdout).toContain("up to date");
  });

  test("of an attempt cut in half can be removed", async ({ workspace }) => {
    const attempt = await newestAttempt(workspace, lastDay, "transform");
    await cutInHalf(join(workspace, attempt));
    await rm(join(workspace, transformRecord));
    expect(await refuses(workspace, ["transform", ...tonight])).toEqual({
      exitCode: 4,
      error: `${attempt} is damaged: it is not whole JSON`,
      next: [`rm ${attempt}  (the history of one attempt: nothing is built on it)`],
    });
  });

  test("of a decided night cut in half never decides it anew", async ({ workspace }) => {
    const record = `records/${dayBefore}/register.json`;
    const attempt = await newestAttempt(workspace, dayBefore, "register");
    await cutInHalf(join(workspace, record));
    for (const words of [
      ["register", "--date", dayBefore, "--force"],
      ["compare", ...tonight],
    ]) {
      expect(await refuses(workspace, words)).toEqual({
        exitCode: 4,
        error: `${record} is damaged: it is not whole JSON`,
        next: [`cp ${attempt} ${record} restores it: the attempt's record is the same`],
      });
    }
  });

  test("with a field of the wrong type is named by its field", async ({ workspace }) => {
    await replaceIn(join(workspace, transformRecord), /"status": "succeeded"/, '"status": "done"');
    expect(await refuses(workspace, ["features", ...tonight])).toMatchObject({
      exitCode: 4,
      error: expect.stringMatching(RegExp(`^${transformRecord} is damaged: status: `)),
    });
  });

  test("from a newer version", async ({ workspace }) => {
    const { churn } = VERSIONS;
    await replaceIn(join(workspace, transformRecord), /"schema_version": 2/, '"schema_version": 3');
    await replaceIn(join(workspace, transformRecord), RegExp(`"churn_version": "${churn}"`), '"churn_version": "9.4.0"');
    const newer = {
      exitCode: 2,
      error: `${transformRecord} was written by churn 9.4.0, this is churn ${churn}`,
      next: ["install the newer churn again"],
    };
    expect(await refuses(workspace, ["features", ...tonight])).toEqual(newer);
    expect(await refuses(workspace, ["run-all", ...tonight, "--dry-run"])).toEqual(newer);
  });

  test("of another workspace", async ({ workspace }) => {
    await replaceIn(join(workspace, transformRecord), /"workspace": ".{36}"/, '"workspace": "someone-else"');
    expect(await refuses(workspace, ["features", ...tonight])).toEqual({
      exitCode: 2,
      error: expect.stringMatching(
        RegExp(
          `^${transformRecord} belongs to workspace someone-else, but this store's workspace\\.json says [0-9a-f-]{36}$`,
        ),
      ),
      next: ["were folders of two workspaces mixed? give each its own store"],
    });
  });
});

describe("workspace.json", () => {
  test("is damaged, or gone although there are records", async ({ workspace }) => {
    const file = join(workspace, "workspace.json");
    await cutInHalf(file);
    expect(await refuses(workspace, ["features", ...tonight])).toEqual({
      exitCode: 4,
      error: `${file} is damaged: it is not whole JSON`,
      next: ["restore it: every record under records/ names the id that it held"],
    });
    await rm(file);
    for (const words of [
      ["features", ...tonight],
      ["run-all", ...tonight, "--dry-run"],
    ]) {
      expect(await refuses(workspace, words)).toEqual({
        exitCode: 4,
        error: `${file} is missing, but records/ is there`,
        next: [
          expect.stringMatching(/^restore it: \{ "schema_version": 1, "id": "…" \} with the id that every record /),
        ],
      });
    }
  });
});
