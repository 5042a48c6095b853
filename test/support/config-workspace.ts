import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadedConfig, loadConfig } from "../../src/lib/config/load.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";

/** The least that a churn.yaml says; what a test adds begins in line 5. */
export const least = `dataset:
  id: customer_id
  target: { column: churned }
source: { url: "duckdb:customers.duckdb", table: customers }
`;

export interface Given {
  readonly yaml?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
}

/** Loads a real churn.yaml in a folder of its own. */
export async function load({ yaml = least, env = {}, set = [] }: Given): Promise<LoadedConfig> {
  const root = await mkdtemp(join(tmpdir(), "churn-config-"));
  try {
    await writeFile(join(root, "churn.yaml"), yaml);
    return await loadConfig({ root, env: readEnvironment(env, root).variables, overrides: set });
  } finally {
    await rm(root, { recursive: true });
  }
}

/** What a person reads when it fails: the message's lines, then the hint after an arrow. */
export async function complaint(given: Given): Promise<string[]> {
  try {
    await load(given);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [...error.message.split("\n"), ...(error.hint === undefined ? [] : [`→ ${error.hint}`])];
  }
  return ["nothing wrong"];
}
