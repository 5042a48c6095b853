import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { historyAtLines, historyLines } from "../lib/cli/output/history.ts";
import { warn } from "../lib/cli/output/warn.ts";
import { UsageError } from "../lib/errors.ts";
import { HISTORY_KINDS, historyFormat, periodsWithin, productionPeriods } from "../lib/ledger/history.ts";
import { problemsOf, readLedger } from "../lib/ledger/read.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { workspaceId } from "../lib/store/id.ts";
import { askRegistry, toldRegistry, unaskedRegistry } from "../lib/tracking/ask-registry.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { addDays, parseDate, today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openToTell } from "../lib/workspace/tell.ts";
import { momentOf } from "../lib/workspace/timezone.ts";

const flags = z.strictObject({
  at: z.string().optional().meta({ value: "date" }).describe("YYYY-MM-DD, today or yesterday: which one on that day"),
});

/** Says which version was in production when, who put it there, and why. Reads only. */
export function history(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "history",
    group: "The models",
    summary: "which version was in production when",
    flags,

    async run(context, { at }) {
      const { terminal, now } = context;
      const workspace = await openToTell(context);
      const { root, config, store, redact, loaded, unasked, wrong } = workspace;
      const { timezone, register } = config;
      const { model } = register;
      const date = at === undefined ? undefined : parseDate(at, timezone, now);
      if (date !== undefined && date > today(timezone, now))
        throw new UsageError(
          `${date} is in the future: today is ${today(timezone, now)} in ${timezone}`,
          "--at takes today, yesterday or an earlier date",
        );
      await requireKnownStore(workspace);
      const archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
      await using services = openServices(workspace, terminal.print);

      const reading = await readLedger({ ...archive, root }, { kinds: HISTORY_KINDS, now });
      const asked = async () => {
        await requireKnownRegistry(archive, { root, settings: config.tracking, origins: loaded.origins });
        return await askRegistry(services.tracking, model, register.via);
      };
      const registry =
        unasked === undefined ? await (wrong === undefined ? asked() : toldRegistry(asked)) : unaskedRegistry(unasked);
      const periods = productionPeriods(reading.events, { model, ...registry, now });
      const problems = [...problemsOf(reading), ...registry.problems];

      const from = date === undefined ? undefined : momentOf(timezone, date, "00:00").toISOString();
      const to = date === undefined ? undefined : momentOf(timezone, addDays(date, 1), "00:00").toISOString();
      const ofDay = from === undefined || to === undefined ? undefined : periodsWithin(periods, { from, to });
      if (context.json) {
        const asked = date === undefined || ofDay === undefined ? null : { date, periods: [...ofDay] };
        terminal.printJson(historyFormat.write({ model, at: asked, periods: periods.toReversed(), problems }));
        return;
      }
      for (const problem of problems) warn(terminal, problem);
      const shown = { chalk: terminal.chalk.stdout, timezone };
      const lines =
        date === undefined || ofDay === undefined
          ? historyLines(model, periods.toReversed(), shown)
          : historyAtLines(model, date, ofDay, shown);
      for (const line of lines) terminal.print(line);
    },
  });
}
