import { mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const folder = fileURLToPath(new URL("../released", import.meta.url));

/** The versions of churn that left a workspace in `test/released`, which its make.sh describes. */
export const releasedVersions = (await readdir(folder))
  .filter((file) => file.endsWith(".tar.gz"))
  .map((file) => file.slice(0, -".tar.gz".length));

/** A workspace as that version left it, in a temporary folder. */
export async function releasedWorkspace(version: string): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "churn-released-")));
  await execa("tar", ["--extract", "--gzip", "--file", join(folder, `${version}.tar.gz`), "--directory", root]);
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
