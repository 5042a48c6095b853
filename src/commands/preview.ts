import * as z from "zod";
import { csvRead, validation } from "../lib/artifacts/artifacts.ts";
import { defineCommand } from "../lib/cli/command.ts";
import { previewLines } from "../lib/cli/output/preview.ts";
import { unusedLines } from "../lib/cli/output/unused.ts";
import { visible } from "../lib/cli/visible.ts";
import { checkExpressionsAhead } from "../lib/prepare/expressions-ahead.ts";
import { previewCustomers } from "../lib/prepare/preview.ts";
import { earlierColumns } from "../lib/quality/report.ts";
import type { Stage } from "../lib/stage/define.ts";
import { readPrevious, readPreviousResult } from "../lib/stage/handles.ts";
import { workspaceId } from "../lib/store/id.ts";
import { endAtSignals } from "../lib/supervise/end-at-once.ts";
import { today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openWorkspace, type Workspace } from "../lib/workspace/workspace.ts";

const LINE_WIDTH = 80;

/** Shows what fills, derived columns and categories make of the source's customers; for those who write churn.yaml. */
export function preview(stages: readonly Stage[]) {
  return defineCommand({
    name: "preview",
    group: "Setting up",
    summary: "customers raw, derived and encoded",
    flags: z.strictObject({ rows: z.int().min(1).max(1000).default(5).describe("customers to show") }),

    async run(context, { rows }) {
      const { terminal } = context;
      const workspace = await openWorkspace(context);
      const { config } = workspace;
      await checkExpressionsAhead(config);
      // Customers lie in a folder for a while, which a signal would leave there.
      using _signals = endAtSignals();
      await using services = openServices(workspace, terminal.print);
      const source = services.source();
      const { timezone } = config;
      const tonight = today(timezone, context.now);
      const earlier = await earlierNight(stages, workspace, tonight);
      const { memory } = config.source;
      const preview = await previewCustomers(source, { config, today: tonight, timezone, rows, memory, ...earlier });
      if (context.json) {
        terminal.printJson({ source: source.description, ...preview });
        return;
      }
      const { stdout: chalk, stderr } = terminal.chalk;
      for (const line of previewLines(preview, { chalk, columns: Math.max(terminal.columns, 60) }))
        terminal.print(line);
      for (const warning of preview.warnings) terminal.say(stderr.yellow(`! ${visible(warning)}`));
      for (const line of unusedLines(preview.columns, LINE_WIDTH)) terminal.say(stderr.dim(visible(line)));
      terminal.say(stderr.dim(visible(`snapshot of ${preview.date} in ${source.description}`)));
    },
  });
}

/** The newest decided earlier night's columns and format of CSV files, which tonight's extract would take too. */
async function earlierNight(stages: readonly Stage[], { store, redact }: Workspace, date: string) {
  const id = await workspaceId(store);
  if (id === undefined) return { earlier: [], earlierFormat: undefined };
  const archive = { store, workspaceId: id, stages, redact };
  const earlier = await readPrevious(archive, validation, date);
  return {
    earlier: earlier === undefined ? [] : earlierColumns(earlier),
    earlierFormat: (await readPreviousResult(archive, csvRead, date))?.csv?.read,
  };
}
