import * as z from "zod";
import { defineCommand } from "../lib/cli/command.ts";
import { previewLines } from "../lib/cli/output/preview.ts";
import { visible } from "../lib/cli/output/text.ts";
import { checkExpressionsAhead } from "../lib/prepare/expressions-ahead.ts";
import { previewCustomers } from "../lib/prepare/preview.ts";
import { today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

/** Shows what fills, derived columns and categories make of the source's customers; for those who write churn.yaml. */
export const preview = defineCommand({
  name: "preview",
  group: "Setting up",
  summary: "customers raw, derived and encoded",
  flags: z.strictObject({ rows: z.int().min(1).max(1000).default(5).describe("customers to show") }),

  async run(context, { rows }) {
    const { terminal } = context;
    const workspace = await openWorkspace(context);
    const { config } = workspace;
    await checkExpressionsAhead(config);
    await using services = openServices(workspace, terminal.print);
    const source = services.source();
    const { timezone } = config;
    const preview = await previewCustomers(source, { config, today: today(timezone, context.now), timezone, rows });
    if (context.json) {
      terminal.print(JSON.stringify({ source: source.description, ...preview }));
      return;
    }
    const { stdout: chalk, stderr } = terminal.chalk;
    for (const line of previewLines(preview, { chalk, columns: Math.max(terminal.columns, 60) })) terminal.print(line);
    for (const warning of preview.warnings) terminal.say(stderr.yellow(`! ${visible(warning)}`));
    terminal.say(stderr.dim(`snapshot of ${preview.date} in ${source.description}`));
  },
});
