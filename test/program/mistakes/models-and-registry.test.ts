import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { churn, dayBefore, digests, lastDay } from "../../support/churn.ts";
import {
  complaint,
  cutInHalf,
  refuses,
  replaceIn,
  succeeds,
  unfinishedIn,
  workspaceAfter,
} from "../../support/mistake.ts";

/** Version 1, of the night before, is in production; tonight's model waits for compare. */
const test = workspaceAfter(
  ["run-all", "--date", dayBefore],
  ["promote", "--version", "1", "--yes"],
  ["run-all", "--date", lastDay, "--to", "evaluate"],
);
const tonight = ["--date", lastDay] as const;
const modelJson = `models/${lastDay}/model/model.json`;

/** What can happen to a model file. The byte that is changed is one digit of a leaf: the file stays a valid model. */
const damages: readonly (readonly [what: string, damage: (file: string) => Promise<void>])[] = [
  ["cut short", cutInHalf],
  ["changed in one byte", (file) => replaceIn(file, /("split_conditions":\[[^\]]*\.)(\d)/, "$19")],
  ["of XGBoost's old binary format", (file) => writeFile(file, "binf\0\0\0\u0001")],
  ["of another kind", (file) => writeFile(file, '{"tree": "lightgbm"}')],
];

describe("the night's own model", () => {
  test.for(damages)("%s", async ([, damage], { workspace }) => {
    await damage(join(workspace, modelJson));
    const expected = {
      exitCode: 4,
      error: `${modelJson} was changed since train wrote it`,
      next: [`churn train --date ${lastDay} --force`],
    };
    expect(await refuses(workspace, ["evaluate", ...tonight, "--force"])).toEqual(expected);
    expect(await refuses(workspace, ["compare", ...tonight])).toEqual(expected);
  });

  test("whose MLflow run is gone is made again by the command that stands there, whenever it is pasted", async ({
    workspace,
  }) => {
    const { mlflow_run_id: run } = z
      .object({ mlflow_run_id: z.string() })
      .parse(JSON.parse((await succeeds(workspace, ["train", ...tonight, "--json"])).stdout).result);
    const folders = await readdir(join(workspace, "mlruns"), { recursive: true });
    for (const folder of folders.filter((name) => name.endsWith(`/${run}`)))
      await rm(join(workspace, "mlruns", folder), { recursive: true });
    expect(complaint(await churn(workspace, ["evaluate", ...tonight, "--force"]))).toEqual({
      exitCode: 4,
      error: `MLflow run ${run} is not in ${join(workspace, "mlruns")}`,
      next: [`churn train --date ${lastDay} --force makes a new one`],
    });
    await succeeds(workspace, ["train", ...tonight, "--force"]);
    await succeeds(workspace, ["evaluate", ...tonight, "--force"]);
  });

  test("is made again by the next run-all, to the same bytes", async ({ workspace }) => {
    const before = await readFile(join(workspace, modelJson));
    await cutInHalf(join(workspace, modelJson));
    const { stderr } = await succeeds(workspace, ["run-all", ...tonight, "--to", "train"]);
    expect(stderr).toContain(`(${modelJson} was changed)`);
    expect(await readFile(join(workspace, modelJson))).toEqual(before);
  });
});

describe("the model in production", () => {
  const reasons: Readonly<Record<string, RegExp>> = {
    "cut short": /^model\.json of version 1 can't be used: it isn't whole JSON \([\d,]+ characters\)$/,
    "of XGBoost's old binary format": /^model\.json of version 1 can't be used: it is in XGBoost's old binary format$/,
    "of another kind": /^model\.json of version 1 can't be used: /,
  };

  test.for(damages)(
    "%s is damaged, unscorable where no digest tells, and a person has to judge",
    async ([what, damage], { workspace }) => {
      await damage(join(await championFolder(workspace), "model.json"));
      await damaged(workspace);
      // Without the digest a model with one other byte is as good as any.
      const reason = reasons[what];
      if (reason === undefined) return;
      await forgetDigest(workspace);
      const { problem } = await unscorable(workspace);
      expect(problem).toMatch(reason);
    },
  );

  test("without its files is unscorable", async ({ workspace }) => {
    await rm(await championFolder(workspace), { recursive: true });
    const { problem } = await unscorable(workspace);
    expect(problem).toMatch(
      RegExp(`^the files of churn-model version 1 are not in ${workspace}/mlruns: no model at file:`),
    );
  });

  test("whose preprocessing is damaged is damaged, likewise", async ({ workspace }) => {
    await cutInHalf(join(await championFolder(workspace), "preprocessing.json"));
    await damaged(workspace);
    await forgetDigest(workspace);
    const { problem } = await unscorable(workspace);
    expect(problem).toBe("preprocessing.json of version 1 is damaged: it is not whole JSON");
  });

  test("whose entry in the registry is damaged is refused", async ({ workspace }) => {
    const meta = join(workspace, "mlruns/models/churn-model/version-1/meta.yaml");
    await writeFile(meta, "name: churn-model\n");
    const expected = {
      exitCode: 5,
      error: expect.stringMatching(RegExp(`^${meta} is damaged: `)),
      next: ["restore this file from a backup, or move its folder away"],
    };
    expect(await refuses(workspace, ["compare", ...tonight])).toEqual(expected);
    expect(await refuses(workspace, ["models"])).toEqual(expected);
  });

  test("changes between compare and register: compare judges again", async ({ workspace }) => {
    await succeeds(workspace, ["compare", ...tonight]);
    await replaceIn(
      join(workspace, "mlruns/models/churn-model/version-1/meta.yaml"),
      /current_stage: "?Production"?/,
      "current_stage: Archived",
    );
    expect(await refuses(workspace, ["register", ...tonight])).toEqual({
      exitCode: 4,
      error: "Production of churn-model is empty now, but compare judged version 1",
      next: [`churn compare --date ${lastDay}`],
    });
  });
});

describe("mlruns deleted between two nights", () => {
  const refusal = (workspace: string) => ({
    exitCode: 2,
    error: `the registry at ${workspace}/mlruns has no version 1 of churn-model, which an earlier night saw there`,
    next: [
      `is tracking.uri right? If the registry was emptied on purpose: churn run-all --date ${lastDay} --accept-empty-registry`,
    ],
  });

  test("is no first model, until somebody says so to run-all", async ({ workspace }) => {
    await rm(join(workspace, "mlruns"), { recursive: true });
    // train looks for its MLflow run there and makes a new one: the refusal is compare's.
    await succeeds(workspace, ["run-all", ...tonight, "--to", "evaluate"]);
    const { next, ...refused } = refusal(workspace);
    expect(await refusesApart(workspace, ["run-all", ...tonight])).toEqual({
      ...refused,
      next: [...next, `churn run-all --date ${lastDay}`],
    });
    const { stdout } = await succeeds(workspace, ["run-all", ...tonight, "--accept-empty-registry"]);
    expect(stdout).toContain("Reason: No production model");
  });

  test("or to compare", async ({ workspace }) => {
    await rm(join(workspace, "mlruns"), { recursive: true });
    expect(await refuses(workspace, ["compare", ...tonight])).toEqual(refusal(workspace));
    const { stdout } = await succeeds(workspace, ["compare", ...tonight, "--accept-empty-registry"]);
    expect(stdout).toMatch(/^compare {2}first model: F1 0\.\d{3}$/);
  });

  test("a misspelt model looks the same, and is what the hint asks about", async ({ workspace }) => {
    const words = ["run-all", ...tonight, "--set", "register.model=chrun-model", "--to", "compare"];
    const { exitCode, next } = await refusesApart(workspace, words);
    expect(exitCode).toBe(2);
    expect(next[0]).toMatch(/^is register\.model \(chrun-model\) right\?/);
  });

  test("a mistyped address is another registry", async ({ workspace }) => {
    const words = ["run-all", ...tonight, "--set", "tracking.uri=mlrun", "--to", "compare"];
    const { exitCode, error } = await refusesApart(workspace, words);
    expect({ exitCode, error }).toEqual({
      exitCode: 2,
      error: `the registry is to be ${workspace}/mlrun (--set tracking.uri), but the night of ${dayBefore} was decided with ${workspace}/mlruns`,
    });
  });
});

async function championFolder(workspace: string): Promise<string> {
  const nights: string[] = [];
  for (const name of await readdir(join(workspace, "mlruns"), { recursive: true })) {
    if (!name.endsWith("artifacts/model/model.json")) continue;
    const run = join(workspace, "mlruns", name, "../../..");
    if ((await readFile(join(run, "tags/churn.night"), "utf8")) === dayBefore)
      nights.push(join(run, "artifacts/model"));
  }
  const [folder] = nights;
  if (folder === undefined) throw new Error("version 1 has no files");
  return folder;
}

/** For a run whose earlier stages do their work anew: what must not change is what was decided before. */
async function refusesApart(workspace: string, words: readonly string[]) {
  const others = RegExp(`/${lastDay}/|^(logs|notifications|mlrun)/|^ledger\\.jsonl$|^\\.churn/|^mlruns/\\d+/`);
  const before = await digests(workspace, others);
  const ended = await churn(workspace, words);
  expect(await digests(workspace, others)).toEqual(before);
  expect(await unfinishedIn(workspace)).toEqual([]);
  return complaint(ended);
}

const report = z.object({
  outcome: z.string(),
  should_deploy: z.boolean(),
  reason: z.string(),
  production: z.object({ version: z.literal(1), problem: z.string() }),
});

/** Compare goes on, says that the champion isn't what was registered, and how it may be had back. */
async function damaged(workspace: string): Promise<void> {
  const { stdout } = await succeeds(workspace, ["compare", ...tonight]);
  expect(stdout).toMatch(/^compare {2}champion damaged: F1 0\.\d{3} without a contest/);
  const found = report.parse(JSON.parse(await readFile(join(workspace, `models/${lastDay}/comparison.json`), "utf8")));
  expect(found).toMatchObject({ outcome: "champion_damaged", should_deploy: true });
  expect(found.reason).toMatch(
    /^Production, version 1, is damaged: its files were changed since version 1 was registered\. To have it back: restore /,
  );
}

/** As if somebody else had registered the version. */
async function forgetDigest(workspace: string): Promise<void> {
  await rm(join(workspace, "mlruns/models/churn-model/version-1/tags/churn.model_digest"));
}

/** Compare goes on, says why the champion can't be scored, and leaves the decision to a person. */
async function unscorable(workspace: string): Promise<z.infer<typeof report>["production"]> {
  const { stdout } = await succeeds(workspace, ["compare", ...tonight]);
  expect(stdout).toMatch(
    /^compare {2}champion unscorable: F1 0\.\d{3} without a contest; it recorded F1 0\.\d{3} on its own night$/,
  );
  const found = report.parse(JSON.parse(await readFile(join(workspace, `models/${lastDay}/comparison.json`), "utf8")));
  expect(found).toMatchObject({ outcome: "champion_unscorable", should_deploy: true });
  expect(found.reason).toBe(
    `Production, version 1, can't be scored: ${found.production.problem}. A person has to judge`,
  );
  return found.production;
}
