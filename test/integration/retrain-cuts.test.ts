import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { churn } from "../support/churn.ts";
import { secondNight } from "./support/nights.ts";
import { type PythonName, pythonPrograms, runPython } from "./support/python.ts";

const pythons: readonly PythonName[] = ["newest", "old"];
const schema = z.object({
  version: z.string(),
  trees: z.int(),
  different: z.int(),
  different_without_cuts: z.int().nullable(),
});

/** The library of a Python's xgboost. */
async function libraryOf(python: PythonName): Promise<string> {
  const { bin } = await pythonPrograms(python);
  const program = "import pathlib, xgboost; print(pathlib.Path(xgboost.__file__).parent / 'lib' / 'libxgboost.so')";
  return (await execa(join(bin, "python"), ["-c", program])).stdout;
}

describe.each(pythons)("Python's xgboost %s and churn with its library", (python) => {
  test.for([
    ["all rounds", {}],
    ["those up to the best one", { early_stopping: { rounds: 5, validation: 0.2 }, learning_rate: 0.2 }],
  ] as const)("grow the same trees from the night's files: %s", async ([, changed]) => {
    const root = await mkdtemp(join(tmpdir(), "churn-cuts-"));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const words = [
      ["train.engine", "native"],
      ["train.library", await libraryOf(python)],
      ["train.params.tree_method", "hist"],
      ["train.cuts.rows", "2000"],
      ...("early_stopping" in changed
        ? [
            ["train.early_stopping", JSON.stringify(changed.early_stopping)],
            ["train.params.learning_rate", String(changed.learning_rate)],
          ]
        : []),
    ].flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    for (const line of [
      ["init", "--sample", "--date", secondNight],
      ["run-all", "--to", "train", "--date", secondNight, ...words],
    ])
      expect(await churn(root, line)).toMatchObject({ exitCode: 0 });
    const compared = await runPython(python, "retrain_cuts.py", { args: [root, secondNight], schema });
    expect(compared.trees).toBeGreaterThan(5);
    expect(compared.different).toBe(0);
    // Of the customers in the file's order there would be other bins.
    if (compared.different_without_cuts !== null) expect(compared.different_without_cuts).toBeGreaterThan(0);
  });
});
