import { access, mkdir, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { churn, cronEnv, lastDay, program } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

/** The lines of a failure's mail, and what a shell makes of a line that somebody pastes from it, in a folder of no concern. */
async function mailbox(folder: string) {
  const bin = join(folder, "bin");
  await mkdir(bin);
  await symlink(program, join(bin, "churn"));
  const PATH = [bin, dirname(process.execPath), cronEnv.PATH].join(":");
  return {
    lines: (mail: string) => mail.split("\n").map((line) => line.replace(/^(error|next) {2,3}/, "").trim()),
    paste: (line: string) =>
      execa("/bin/sh", ["-c", line], { cwd: folder, env: { ...cronEnv, PATH }, extendEnv: false, reject: false }),
  };
}

test.for(["-C", "cd"])(
  "cron's mail of a failure has a line that can be pasted, and the log's path (%s)",
  async (way, { workspace, folder }) => {
    const place = join(folder, "Maria's shop");
    await rename(workspace, place);
    const { lines, paste } = await mailbox(folder);
    const broken = { CHURN_GATES_ROW_COUNT: "9999" };
    const words = ["run-all", "--quiet", "--date", lastDay, "--set", "split.salt=a b", "--to", "validate"];
    const { exitCode, stdout, stderr } =
      way === "cd" ? await churn(place, words, broken) : await churn("/", ["-C", place, ...words], broken);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });

    const mail = lines(stderr);
    const command = mail.find((line) => line.startsWith("churn ")) ?? "";
    expect(command).toBe(`churn -C '${folder}/Maria'\\''s shop' run-all --date ${lastDay} --set 'split.salt=a b'`);
    expect(await paste(`${command} --to validate`)).toMatchObject({ exitCode: 0 });
    const log = mail.find((line) => line.startsWith("the run's log: "))?.slice("the run's log: ".length);
    expect(await paste(`grep -c '"stage failed"' ${log}`)).toMatchObject({ stdout: "1" });
    await rename(place, workspace);
  },
);

test("a failure before there is a night says what it can, and its commands name the workspace as well", async ({
  workspace,
}) => {
  expect(await churn("/", ["-C", workspace, "run-all", "--quiet", "--date", `${lastDay}.5`])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`next   churn -C ${workspace} run-all --date ${lastDay} --again`),
  });
  expect(await churn("/", ["-C", workspace, "train", "--date", lastDay])).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining(`next   churn -C ${workspace} features --date ${lastDay}`),
  });
  await access(workspace);
});

test.for([
  [
    "an option of churn.yaml that isn't there",
    ["--date", lastDay, "--set", "nope=1"],
    2,
    ` run-all --date ${lastDay} --set nope=1`,
  ],
  ["a night that was never opened", ["--date", `${lastDay}.5`], 2, ` run-all --date ${lastDay}`],
  ["a date to come", ["--date", "2999-01-01"], 2, " run-all --date today"],
  ["no date", ["--date", "2026-13-01"], 2, " run-all --date today"],
] as const)(
  "cron's mail of what fails before there is a night names the workspace as well: %s",
  async ([, words, exitCode, command], { workspace }) => {
    const ended = await churn(workspace, ["run-all", "--quiet", ...words]);
    expect(ended).toMatchObject({ exitCode, stdout: "" });
    expect(ended.stderr.split("\n").map((line) => line.replace(/^(next {3}| {7})/, ""))).toContain(
      `churn -C ${workspace}${command}`,
    );
  },
);

test("the same of yesterday names the day: the command may be pasted on another one", async ({ workspace }) => {
  const ended = await churn(workspace, ["run-all", "--quiet", "--date", "yesterday", "--set", "nope=1"]);
  expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ended.stderr).toMatch(RegExp(`churn -C ${workspace} run-all --date \\d{4}-\\d\\d-\\d\\d --set nope=1$`, "m"));
});

test("who stands in the workspace and runs a stage pastes the shorter command", async ({ workspace }) => {
  expect(await churn(workspace, ["train", "--date", lastDay])).toMatchObject({
    stderr: expect.stringMatching(/next {3}churn features --date [-0-9]{10}$/),
  });
});
