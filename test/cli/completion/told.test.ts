import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { type Told, toldCommand, toldFunctions } from "../../../src/lib/cli/completion/told.ts";
import { test } from "../../support/folder.ts";

const LINES = [
  '{"schema_version":1,"event":"registered","run":"20261122T050000Z-0001","night":"2026-11-22.2","version":12}',
  '{"schema_version":1,"event":"registered","run":"20261122T050000Z-0001","night":"2026-11-22","version":3}',
  '{"night":"2026-11-24$(id)","version":"4`id`","run":"20261124; id","reason":"a \\"version\\":77 of \\"night\\":\\"2020-01-01\\""}',
];
const NAMES = {
  night: ["2026-11-22", "2026-11-22.2"],
  version: ["3", "12"],
  run: ["20261122T050000Z-0001"],
} as const;

test.for(["night", "version", "run"] as const)(
  "lists each %s once, and nothing that a shell would act on",
  async (told: Told, { folder }) => {
    await writeFile(join(folder, "ledger.jsonl"), `${LINES.join("\n")}\n`);
    const { stdout, stderr } = await execa("sh", ["-c", toldCommand(told, '"$1"'), "sh", folder]);
    expect({ words: stdout.split("\n"), stderr }).toEqual({ words: NAMES[told], stderr: "" });
  },
);

test("is found from below the workspace, and is nothing elsewhere, without a word", async ({ folder }) => {
  const inner = join(folder, "a workspace", "inner");
  await mkdir(inner, { recursive: true });
  await writeFile(join(folder, "a workspace", "churn.yaml"), "");
  const ask = async (cwd: string, ...more: readonly string[]) => {
    const script = `${toldFunctions()}_churn_told night "$@"`;
    const { stdout, stderr, exitCode } = await execa("bash", ["-c", script, "bash", ...more], { cwd, reject: false });
    return { stdout, stderr, exitCode };
  };
  const nothing = { stdout: "", stderr: "", exitCode: 0 };
  expect(await ask(inner)).toEqual(nothing);
  await writeFile(join(folder, "a workspace", "ledger.jsonl"), `${LINES[1]}\n`);
  const found = { ...nothing, stdout: "2026-11-22" };
  expect(await ask(inner)).toEqual(found);
  expect(await ask(folder, "a workspace/inner")).toEqual(found);
  expect(await ask(folder)).toEqual(nothing);
});
