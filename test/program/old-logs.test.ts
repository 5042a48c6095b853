import { access, copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { lastDay } from "../support/churn.ts";
import { succeeds, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

test("the log of a run for a date long ago is kept as long as any other", async ({ workspace }) => {
  const keep = ["--set", "logs.keep=1d"];
  await succeeds(workspace, ["run-all", "--date", lastDay, "--to", "extract"]);
  const folder = join(workspace, "logs", lastDay);
  const [log = ""] = await readdir(folder);
  const older = log.replace(/^\d{8}/, "20250101");
  await copyFile(join(folder, log), join(folder, older));
  await succeeds(workspace, ["run-all", "--date", lastDay, "--to", "validate", ...keep]);
  await expect(access(join(folder, log))).resolves.toBeUndefined();
  expect(await readdir(folder)).not.toContain(older);
});
