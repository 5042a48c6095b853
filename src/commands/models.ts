import * as z from "zod";
import { defineCommand } from "../lib/cli/command.ts";
import { modelsLines, noModelsLines, versionsShown } from "../lib/cli/output/models.ts";
import { modelsFormat } from "../lib/cli/output/printed.ts";
import { warn as warnOn } from "../lib/cli/output/warn.ts";
import { secondsOf } from "../lib/config/duration.ts";
import { UsageError } from "../lib/errors.ts";
import { mlflowPages } from "../lib/tracking/pages.ts";
import { productionVersion } from "../lib/tracking/production.ts";
import { registeredVersion } from "../lib/tracking/registered-version.ts";
import { holdOf } from "../lib/tracking/rejection.ts";
import type { ModelVersion } from "../lib/tracking/tracking.ts";
import { type Way, wayOf } from "../lib/tracking/via.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

/** Shows the registered model's versions, newest first: which is in Production, which waits in Staging. */
export const models = defineCommand({
  name: "models",
  group: "The models",
  summary: "versions, stages and metrics",
  flags: z.strictObject({
    view: z.enum(["ui"]).optional().meta({ positional: true }).describe("the command that opens MLflow's pages"),
    all: z.boolean().default(false).describe("older versions too; --json has them anyway"),
  }),

  async run(context, { view, all }) {
    const { terminal } = context;
    const workspace = await openWorkspace(context);
    const { config } = workspace;
    const { model } = config.register;
    await using services = openServices(workspace, terminal.print);
    const tracking = await services.tracking();
    if (view === "ui") {
      const pages = mlflowPages(tracking.registryUri);
      if (context.json) terminal.printJson(pages);
      else terminal.print(pages.command ?? pages.url);
      return;
    }
    const warn = (message: string) => warnOn(terminal, message);
    const known = await tracking.modelVersions(model, ({ message }) => warn(message));
    const via = wayOf(config.register.via, known);
    for (const line of conflictLines(known, via)) warn(line);
    // A folder reads a version's tags when they are asked for: those of a year take their time.
    const hold = holdOf(known, secondsOf(config.register.hold), context.now);
    const versions = (all || context.json ? known : versionsShown(known)).map(registeredVersion);

    if (context.json) {
      const printed = modelsFormat.write({
        model,
        registry: tracking.registryUri,
        via,
        hold: hold === undefined ? null : { version: hold.version, until: hold.until.toISOString() },
        versions: versions.map((one) => ({
          version: one.version,
          stage: one.stage,
          aliases: [...one.aliases],
          night: one.night,
          created_at: one.createdAt.toISOString(),
          f1: one.f1,
          auc_roc: one.aucRoc,
          rows: one.rows,
          mlflow_run_id: one.runId,
          promoted_by: one.promotedBy,
          promoted_at: one.promotedAt?.toISOString() ?? null,
          reason: one.reason,
          production_until: one.productionUntil?.toISOString() ?? null,
          rejected: one.rejection && { ...one.rejection, at: one.rejection.at?.toISOString() ?? null },
        })),
      });
      terminal.printJson(printed);
      return;
    }
    const chalk = terminal.chalk.stdout;
    const { timezone } = config;
    const lines =
      versions.length === 0
        ? noModelsLines(model, config.tracking.registry_uri ?? config.tracking.uri, chalk)
        : modelsLines(model, versions, { chalk, timezone, older: known.length - versions.length, via, hold });
    for (const line of lines) terminal.print(line);
  },
});

/** What ends the next compare with 2: stage and alias that name two versions, and what settles it. */
function conflictLines(versions: readonly ModelVersion[], via: Way): readonly string[] {
  try {
    productionVersion(versions, via);
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [error.message, ...(error.hint?.split("\n") ?? [])];
  }
}
