import type { CommandContext } from "../cli/command.ts";
import type { ChurnError } from "../errors.ts";
import type { Stage } from "../stage/define.ts";
import type { Night } from "../workspace/night.ts";
import type { Interruption } from "./interruption.ts";
import type { RunPlace } from "./report.ts";
import type { NightSummary } from "./run-night.ts";
import type { NightView } from "./view.ts";

/** What of run-all's flags a date goes by; those of stages are among them, by their names. */
export interface DateFlags extends Readonly<Record<string, unknown>> {
  readonly date: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly force: boolean;
  readonly again: boolean;
  readonly accept?: readonly string[];
  readonly reason?: string | undefined;
  readonly retry_until?: string | undefined;
  readonly wait_lock?: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** A date that is to be run, and who hears of it. */
export interface DateRun {
  readonly pipeline: readonly Stage[];
  readonly context: CommandContext;
  readonly flags: DateFlags;
  readonly interruption: Interruption;
  /** hears how it ended, before the team is told of more; of a decided night that nothing is left to do */
  readonly onEnd: (report: DateReport) => void;
  /** of a day of a backfill: the key of the message that tells the team of all its days */
  readonly toldIn?: string;
  /** draws it, in the place of what the flags say */
  readonly view?: NightView;
  /** hears why it waits, likewise */
  readonly onWait?: (line: string) => void;
}

/** How a date's run ended. */
export interface DateReport {
  readonly night: Night;
  /** null where nothing was to do */
  readonly run: string | null;
  readonly summary: NightSummary | undefined;
  readonly failure: ChurnError | undefined;
}

/** @param log  the log's path, where there is one */
export function placeOf(
  context: CommandContext,
  { again }: Pick<DateFlags, "again">,
  stages: readonly Stage[],
  root: string,
  log?: string,
): RunPlace {
  return {
    root,
    log,
    overrides: context.overrides,
    again,
    commands: context.commands,
    stages: stages.map(({ name }) => name),
  };
}
