import { chmod, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { environmentOfCron, environmentOfLine, reportInCron } from "../../src/lib/doctor/as-cron.ts";
import { doctorFormat, reportOf } from "../../src/lib/doctor/report.ts";
import { NOW } from "../support/doctor.ts";
import { test } from "../support/folder.ts";

/** A program in the place of churn's, that prints what it is told to. */
async function program(folder: string, script: string): Promise<string> {
  const file = join(folder, "it's a program.cjs");
  await writeFile(file, script);
  await chmod(file, 0o755);
  return file;
}

const report = reportOf(
  [
    {
      name: "Node",
      seconds: 0,
      findings: [{ state: "ok", text: "", details: [], next: [], exit_code: null, stage: null }],
    },
  ],
  {
    now: NOW,
    root: "/w",
    stages: [],
  },
);
const variables = { PATH: "/opt/rows:/usr/bin:/bin", OF_THE_LINE: "a b" };
const env = environmentOfLine({ variables });
const asked = (folder: string, file: string) => ({ program: file, folder, overrides: ["a.b=c d"], seconds: 1, env });

test("what cron gives a job are four variables of its owner", () => {
  const { homedir, username } = userInfo();
  expect(environmentOfCron()).toEqual({ HOME: homedir, LOGNAME: username, PATH: "/usr/bin:/bin", SHELL: "/bin/sh" });
});

test("what its line gives it comes on top", () => {
  expect(env).toEqual({ ...environmentOfCron(), ...variables });
});

test("the program runs in these alone, in the home folder, without a terminal, in a session of its own", async ({
  folder,
}) => {
  const seen = join(folder, "seen.json");
  const file = await program(
    folder,
    `const { readFileSync, writeFileSync } = require("node:fs");
     const [, , , , , session] = readFileSync("/proc/self/stat", "utf8").replace(/^.*\\) /s, "x x ").split(" ");
     writeFileSync(${JSON.stringify(seen)}, JSON.stringify({
       env: process.env, cwd: process.cwd(), words: process.argv.slice(2), session: Number(session) === process.pid,
       terminals: [process.stdin, process.stdout, process.stderr].map(({ isTTY }) => isTTY === true),
       input: readFileSync(0, "utf8"),
     }));
     process.stdout.write(${JSON.stringify(JSON.stringify(doctorFormat.write(report)))});`,
  );
  expect(await reportInCron(asked(folder, file))).toEqual(report);
  const { env: had, ...rest } = z
    .looseObject({ env: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(seen, "utf8")));
  // The shell adds the folder that it stands in.
  expect({ ...had, PWD: "" }).toEqual({ ...env, PWD: "" });
  expect(rest).toEqual({
    cwd: environmentOfCron().HOME,
    words: ["-C", folder, "--set", "a.b=c d", "doctor", "--json", "--timeout", "1s"],
    terminals: [false, false, false],
    session: true,
    input: "",
  });
});

test("one that gives no report is told with what it said", async ({ folder }) => {
  const file = await program(folder, `process.stderr.write("no such thing\\nat all\\n"); process.exitCode = 127;`);
  await expect(reportInCron(asked(folder, file))).rejects.toMatchObject({
    exitCode: 5,
    message: "in cron's environment churn doctor ended with 127, and without a report",
    hint: "what it said stands above; the command that cron runs ends likewise",
    details: ["no such thing", "at all"],
  });
});
