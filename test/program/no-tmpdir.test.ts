import { join } from "node:path";
import { expect } from "vitest";
import { churn, digests, lastDay } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

test.for(["/nowhere/at-all", "churn.yaml"])(
  "whatever can work without TMPDIR=%s does",
  async (name, { workspace, folder }) => {
    const env = { TMPDIR: name.startsWith("/") ? name : join(workspace, name) };
    const preview = ["preview", "--set", "dataset.date=null", "--set", "gates.duplicate_rate=false"];
    for (const words of [["run-all", "--date", lastDay], preview, ["promote", "--version", "1", "--yes"]]) {
      const { exitCode, stderr } = await churn(workspace, words, env);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringMatching(/error|Error/) });
    }
    expect(await churn(folder, ["-C", "what?", "init", "--sample", "--date", lastDay], env)).toMatchObject({
      exitCode: 0,
    });
    expect(Object.keys(await digests(folder))).toContain("what?/customers.duckdb");
  },
);
