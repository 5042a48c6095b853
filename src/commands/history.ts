import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { historyAtLines, historyLines } from "../lib/cli/output/history.ts";
import { visible } from "../lib/cli/visible.ts";
import { UnreachableError, UsageError } from "../lib/errors.ts";
import { HISTORY_KINDS, historyFormat, periodsWithin, productionPeriods } from "../lib/ledger/history.ts";
import { readLedger } from "../lib/ledger/read.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { workspaceId } from "../lib/store/id.ts";
import { requirePresent } from "../lib/tracking/present.ts";
import { productionVersion } from "../lib/tracking/production.ts";
import type { ModelVersion, Tracking } from "../lib/tracking/tracking.ts";
import { type Via, wayOf } from "../lib/tracking/via.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { addDays, parseDate, today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { momentOf } from "../lib/workspace/timezone.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

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
      const workspace = await openWorkspace(context);
      const { root, config, store, redact, loaded } = workspace;
      const { timezone, register } = config;
      const { model } = register;
      const date = at === undefined ? undefined : parseDate(at, timezone, now);
      if (date !== undefined && date > today(timezone, now))
        throw new UsageError(
          `${date} is in the future: today is ${today(timezone, now)} in ${timezone}`,
          "--at takes today, yesterday or an earlier date",
        );
      await requireKnownStore(workspace);
      const ledger = { store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
      await requireKnownRegistry(ledger, { root, settings: config.tracking, origins: loaded.origins });
      await using services = openServices(workspace, terminal.print);

      const { events, damaged, newer } = await readLedger({ ...ledger, root }, { kinds: HISTORY_KINDS, now });
      const registry = await askRegistry(services.tracking, model, register.via);
      const periods = productionPeriods(events, { model, ...registry, now });
      const problems = [
        ...damaged,
        ...newer.map((churn) => `lines of the ledger were written by churn ${churn}, which knows more kinds of events`),
        ...registry.problems,
      ];

      const from = date === undefined ? undefined : momentOf(timezone, date, "00:00").toISOString();
      const to = date === undefined ? undefined : momentOf(timezone, addDays(date, 1), "00:00").toISOString();
      const ofDay = from === undefined || to === undefined ? undefined : periodsWithin(periods, { from, to });
      if (context.json) {
        const asked = date === undefined || ofDay === undefined ? null : { date, periods: [...ofDay] };
        terminal.printJson(historyFormat.write({ model, at: asked, periods: periods.toReversed(), problems }));
        return;
      }
      for (const problem of problems) terminal.say(`${terminal.chalk.stderr.yellow("warning")}  ${visible(problem)}`);
      const shown = { chalk: terminal.chalk.stdout, timezone };
      const lines =
        date === undefined || ofDay === undefined
          ? historyLines(model, periods.toReversed(), shown)
          : historyAtLines(model, date, ofDay, shown);
      for (const line of lines) terminal.print(line);
    },
  });
}

interface Registry {
  /** undefined where it can't be asked */
  readonly versions: readonly ModelVersion[] | undefined;
  /** the number of the version in production, null for none; undefined where nobody can say */
  readonly current: number | null | undefined;
  readonly problems: readonly string[];
}

/** What can't be asked, or says two things, is told: the ledger knows the rest. */
async function askRegistry(open: () => Promise<Tracking>, model: string, via: Via): Promise<Registry> {
  const problems: string[] = [];
  let versions: readonly ModelVersion[] | undefined;
  try {
    const tracking = await open();
    await requirePresent(tracking);
    versions = await tracking.modelVersions(model, ({ message }) => problems.push(message));
    return { versions, current: productionVersion(versions, wayOf(via, versions))?.version ?? null, problems };
  } catch (error) {
    const isAnswered = versions !== undefined && error instanceof UsageError;
    if (!isAnswered && !(error instanceof UnreachableError)) throw error;
    return { versions, current: undefined, problems: [...problems, error.message] };
  }
}
