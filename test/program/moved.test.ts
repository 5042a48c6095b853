import { access, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { parse } from "yaml";
import { churn, dayBefore, lastDay } from "../support/churn.ts";
import { succeeds, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

/** Where MLflow looks for a version's model, which has to be there. */
async function addressOf(workspace: string, version: number): Promise<string> {
  const meta = join(workspace, "mlruns/models/churn-model", `version-${version}`, "meta.yaml");
  const { source, storage_location } = parse(await readFile(meta, "utf8"));
  expect(storage_location).toBe(source);
  await access(join(fileURLToPath(source), "MLmodel"));
  return fileURLToPath(source);
}

test.for(["train", "evaluate", "compare"])(
  "a workspace that is moved after %s registers its model where it lies now",
  async (stage, { workspace, folder }) => {
    await succeeds(workspace, ["run-all", "--date", lastDay, "--to", stage]);
    const moved = join(folder, "a new # place");
    await rename(workspace, moved);
    await succeeds(moved, ["run-all", "--date", lastDay]);
    expect(await addressOf(moved, 1)).toContain(`${moved}/mlruns/`);
    await rename(moved, workspace);
  },
);

test("a workspace that is moved between nights is judged by its champion, and what can be loaded is promoted and stays so", async ({
  workspace,
  folder,
}) => {
  await succeeds(workspace, ["run-all", "--date", dayBefore]);
  const moved = join(folder, "moved");
  await rename(workspace, moved);
  await succeeds(moved, ["promote", "--version", "1", "--yes"]);
  expect(await addressOf(moved, 1)).toContain(`${moved}/mlruns/`);
  await rename(moved, workspace);

  const { stdout } = await churn(workspace, ["run-all", "--date", lastDay, "--json"]);
  const stages: readonly { name: string; result: Record<string, unknown> }[] = JSON.parse(stdout).stages;
  expect(stages.find(({ name }) => name === "compare")?.result).toMatchObject({
    outcome: expect.stringMatching(/^(not_)?better$/),
    prod_f1: expect.any(Number),
  });
  // What serves it finds it again, though nobody promoted anything here.
  expect(await addressOf(workspace, 1)).toContain(`${workspace}/mlruns/`);
});
