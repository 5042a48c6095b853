import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import type * as z from "zod";
import { setup } from "../../src/commands/setup.ts";
import { least } from "../support/config-workspace.ts";
import { fakePython, installs } from "../support/fake-python.ts";
import { test } from "../support/folder.ts";
import { newest } from "../support/libxgboost.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

interface Given {
  readonly flags?: z.input<typeof setup.flags>;
  readonly answers?: readonly string[];
  readonly json?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly yaml?: string;
}

/** Runs it in a workspace, with a Python that installs the library of the tests. */
async function run(folder: string, { flags, answers, json = false, env, yaml = "" }: Given = {}) {
  await writeFile(join(folder, "churn.yaml"), `${least}${yaml}`);
  const bin = await fakePython(folder, { install: installs(newest) });
  const { terminal, ...heard } = quietTerminal(answers);
  const context = { ...contextIn(folder, terminal, { json }), env: { PATH: `${bin}:/usr/bin:/bin`, ...env } };
  await setup.run(context, setup.flags.parse({ what: "native", ...flags }));
  return heard;
}

const version = /\d+\.\d+\.\d+/.exec(newest)?.[0] ?? "";
const library = (folder: string) => join(folder, ".churn/native/lib/python3.9/site-packages/xgboost/lib/libxgboost.so");

test("it says what it would do, and asks", async ({ folder }) => {
  const { said, questions } = await run(folder, { answers: ["n"] });
  expect(said).toEqual([
    expect.stringMatching(/^This installs libxgboost/),
    expect.stringMatching(/^ {2}what {3}xgboost\S* 3\.4\.1 by pip; of it the library alone is used, no Python$/),
    expect.stringMatching(/^ {2}size {3}about \d+ MB to download, \d+ MB on disk$/),
    `  where  ${join(folder, ".churn/native")}`,
    "         a virtual environment; nothing else on this machine changes",
    expect.stringMatching(/^ {2}then /),
    "nothing was changed",
  ]);
  expect(questions).toEqual(["Go on? [y/N] "]);
  expect(existsSync(join(folder, ".churn"))).toBe(false);
});

test("the command to paste keeps what was asked for", async ({ folder }) => {
  await expect(run(folder, { flags: { version: "2.1.4", force: true } })).rejects.toMatchObject({
    hint: "churn setup native --version 2.1.4 --force --yes",
  });
});

describe.skipIf(newest === "")("a library", () => {
  test("is tried out, and there when it is asked for again", async ({ folder }) => {
    const { printed, said } = await run(folder, { answers: ["y"] });
    expect(printed).toEqual([
      `XGBoost ${version} is installed: ${library(folder)}`,
      expect.stringMatching(/^tried out: 100 trees on 5,635 customers of the sample in \d+\.\d\d s,$/),
      expect.stringMatching(/^ {11}log loss 0\.4\d\d on 1,408 others$/),
    ]);
    expect(said.at(-1)).toBe("train.engine: auto takes it from the next night on");
    expect(await run(folder)).toMatchObject({
      printed: [`XGBoost ${version} is there: ${library(folder)}`],
      said: ["churn setup native --force installs it anew"],
    });
    expect(await run(folder, { flags: { version } })).toMatchObject({
      said: ["churn setup native --force installs it anew"],
    });
    const other = await run(folder, { flags: { version: "2.1.4", yes: true } });
    expect(other.said[0]).toBe(`XGBoost ${version} is there and will be replaced`);
    expect(other.said).toContainEqual(expect.stringContaining(" 2.1.4 by pip"));
    const again = await run(folder, { flags: { force: true, yes: true }, json: true });
    expect(JSON.parse(again.printed.join())).toMatchObject({ installed: true, library: library(folder), version });
  });

  test("that can't be used is replaced without --force", async ({ folder }) => {
    await mkdir(dirname(library(folder)), { recursive: true });
    await writeFile(library(folder), "text");
    const { printed, said } = await run(folder, { flags: { yes: true } });
    expect(said[0]).toBe(
      `what is there can't be used and will be replaced: ${library(folder)}: it is no shared library`,
    );
    expect(printed[0]).toBe(`XGBoost ${version} is installed: ${library(folder)}`);
  });

  test("that a night won't take is said to be so", async ({ folder }) => {
    const yes = { force: true, yes: true };
    const named = await run(folder, { flags: yes, env: { CHURN_LIBXGBOOST: "/opt/libxgboost.so" } });
    expect(named.said.at(-1)).toBe("CHURN_LIBXGBOOST names another library, which goes before it: /opt/libxgboost.so");
    await symlink(newest, join(folder, "lib.so"));
    const configured = await run(folder, { flags: yes, yaml: "\ntrain: { library: lib.so }\n" });
    expect(configured.said.at(-1)).toBe("train.library names another one, which goes before it: lib.so");
    const wasm = await run(folder, { flags: yes, yaml: "\ntrain: { engine: wasm }\n" });
    expect(wasm.said.at(-1)).toBe("train.engine is wasm and doesn't take it; auto and native do");
  });
});
