import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { withContext } from "../../src/lib/tracking/context.ts";
import { userName } from "../../src/lib/workspace/user.ts";
import { newRun, test } from "../support/tracking-folder.ts";
import { variables } from "../support/tracking-server.ts";

test("a run says by whom, by what and at which commit of the workspace it was made", async ({ tracking }) => {
  const root = await mkdtemp(join(tmpdir(), "churn-context-"));
  const git = (...words: string[]) =>
    execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@b", ...words], { encoding: "utf8" });
  const path = variables({ PATH: process.env.PATH ?? "" });
  const tagsOf = async (key: string, environment = path) => {
    const run = await withContext(tracking, root, environment).createRun(newRun(key));
    return run.tags;
  };
  const common = { "mlflow.user": userName(), "mlflow.source.name": "churn", "mlflow.source.type": "LOCAL" };
  const [outside, nowhere] = [await tagsOf("a"), await tagsOf("b", variables({ PATH: "/nowhere" }))];
  for (const tags of [outside, nowhere]) {
    expect(tags).toMatchObject(common);
    expect(tags).not.toHaveProperty(["mlflow.source.git.commit"]);
  }
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");
  const commit = git("rev-parse", "HEAD").trim();
  expect(await tagsOf("c")).toMatchObject({ ...common, "mlflow.source.git.commit": commit });
  await rm(root, { recursive: true });
});
