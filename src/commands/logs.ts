import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { logLineLines } from "../lib/cli/output/log.ts";
import { closest } from "../lib/cli/suggestions.ts";
import { UsageError } from "../lib/errors.ts";
import { isAtWork } from "../lib/ledger/at-work.ts";
import { findLog } from "../lib/logs/find.ts";
import { parseLogLine } from "../lib/logs/line.ts";
import { logLines } from "../lib/logs/read.ts";
import type { Stage } from "../lib/stage/define.ts";
import { parseDate, parseNight } from "../lib/workspace/night.ts";
import { openToTell } from "../lib/workspace/tell.ts";

const flags = z.strictObject({
  date: z.string().optional().describe("YYYY-MM-DD, today or yesterday: the newest run of that night"),
  stage: z.string().optional().describe("the lines of one stage; run-all for those of the whole run"),
  run: z.string().optional().describe("a run's id, or the four digits that screens show"),
  follow: z.boolean().default(false).describe("go on with a run that is at work, to its end"),
});

/** What a supervisor says of the whole run. */
const WHOLE_RUN = "run-all";
/** How often is looked for more lines, and how often whether the run lives. */
const LOOK_MS = 250;
const LIVES_MS = 1000;

/** Shows the log of a run: for people, or as it is. Reads only. */
export function logs(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "logs",
    group: "A night",
    summary: "the log of the newest run, or of another one",
    flags,

    async run(context, { date, stage, run, follow }) {
      const { terminal, json, now } = context;
      const names = [WHOLE_RUN, ...stages.map(({ name }) => name)];
      if (stage !== undefined && !names.includes(stage)) throw noSuchStage(stage, names);
      const { root, config } = await openToTell(context, { reads: false });
      const night = date === undefined ? undefined : (parseNight(date)?.name ?? parseDate(date, config.timezone, now));
      const log = findLog(root, { night, run });
      if (!json) terminal.say(terminal.chalk.stderr.dim(`run ${log.run}   ${log.key}`));
      const shown = { chalk: terminal.chalk.stdout, timezone: config.timezone };
      const lines = logLines(root, join(root, log.key), {
        wait: follow ? untilOver(root, log.run) : async () => false,
      });
      for await (const line of lines) {
        if (line === "" || (stage !== undefined && parseLogLine(line)?.stage !== stage)) continue;
        for (const one of json ? [line] : logLineLines(line, shown)) terminal.print(one);
      }
    },
  });
}

function noSuchStage(stage: string, names: readonly string[]): UsageError {
  const meant = closest(stage, names);
  return new UsageError(
    `--stage ${stage}: there is no such stage`,
    meant === undefined ? `the stages are ${names.join(", ")}` : `did you mean ${meant}?`,
  );
}

/** Waits a moment, and says whether more may come. A run that has just ended has a last line to write. */
function untilOver(root: string, run: string): () => Promise<boolean> {
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const isDue = performance.now() - lookedAt >= LIVES_MS;
    if (isDue) lookedAt = performance.now();
    const isOver = isDue && !isAtWork(root, run, new Date());
    await sleep(LOOK_MS);
    return !isOver;
  };
}
