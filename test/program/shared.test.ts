import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { churn, lastDay } from "../support/churn.ts";
import { refuses, slowSource, succeeds, workspaceAfter } from "../support/mistake.ts";
import { attemptBegun, start } from "../support/running.ts";

const test = workspaceAfter();
const tonight = ["--date", lastDay] as const;

test("of two checkouts of one churn.yaml, with one store, the second comes back later", async ({
  workspace,
  prepared,
  folder,
}) => {
  const shared = ["--set", `store=${join(folder, "shared")}`, "--set", `tracking.uri=${join(folder, "shared/mlruns")}`];
  const green = join(folder, "green");
  await cp(prepared, green, { recursive: true });

  const first = start(workspace, ["run-all", ...tonight, ...shared, ...slowSource]);
  await attemptBegun(join(folder, "shared"), "extract");
  for (const words of [["run-all"], ["extract", ...tonight]]) {
    expect(await refuses(green, [...words, ...shared])).toMatchObject({
      exitCode: 75,
      error: expect.stringContaining(`process ${first.pid}`),
    });
  }
  first.signal("SIGTERM");
  await first.ended;
  await succeeds(green, ["extract", ...tonight, ...shared]);
});

test("two workspaces train into one mlruns at one moment, each a run of its own", async ({
  workspace,
  prepared,
  folder,
}) => {
  const other = join(folder, "other");
  await cp(prepared, other, { recursive: true });
  // A copy is the same workspace, and the same work in it the same run.
  for (const id of ["workspace.json", ".churn/store.json"]) await rm(join(other, id), { force: true });
  const mlruns = join(folder, "mlruns");
  for (const each of [workspace, other]) await succeeds(each, ["run-all", ...tonight, "--to", "features"]);

  for (let round = 1; round <= 4; round++) {
    const words = ["train", ...tonight, "--force", "--set", `tracking.uri=${mlruns}`, "--set", `train.rounds=${round}`];
    const ended = await Promise.all([workspace, other].map((each) => churn(each, words)));
    expect(ended.map(({ exitCode, stderr }) => (exitCode === 0 ? 0 : stderr))).toEqual([0, 0]);
    const models = (await readdir(mlruns, { recursive: true })).filter((file) =>
      file.endsWith("/artifacts/model/MLmodel"),
    );
    expect(models).toHaveLength(2 * round);
  }
});
