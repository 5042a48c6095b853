import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { churn, cronEnv, digests, lastDay, program } from "../support/churn.ts";
import { complaint, workspaceAfter } from "../support/mistake.ts";

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

/** A CSV file that is copied before DuckDB reads it, and the words that have it read. */
async function utf16File(workspace: string): Promise<string[]> {
  const rows = Array.from({ length: 20_000 }, (_, id) => `${id},${id % 3 === 0},${id % 7}\n`);
  await writeFile(
    join(workspace, "a.csv"),
    Buffer.from(`\ufeffcustomer_id,churned,tenure\n${rows.join("")}`, "utf16le"),
  );
  return ["extract", "--set", "source={ url: csv:a.csv }", "--set", "dataset.date=null", "--set", "transform={}"];
}

test("a CSV file that has to be copied is read without a TMPDIR too", async ({ workspace }) => {
  const words = await utf16File(workspace);
  const { exitCode, stdout } = await churn(workspace, words, { TMPDIR: "/nowhere/at-all" });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining("20,000 customers from a.csv") });
});

test("a copy that there is no room for is no fault of the file", async ({ workspace, folder }) => {
  const words = await utf16File(workspace);
  // The limit stands for a full disk: what still fits is written, and the rest isn't.
  const limited = ["-c", 'ulimit -f 100 && trap "" XFSZ && exec "$@"', "sh", process.execPath, program, ...words];
  const { exitCode, stderr } = await execa("/bin/sh", limited, {
    cwd: workspace,
    env: { ...cronEnv, TMPDIR: folder },
    extendEnv: false,
    reject: false,
  });
  expect(complaint({ exitCode, stderr })).toEqual({
    exitCode: 5,
    error: expect.stringMatching(/^.*\/churn-\w+\/.*: the file is larger than this process may write$/),
    next: ["look at ulimit -f"],
  });
});
