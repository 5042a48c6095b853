import * as z from "zod";
import type { Outcome } from "../compare/report.ts";
import { TRY_LATER } from "../errors.ts";
import type { NightStart } from "../schedule/unattended.ts";
import { compareNights, parseNight } from "../workspace/night.ts";
import type { DecisionEvent } from "./decision.ts";
import type { EventKind, EventOf, LedgerEvent, StartedBy } from "./events.ts";

/**
 * How a night stands. Days that were missed have none: who knows the schedule knows them.
 *
 * - `registered`, `first_model`: a new version; the second one, while nothing was in production
 * - `not_registered`: decided, and no new version; `comparison` says why
 * - `failed`, `interrupted`: its newest run, and no run has decided it
 * - `running`, `waiting`: a run has not ended, as far as is known; a waiting one tries again later
 * - `undecided`: its newest run did what it was asked for, which was not all stages
 * - `unknown`: nothing tells how its newest run ended
 */
export const nightOutcome = z.enum([
  "registered",
  "first_model",
  "not_registered",
  "failed",
  "interrupted",
  "running",
  "waiting",
  "undecided",
  "unknown",
]);
export type NightOutcome = z.infer<typeof nightOutcome>;

/** One start that worked on a night, or was refused. */
export interface RunStory {
  /** null for a start that was refused before it was a run */
  readonly run: string | null;
  /** null where records alone tell of it */
  readonly started_by: StartedBy | null;
  /** churn and its arguments */
  readonly command: readonly string[];
  /** ISO 8601 in UTC; of a refused start the moment of that */
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly outcome: EventOf<"run_ended">["outcome"] | "running" | "waiting" | "refused";
  /** the last one that worked */
  readonly stage: string | null;
  readonly reason: string | null;
  readonly exit_code: number | null;
  /** seconds */
  readonly took: number | null;
}

/** A night in a line. */
export interface NightStory {
  /** 2026-11-23, or 2026-11-23.2 */
  readonly night: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly outcome: NightOutcome;
  /** compare's word, of a decided night */
  readonly comparison: Outcome | null;
  readonly f1: number | null;
  readonly auc_roc: number | null;
  /** the version that it registered */
  readonly version: number | null;
  /** what was in production when it was decided, and its F1 on the same customers */
  readonly production: DecisionEvent["production"];
  /** of F1 over production, relative */
  readonly improvement: number | null;
  readonly decided_at: string | null;
  /** whether that was what was in production on its date, and not when it was decided */
  readonly is_older: boolean;
  /** the stage at which it failed, was interrupted, or is */
  readonly stage: string | null;
  /** why it was decided so, or failed */
  readonly reason: string | null;
  readonly exit_code: number | null;
  /** seconds of the run that decided it, else of the newest one */
  readonly took: number | null;
  readonly started_by: StartedBy | null;
  /** starts that worked on it, up to the decision, those that were refused among them */
  readonly attempts: number;
  /** the start that decided it, else the newest one that tells how it stands */
  readonly run: RunStory | null;
  /** in the order in which they began; those after the decision too */
  readonly runs: readonly RunStory[];
}

/** What only a decision tells. */
export const UNDECIDED = {
  comparison: null,
  f1: null,
  auc_roc: null,
  version: null,
  production: null,
  improvement: null,
  decided_at: null,
  is_older: false,
} as const satisfies Partial<NightStory>;

/** What it goes by. */
export const NIGHT_KINDS: readonly EventKind[] = [
  "run_started",
  "run_refused",
  "run_waits",
  "run_ended",
  "stage_started",
  "registered",
  "not_registered",
];

/** One summary a night, the newest first. */
export function nightsOf(events: readonly LedgerEvent[]): readonly NightStory[] {
  const byNight = new Map<string, LedgerEvent[]>();
  for (const event of events) {
    if (event.night === null || event.event === "nothing_to_do") continue;
    const known = byNight.get(event.night);
    if (known === undefined) byNight.set(event.night, [event]);
    else known.push(event);
  }
  return [...byNight]
    .flatMap(([name, own]) => {
      const night = parseNight(name);
      return night === undefined ? [] : [{ night, own }];
    })
    .sort((one, other) => compareNights(other.night, one.night))
    .flatMap(({ night: { name, date }, own }) => storyOf(name, date, own));
}

function storyOf(night: string, date: string, events: readonly LedgerEvent[]): readonly NightStory[] {
  const runs = runsIn(events);
  const decision = events.findLast((event) => event.event === "registered" || event.event === "not_registered");
  const deciding = decision && runs.find(({ run }) => run === decision.run);
  // One that was turned away by another's run says nothing of the night, where there is that one.
  const telling = runs.filter(({ outcome, exit_code }) => outcome !== "refused" || exit_code !== TRY_LATER);
  const shown = deciding ?? telling.at(-1) ?? runs.at(-1);
  if (shown === undefined && decision === undefined) return [];
  const place = {
    night,
    date,
    took: shown?.took ?? null,
    started_by: shown?.started_by ?? null,
    attempts: deciding === undefined ? runs.length : runs.indexOf(deciding) + 1,
    run: shown ?? null,
    runs,
  };
  if (decision !== undefined) {
    const { outcome: comparison, f1, auc_roc, production, improvement, reason } = decision;
    const version = decision.event === "registered" ? decision.version : null;
    const isFirst = comparison === "first_model";
    const outcome = version === null ? "not_registered" : isFirst ? "first_model" : "registered";
    const ended = { decided_at: decision.time, is_older: decision.is_older, stage: null, exit_code: 0 };
    return [{ ...place, ...ended, outcome, comparison, f1, auc_roc, version, production, improvement, reason }];
  }
  const { stage = null, reason = null, exit_code = null } = shown ?? {};
  return [{ ...place, ...UNDECIDED, outcome: undecidedOutcome(shown?.outcome), stage, reason, exit_code }];
}

function undecidedOutcome(outcome: RunStory["outcome"] | undefined): NightOutcome {
  switch (outcome) {
    case "succeeded":
    case "nothing_to_do":
      return "undecided";
    case "refused":
      return "failed";
    case undefined:
      return "unknown";
    default:
      return outcome;
  }
}

function runsIn(events: readonly LedgerEvent[]): readonly RunStory[] {
  const runs = new Map<string, RunStory>();
  const refused: RunStory[] = [];
  for (const event of events) {
    if (event.event === "run_refused") {
      const { started_by, command, time, reason, exit_code } = event;
      const place = { run: null, started_by, command, started_at: time, ended_at: time, stage: null, took: null };
      refused.push({ ...place, outcome: "refused", reason, exit_code });
    }
    if (event.run === null) continue;
    const story = runs.get(event.run);
    const next = nextOf(story, event, event.run);
    if (next !== undefined) runs.set(event.run, next);
  }
  return [...runs.values(), ...refused].sort((one, other) => (one.started_at < other.started_at ? -1 : 1));
}

/** A run's story after one more event. */
function nextOf(story: RunStory | undefined, event: LedgerEvent, run: string): RunStory | undefined {
  const { time } = event;
  if (event.event === "run_started") {
    const nothing = { ended_at: null, stage: null, reason: null, exit_code: null, took: null };
    const { started_by, command } = event;
    return { run, started_by, command, started_at: time, outcome: "running", ...nothing };
  }
  if (story === undefined) return undefined;
  switch (event.event) {
    case "stage_started":
      return { ...story, outcome: "running", stage: event.stage };
    case "run_waits":
      return { ...story, outcome: "waiting", stage: event.stage, reason: event.reason, exit_code: event.exit_code };
    case "run_ended": {
      const { outcome, stage, reason, exit_code, took } = event;
      return { ...story, ended_at: time, outcome, stage: stage ?? story.stage, reason, exit_code, took };
    }
    default:
      return story;
  }
}

/** Whether a night has an end that needs no other run. */
export function isDecided({ outcome }: Pick<NightStory, "outcome">): boolean {
  return outcome === "registered" || outcome === "first_model" || outcome === "not_registered";
}

/** Each start of some nights: when, in which way and with which words. */
export function startsOf(stories: readonly Pick<NightStory, "runs">[]): readonly NightStart[] {
  return stories.flatMap(({ runs }) =>
    runs.map(({ started_by, started_at, command }) => ({ time: new Date(started_at), by: started_by, command })),
  );
}
