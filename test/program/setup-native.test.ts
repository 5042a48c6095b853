import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { expect } from "vitest";
import { isRunning } from "../../src/lib/files/running.ts";
import { churn, cronEnv, program, test } from "../support/churn.ts";
import { fakePython } from "../support/fake-python.ts";

test("stopped while pip works, it leaves nothing; until then nobody else writes to the workspace", async ({
  workspace,
}) => {
  const bin = await fakePython(workspace, { install: `echo $$ > "${workspace}/pip.pid"; exec sleep 300` });
  const before = readdirSync(`${workspace}/.churn`);
  const installing = execa(process.execPath, [program, "setup", "native", "--yes"], {
    cwd: workspace,
    env: { ...cronEnv, PATH: `${bin}:${cronEnv.PATH}` },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  const pip = await pidIn(`${workspace}/pip.pid`);
  expect(readdirSync(`${workspace}/.churn`)).toContainEqual(expect.stringMatching(/^\.native\..+\.part$/));
  expect(await churn(workspace, ["run-all"])).toMatchObject({
    exitCode: 75,
    stderr: expect.stringContaining("setup native"),
  });

  installing.kill("SIGINT");
  expect(await installing).toMatchObject({ signal: "SIGINT" });
  const isNew = (name: string) => !before.includes(name) && !/lock$|store\.json$/.test(name);
  expect(readdirSync(`${workspace}/.churn`).filter(isNew)).toEqual([]);
  await expect.poll(() => isRunning(pip), { timeout: 10_000 }).toBe(false);
});

/** The number in a file, once it is there. */
async function pidIn(file: string): Promise<number> {
  for (;;) {
    await sleep(50);
    try {
      const text = readFileSync(file, "utf8");
      if (text.endsWith("\n")) return Number(text);
    } catch {
      // not there yet
    }
  }
}
