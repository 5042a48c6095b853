import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, inject } from "vitest";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { churn, digests, mayDiffer, test } from "../support/churn.ts";
import { cronEnv, program } from "../support/program.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { firstNight, secondNight } from "./support/nights.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** Runs make in cron's environment, with node on the PATH. */
async function make(cwd: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const PATH = [env.PATH, dirname(process.execPath), cronEnv.PATH].filter((part) => part !== undefined).join(":");
  return await execa("make", words, { cwd, env: { ...cronEnv, ...env, PATH }, extendEnv: false, reject: false });
}

/** The project's chain on a workspace. The program is the one that was built, even if a source is newer: `-o`. */
function makePipeline(workspace: string, date: string, env?: Readonly<Record<string, string>>) {
  return make(project, ["-o", "dist/cli.cjs", "pipeline", `DATE=${date}`, `WORKSPACE=${workspace}`], env);
}

test("make pipeline leaves the files that run-all leaves, night after night", async ({ folder }) => {
  await churn(folder, ["init", "--sample", "--date", secondNight]);
  expect(await makePipeline(folder, firstNight)).toMatchObject({ exitCode: 0 });
  expect(await churn(folder, ["promote", "--version", "1", "--yes"])).toMatchObject({ exitCode: 0 });
  expect(await makePipeline(folder, secondNight)).toMatchObject({ exitCode: 0 });

  const byRunAll = inject("twoNights");
  // When the other workspace's version was promoted, its own registry tells.
  const compared = new RegExp(`${mayDiffer.source}|${comparison.key.replace("NIGHT", secondNight)}`);
  expect(await digests(folder, compared)).toEqual(await digests(byRunAll, compared));
  expect(await readArtifact(folder, comparison, secondNight)).toEqual({
    ...(await readArtifact(byRunAll, comparison, secondNight)),
    last_promotion: expect.any(String),
  });
  // Attempts and logs carry a run's id in their name (a stage by hand is a run of its own), a promotion's message its time.
  const ofItsOwn = /^(mlruns|logs)\/|\/attempts\/|\/promoted\./;
  const names = async (workspace: string) => Object.keys(await digests(workspace, ofItsOwn));
  expect(await names(folder)).toEqual(await names(byRunAll));

  const again = await makePipeline(folder, secondNight);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(await names(folder)).toEqual(await names(byRunAll));
});

test("the Makefile of a workspace runs the same chain with the churn on the PATH", async ({ folder }) => {
  const bin = join(folder, "bin");
  await mkdir(bin);
  await symlink(program, join(bin, "churn"));
  const workspace = join(folder, "workspace");
  await churn(folder, ["-C", workspace, "init", "--sample", "--date", secondNight]);
  expect(await make(workspace, [`DATE=${firstNight}`], { PATH: bin })).toMatchObject({ exitCode: 0 });

  const night = new RegExp(`^(?!(raw|processed|features|models)/${firstNight}/)|${mayDiffer.source}`);
  expect(await digests(workspace, night)).toEqual(await digests(inject("twoNights"), night));
});

test("make ends with its own exit code 2 at the stage that failed, and runs no later one", async ({ folder }) => {
  await churn(folder, ["init", "--sample", "--date", secondNight]);
  const { exitCode, stderr } = await makePipeline(folder, secondNight, { CHURN_GATES_ROW_COUNT: "9999" });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/\[.*validate\] Error 3/);
  expect(Object.keys(await digests(join(folder, "records", secondNight), /attempts/))).toEqual(["extract.json"]);
});
