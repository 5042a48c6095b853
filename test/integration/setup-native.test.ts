import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect } from "vitest";
import { churn, cronEnv, lastDay, test } from "../support/churn.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** What of this machine's environment says where Python is and how an index is reached. */
const ofPip = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value !== undefined && /^(?:PATH|HOME|PYENV_\w+|PIP_\w+|(?:https?|all|no)_proxy|SSL_CERT_FILE)$/i.test(name)
      ? [[name, value]]
      : [],
  ),
);

test("a workspace gets the library by the machine's own pip, and its next night trains with it", async ({
  workspace,
}) => {
  const { exitCode, stdout, stderr } = await churn(workspace, ["setup", "native", "--yes", "--json"], ofPip);
  expect(exitCode, stderr).toBe(0);
  const { library, version, log_loss } = JSON.parse(stdout);
  expect(library.startsWith(join(workspace, ".churn", "native", "lib", "python3."))).toBe(true);
  expect(version).toBe("3.4.1");
  expect(log_loss).toBeLessThan(0.46);
  const python = join(workspace, ".churn", "native", "bin", "python3");
  const { stdout: prefix } = await execa(python, ["-c", "import sys; print(sys.prefix != sys.base_prefix)"]);
  expect(prefix, "a virtual environment").toBe("True");

  const night = await churn(workspace, ["run-all", "--date", lastDay, "--set", "train.engine=native"]);
  expect(night.exitCode, night.stderr).toBe(0);
  expect(await churn(workspace, ["setup", "native"])).toMatchObject({
    exitCode: 0,
    stdout: `XGBoost 3.4.1 is there: ${library}`,
  });
});

test("a version that isn't there ends with the nearest ones that are, and make asks as churn does", async ({
  workspace,
}) => {
  expect(await churn(workspace, ["setup", "native", "--yes", "--version", "9.9.9"], ofPip)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(
      /error {2}.* no xgboost(-cpu)? 9\.9\.9 .*\nnext {3}the nearest it has: \d+\.\d+\.\d+/,
    ),
  });
  const PATH = [dirname(process.execPath), cronEnv.PATH].join(":");
  const words = ["-o", "dist/cli.cjs", "native", `WORKSPACE=${workspace}`];
  const made = await execa("make", words, {
    cwd: project,
    env: { ...cronEnv, PATH },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  expect(made.stderr).toContain("churn -C");
  expect(made.stderr).toContain("setup native asks before it downloads anything");
});
