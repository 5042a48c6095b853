import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { cronEnv, lastDay, program } from "../support/churn.ts";
import { complaint, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter(["run-all", "--date", lastDay, "--to", "features"]);
const home = dirname(dirname(program));
const platform = `node-bindings-${process.platform}-${process.arch}`;

/** A copy of the program with packages of its own, that something is missing from. */
async function install(
  folder: string,
): Promise<{ root: string; churn(cwd: string, ...words: string[]): ReturnType<typeof run> }> {
  const root = join(folder, "churn");
  for (const part of ["bin", "dist", "package.json"]) await cp(join(home, part), join(root, part), { recursive: true });
  const modules = join(root, "node_modules");
  await mkdir(join(modules, "@duckdb", platform), { recursive: true });
  for (const name of ["koffi", "ml-random-forest", "ml-xgboost"])
    await symlink(join(home, "node_modules", name), join(modules, name));
  // Linked, it would look for its library beside where it really is.
  await cp(join(home, "node_modules/@duckdb/node-bindings"), join(modules, "@duckdb/node-bindings"), {
    recursive: true,
  });
  return { root, churn: (cwd, ...words) => run(root, cwd, words) };
}

async function run(root: string, cwd: string, words: readonly string[]) {
  const options = { cwd, env: cronEnv, extendEnv: false, reject: false } as const;
  const { exitCode, stderr } = await execa(process.execPath, [join(root, "bin/churn"), ...words], options);
  return complaint({ exitCode, stderr });
}

test("a library of another machine is told, and what to do", async ({ workspace, folder }) => {
  const { root, churn } = await install(folder);
  const library = join(root, "node_modules/@duckdb", platform, "duckdb.node");
  await writeFile(library, "of another machine");
  expect(await churn(workspace, "features", "--date", lastDay, "--force")).toEqual({
    exitCode: 5,
    error: expect.stringMatching(/^DuckDB's library doesn't load on this machine: .*duckdb\.node/),
    next: ["install churn anew, on this machine: node_modules of another one has another one's libraries"],
  });
});

test("a part of the program that is missing is told, and what to do", async ({ workspace, folder }) => {
  const { root, churn } = await install(folder);
  await rm(join(root, "node_modules/@duckdb"), { recursive: true });
  await symlink(join(home, "node_modules/@duckdb"), join(root, "node_modules/@duckdb"));
  await rm(join(root, "dist/worker.cjs"));
  expect(await churn(workspace, "train", "--date", lastDay)).toEqual({
    exitCode: 5,
    error: expect.stringContaining("the embedded engine (ml-xgboost) doesn't load: Error: Cannot find module"),
    next: ["npm install"],
  });
  await rm(join(root, "dist/forest-worker.cjs"));
  const forest = ["train.algorithm=random-forest", "train.engine=mljs", "train.params={}"].flatMap((set) => [
    "--set",
    set,
  ]);
  expect(await churn(workspace, "train", "--date", lastDay, ...forest)).toEqual({
    exitCode: 5,
    error: expect.stringContaining("the mljs engine (ml-random-forest) doesn't load: Error: Cannot find module"),
    next: ["npm install"],
  });
});
