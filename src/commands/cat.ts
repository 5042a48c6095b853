import { readFile } from "node:fs/promises";
import * as z from "zod";
import { parseJson } from "../lib/artifacts/json-text.ts";
import { type Command, type CommandContext, defineCommand } from "../lib/cli/command.ts";
import { firstRowsLines } from "../lib/cli/output/first-rows.ts";
import { visible } from "../lib/cli/visible.ts";
import { firstRows } from "../lib/duckdb/first-rows.ts";
import { UsageError } from "../lib/errors.ts";
import type { Stage } from "../lib/stage/define.ts";
import { findFile } from "../lib/stage/find-file.ts";
import { workspaceId } from "../lib/store/id.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  key: z.string().optional().meta({ positional: true }).describe("of the file, as churn ls has it"),
  rows: z.int().min(1).max(1000).default(10).describe("of a table"),
});

/** Prints a file of the store: text as it is, a table as its first rows. */
export function cat(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "cat",
    group: "The files",
    summary: "prints one; of a table the first rows",
    flags,

    async run(context, { key, rows }) {
      if (key === undefined)
        throw new UsageError("which file? churn cat takes a KEY", "churn ls --date DATE lists a night's keys");
      const { store, redact } = await openWorkspace(context);
      const archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
      const file = await findFile(archive, key);
      const path = await store.local(file);
      if (file.key.endsWith(".parquet")) await printTable(context, { key: file.key, path, rows });
      else printText(context, file.key, await readFile(path));
    },
  });
}

async function printTable(
  { terminal, json }: CommandContext,
  { key, path, rows }: { readonly key: string; readonly path: string; readonly rows: number },
): Promise<void> {
  const table = await firstRows(path, rows);
  if (json) {
    terminal.printJson({ key, ...table });
    return;
  }
  for (const line of firstRowsLines(table, terminal.chalk.stdout)) terminal.print(line);
}

/** On a screen a name forges no line; to a program or a file go the bytes as they are. */
function printText({ terminal, json }: CommandContext, key: string, content: Buffer): void {
  if (json) {
    terminal.printJson(key.endsWith(".json") ? parseJson(content, key) : { key, text: content.toString("utf8") });
    return;
  }
  if (!terminal.onScreen) {
    terminal.printBytes(content);
    return;
  }
  const lines = content.toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) terminal.print(visible(line, Math.max(1, line.length)));
}
