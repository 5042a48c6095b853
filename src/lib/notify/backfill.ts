import { counted, metric } from "../cli/numbers.ts";
import { outcomeText } from "../cli/output/outcome-text.ts";
import { tabulate } from "../cli/output/table.ts";
import { visibleLine } from "../cli/visible.ts";
import { startId } from "../workspace/run-id.ts";
import type { BackfillMessage } from "./message.ts";
import type { Entry } from "./outbox/format.ts";

type ToldNight = BackfillMessage["nights"][number];

/** The key of a backfill's message. */
export const BACKFILL_KEY = /^backfill\.\d{8}T\d{6}Z-[\da-f]{4}$/;

/** A new one. */
export function backfillKey(now: Date): string {
  return `backfill.${startId(now)}`;
}

/** A night takes no longer: what is kept for a backfill for so many milliseconds since its last one is kept for one that was killed. */
const LONGEST_NIGHT_MS = 12 * 60 * 60 * 1000;

/** Messages that are kept for backfills that are not at work any more, by those. A live one lets other runs in between two nights. */
export function leftBehind(kept: readonly Entry[], now: Date): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of kept) {
    if (entry.told_in === null) continue;
    const group = groups.get(entry.told_in) ?? [];
    groups.set(entry.told_in, [...group, entry]);
  }
  const since = new Date(now.getTime() - LONGEST_NIGHT_MS).toISOString();
  return new Map([...groups].filter(([, group]) => group.every(({ letter }) => letter.created_at < since)));
}

/** Of nights that were kept for a backfill's message that never came, that message; undefined where none is of a night. */
export function leftMessage(entries: readonly Entry[]): BackfillMessage | undefined {
  const nights = entries.flatMap(keptNight).sort((one, other) => (one.night < other.night ? -1 : 1));
  if (nights.length === 0) return undefined;
  return { kind: "backfill", nights, left: [], was_killed: true, goes_on: null, looks_back: null };
}

function keptNight({ letter: { message } }: Entry): ToldNight[] {
  if (message.kind !== "registered" && message.kind !== "not_registered") return [];
  const { kind, night, outcome: comparison, f1, auc_roc, reason } = message;
  const version = message.kind === "registered" ? message.version : null;
  return [{ night, outcome: kind, comparison, stage: null, f1, auc_roc, version, reason }];
}

/** "2026-11-18 to 2026-11-21" */
export function spanOf({ nights, left }: Pick<BackfillMessage, "nights" | "left">): string {
  const days = [...nights.map(({ night }) => night.slice(0, 10)), ...left];
  const [first = "", last = first] = [days[0], days.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

/** "3 nights decided, 1 failed, 2 days left" */
export function countsOf({ nights, left }: Pick<BackfillMessage, "nights" | "left">): string {
  const failed = nights.filter(({ outcome }) => outcome === "failed").length;
  return [
    `${counted(nights.length - failed, "night")} decided`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(left.length === 0 ? [] : [`${counted(left.length, "day")} left`]),
  ].join(", ");
}

/** As which other kind of message it is to be seen at a glance. */
export function backfillSign({ nights, left }: BackfillMessage): "no_contest" | "registered" | "not_registered" {
  if (left.length > 0 || nights.some(({ outcome }) => outcome === "failed")) return "no_contest";
  return nights.some(({ outcome }) => outcome === "registered") ? "registered" : "not_registered";
}

/** A line a night, in columns. */
export function backfillLines({ nights }: BackfillMessage): readonly string[] {
  return tabulate(
    nights,
    [
      { cell: ({ night }) => night },
      { cell: outcomeText },
      { cell: ({ f1 }) => (f1 === null ? "" : `F1 ${metric(f1)}`) },
      { cell: ({ auc_roc, f1 }) => (f1 === null ? "" : `AUC-ROC ${metric(auc_roc)}`) },
      { cell: ({ version }) => (version === null ? "" : `version ${version}`) },
      { cell: ({ stage, reason }) => visibleLine(stage === null ? reason : `${stage}: ${reason}`) },
    ],
    { gap: 2 },
  ).lines;
}

/** What else there is to say of it. */
export function backfillSentences({ nights, left, was_killed, looks_back }: BackfillMessage): readonly string[] {
  const isTriedAgain = looks_back !== null && nights.some(({ outcome }) => outcome === "failed");
  return [
    ...(was_killed ? ["The backfill was ended before it could tell of these nights itself."] : []),
    ...(left.length === 0 ? [] : [`Not tried: ${spanOf({ nights: [], left })}`]),
    ...(isTriedAgain
      ? [
          `What failed is tried again every night for ${counted(looks_back, "day")}, and told again only if it ends otherwise.`,
        ]
      : []),
  ];
}
