import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { pipeline } from "../../../src/pipeline.ts";
import { churn, cronEnv, digests, type Ended, lastDay, mayDiffer, program } from "../../support/churn.ts";
import { type Complaint, complaint, succeeds, unfinishedIn, workspaceAfter } from "../../support/mistake.ts";

/** Tonight stands before compare. */
const test = workspaceAfter(["run-all", "--date", lastDay, "--to", "evaluate"]);
const tonight = ["--date", lastDay] as const;
const isRoot = process.getuid?.() === 0;
const nobody = 65534;
const denied =
  "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back";

describe("a workspace last used by another user", () => {
  test.for([
    [".churn", ["compare", ...tonight], ".churn/lock can't be opened: permission denied"],
    ["records", ["compare", ...tonight], /records.*: permission denied$/],
    ["raw", ["run-all", ...tonight], /raw\/2026-11-22\/customers\.parquet: permission denied$/],
    ["models", ["run-all", ...tonight], /models\/2026-11-22\/model\/.*: permission denied$/],
    ["mlruns", ["compare", ...tonight], /mlruns.*: permission denied$/],
    ["logs", ["run-all", ...tonight], /logs.*: permission denied$/],
    ["workspace.json", ["models"], undefined],
    ["workspace.json", ["compare", ...tonight], "workspace.json: permission denied"],
    ["customers.duckdb", ["extract", ...tonight, "--force"], "customers.duckdb: permission denied"],
  ] as const)("%s is not ours", async ([name, words, error], { workspace, skip }) => {
    const owner = await anotherUser(workspace);
    if (owner === undefined) return skip("neither root nor a program that others may read");
    await owner.keep(join(workspace, name));
    const before = await digests(workspace, /^(logs|notifications)\/|^ledger\.jsonl$|^\.churn\/|\/attempts\//).catch(
      () => undefined,
    );
    const ended = await owner.churn(words);
    if (error === undefined) return expect(ended.exitCode).toBe(0);
    expect(complaint(ended)).toEqual({
      exitCode: 5,
      error: typeof error === "string" ? join(workspace, error) : expect.stringMatching(error),
      next: expect.arrayContaining([denied]),
    });
    expect(await unfinishedIn(workspace)).toEqual([]);
    await owner.giveBack();
    if (before !== undefined)
      expect(
        await digests(workspace, /^(logs|notifications)\/|^ledger\.jsonl$|^\.churn\/|\/attempts\/|^mlruns\//),
      ).toEqual(Object.fromEntries(Object.entries(before).filter(([key]) => !key.startsWith("mlruns/"))));
  });

  test("churn.yaml is not ours", async ({ workspace, skip }) => {
    const owner = await anotherUser(workspace);
    if (owner === undefined) return skip("neither root nor a program that others may read");
    await owner.keep(join(workspace, "churn.yaml"));
    expect(complaint(await owner.churn(["run-all"]))).toEqual({
      exitCode: 2,
      error: `${workspace}/churn.yaml can't be read: permission denied`,
      next: [denied],
    });
  });

  test("the workspace itself is not ours", async ({ workspace, skip }) => {
    const owner = await anotherUser(workspace);
    if (owner === undefined) return skip("neither root nor a program that others may read");
    await chmod(workspace, 0o700);
    await owner.keep(workspace);
    expect(complaint(await owner.churn(["-C", workspace, "run-all"], "/"))).toEqual({
      exitCode: 2,
      error: `${workspace} can't be searched: permission denied`,
      next: [denied],
    });
    await owner.giveBack();
  });

  test("a folder that can be read and not written", async ({ workspace, skip }) => {
    const owner = await anotherUser(workspace);
    if (owner === undefined) return skip("neither root nor a program that others may read");
    await chmod(join(workspace, "models", lastDay), 0o500);
    const { exitCode, error, next } = complaint(await owner.churn(["evaluate", ...tonight, "--force"]));
    expect({ exitCode, next }).toEqual({ exitCode: 5, next: [denied] });
    expect(error).toMatch(/models\/2026-11-22\/\.?\w+\.(parquet|json)(\.part)?.*[Pp]ermission denied$/);
    await chmod(join(workspace, "models", lastDay), 0o700);
    await succeedsAs(owner, ["evaluate", ...tonight]);
  });
});

test("a file stands where a folder belongs, or a folder where a file belongs", async ({ workspace }) => {
  const next = ["move it away, then run it again"];
  await rm(join(workspace, "features"), { recursive: true });
  await writeFile(join(workspace, "features"), "mine");
  expect(complaint(await churn(workspace, ["features", ...tonight]))).toEqual({
    exitCode: 5,
    error: `${workspace}/features/${lastDay}: a file stands where a folder belongs`,
    next,
  });
  expect(await readFile(join(workspace, "features"), "utf8")).toBe("mine");
  await rm(join(workspace, "features"));
  await succeeds(workspace, ["features", ...tonight]);

  await rm(join(workspace, "models", lastDay, "evaluation.json"));
  await mkdir(join(workspace, "models", lastDay, "evaluation.json"));
  expect(complaint(await churn(workspace, ["compare", ...tonight]))).toEqual({
    exitCode: 5,
    error: `${workspace}/models/${lastDay}/evaluation.json: a folder stands where a file belongs`,
    next,
  });
  expect(await unfinishedIn(workspace)).toEqual([]);
});

test("a channel that fails is told with the command that sends it again", async ({ workspace }) => {
  await succeeds(workspace, ["run-all", ...tonight, "--to", "register"]);
  const path = join(workspace, "notifications", `${lastDay}.txt`);
  await mkdir(path, { recursive: true });
  expect(complaint(await churn(workspace, ["notify", ...tonight]))).toEqual({
    exitCode: 5,
    error: `file: ${path}: a folder stands where a file belongs`,
    next: ["the next run-all sends what is missing, churn message flush does it now"],
  });
  const again = complaint(await churn(workspace, ["run-all", ...tonight]));
  expect(again).toMatchObject({
    exitCode: 5,
    error: expect.stringContaining("file has not been told of the night of"),
  });
  await rm(path, { recursive: true });
  await succeeds(workspace, ["run-all", ...tonight]);
  expect(await readFile(path, "utf8")).toContain("New churn model registered!");
});

/** One file system for all: mounted by root, or by a user in a namespace of its own; gone with the script that mounted it. */
const [unshare, ...apart] = ["unshare", isRoot ? "-m" : "-rm"] as const;
const mayMount =
  (await execa(unshare, [...apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { reject: false })).exitCode === 0;
if (!mayMount) process.stderr.write("the tests on a full disk are skipped: this machine lets nobody mount a tmpfs\n");

test.skipIf(!mayMount)(
  "a read-only file system, and one without a place for another file",
  async ({ workspace, folder }) => {
    const files = ["churn.yaml", "customers.duckdb"].map((name) => join(workspace, name));
    const on = async (options: string, then: string, words: readonly string[]) => {
      const script = `mount -t tmpfs -o ${options} tmpfs "$1" && cp "$2" "$3" "$1" && ${then} && shift 3 && exec "$@"`;
      const command = [process.execPath, program, ...words];
      const { exitCode, stderr } = await execa(
        unshare,
        [...apart, "sh", "-c", script, "sh", folder, ...files, ...command],
        {
          cwd: "/",
          env: cronEnv,
          extendEnv: false,
          reject: false,
        },
      );
      return complaint({ exitCode, stderr });
    };
    const readOnly = 'mount -o remount,ro "$1"';
    const mount = ["mount it for writing, then run it again"];
    expect(await on("size=20m", readOnly, ["-C", folder, "run-all"])).toEqual({
      exitCode: 5,
      error: `${folder}/.churn: the file system is read-only`,
      next: mount,
    });
    expect(await on("size=20m", readOnly, ["-C", join(folder, "new"), "init"])).toEqual({
      exitCode: 5,
      error: `${folder}/new: the file system is read-only`,
      next: mount,
    });
    // The folder itself and the two files are all that it takes.
    expect(await on("nr_inodes=3", "true", ["-C", folder, "run-all"])).toEqual({
      exitCode: 5,
      error: `${folder}/.churn: the disk is full`,
      next: ["free some space, then run it again"],
    });
  },
);

test.skipIf(!mayMount)(
  "a full disk ends each stage, which goes on where there is space again",
  { timeout: 180_000 },
  async ({ workspace }) => {
    const at = await realpath(await mkdtemp(join(tmpdir(), "churn-full-")));
    const [disk, told, result] = [join(at, "disk"), join(at, "told"), join(at, "result")];
    for (const folder of [disk, told, result]) await mkdir(folder);
    try {
      await succeeds(workspace, ["run-all", ...tonight]);
      const files = ["churn.yaml", "customers.duckdb"].map((name) => join(workspace, name));
      const script = fileURLToPath(new URL("../../support/full-disk.sh", import.meta.url));
      const stages = pipeline.map(({ name }) => name);
      const { exitCode, stderr } = await execa(
        unshare,
        [...apart, "sh", script, disk, told, result, process.execPath, program, lastDay, files.join(" "), ...stages],
        { env: cronEnv, extendEnv: false, reject: false },
      );
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });

      const read = async (name: string) => (await readFile(join(told, name), "utf8")).trim();
      for (const stage of stages) {
        for (const free of ["0", "16"]) {
          const found = complaint({
            exitCode: Number(await read(`${stage}.${free}.code`)),
            stderr: await read(`${stage}.${free}.stderr`),
          });
          expectFullDisk(stage, found);
          expect(`${stage}: ${await read(`${stage}.${free}.left`)}`).toBe(`${stage}: `);
        }
        expect(`${stage}: ${await read(`${stage}.after.stderr`)}`).toBe(`${stage}: `);
      }
      expect(await digests(result, notTonight)).toEqual(await digests(workspace, notTonight));
      const runs = (await readdir(join(result, "mlruns"), { recursive: true })).filter((name) =>
        name.endsWith("artifacts/model/model.json"),
      );
      expect(runs).toHaveLength(1);
      expect(await readdir(join(result, "mlruns/models/churn-model"))).toEqual(["aliases", "meta.yaml", "version-1"]);
    } finally {
      await rm(at, { recursive: true, force: true });
    }
  },
);

const notTonight = RegExp(`${mayDiffer.source}|^[^/]+$`);

function expectFullDisk(stage: string, { exitCode, error, next }: Complaint): void {
  const said = /: the disk is full$/.test(error);
  expect({ stage, exitCode, error: said ? "full" : error, next }).toEqual({
    stage,
    exitCode: 5,
    error: "full",
    next: [expect.stringMatching(/free some space, then run it again$/)],
  });
}

interface OtherUser {
  /** Makes a file, or a folder with all in it, unreadable to who runs churn. */
  keep(path: string): Promise<void>;
  giveBack(): Promise<void>;
  churn(words: readonly string[], cwd?: string): Promise<Ended>;
}

/** As root, the workspace becomes nobody's, who runs churn, and root keeps files; others can only forbid themselves. */
async function anotherUser(workspace: string): Promise<OtherUser | undefined> {
  const as = isRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : ["env"];
  const run = async (words: readonly string[], cwd = workspace): Promise<Ended> => {
    const ended = await execa(as[0] ?? "", [...as.slice(1), process.execPath, program, ...words], {
      cwd,
      env: cronEnv,
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
    return { exitCode: ended.exitCode, signal: ended.signal, stdout: ended.stdout, stderr: ended.stderr };
  };
  const own = (uid: number, path: string) => execa("chown", ["-R", String(uid), path]);
  if (isRoot) await own(nobody, workspace);
  if ((await run(["--version"])).exitCode !== 0) {
    process.stderr.write(`skipped: ${program} can't be run by another user here\n`);
    return undefined;
  }
  const kept: string[] = [];
  return {
    churn: run,
    keep: async (path) => {
      kept.push(path);
      if (isRoot) await own(0, path);
      else await chmod(path, 0);
    },
    giveBack: async () => {
      for (const path of kept) await (isRoot ? own(nobody, path) : chmod(path, 0o700));
    },
  };
}

async function succeedsAs(user: OtherUser, words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await user.churn(words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
}
