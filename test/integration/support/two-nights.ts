import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { churn } from "../../support/program.ts";
import { firstNight, secondNight } from "./nights.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A sample workspace after two nights, made by the built program once for all tests, which only read it. */
    twoNights: string;
  }
}

let workspace: string | undefined;

/** Makes the workspace: the first night's model is in Production when the second night is judged. */
export async function setup({ vitest }: TestProject): Promise<void> {
  const all = vitest.getRootProject();
  // The projects that ask for it share it.
  if (all.getProvidedContext().twoNights !== undefined) return;
  // A space and an accent: what churn writes must be found under any name.
  workspace = await mkdtemp(join(tmpdir(), "churn integration é-"));
  const lines = [
    ["init", "--sample", "--date", secondNight],
    ["run-all", "--date", firstNight],
    ["promote", "--version", "1", "--yes"],
    ["run-all", "--date", secondNight],
  ];
  for (const words of lines) {
    const { exitCode, stderr } = await churn(workspace, words);
    if (exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${exitCode}\n${stderr}`);
  }
  all.provide("twoNights", workspace);
}

export async function teardown(): Promise<void> {
  if (workspace !== undefined) await rm(workspace, { recursive: true, force: true });
}
