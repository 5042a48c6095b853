import { listed } from "../cli/numbers.ts";
import { ServiceError } from "../errors.ts";
import { isShared, readCopies } from "../ledger/copies.ts";
import { type DecisionEvent, decisionIn } from "../ledger/decision.ts";
import type { LedgerEvent } from "../ledger/events.ts";
import { type LedgerLines, readLedgerFile } from "../ledger/lines.ts";
import type { LedgerPlace } from "../ledger/read.ts";
import { LEDGER_FILE } from "../ledger/writer.ts";
import type { Night } from "../workspace/night.ts";
import type { Damage } from "./damage.ts";

/** What is found in the ledger. */
export interface LedgerInspection {
  /** how many lines could be read, those of other folders' runs among them; null where there is no ledger */
  readonly lines: number | null;
  readonly damage: readonly Damage[];
}

/** What the ledger and the records both say of a decision. */
const HELD = ["event", "outcome", "version", "f1", "auc_roc", "reason"] as const;

/** Reads all of the ledger, and holds what it says of nights' decisions to their records. Nothing is written. */
export async function inspectLedger(place: LedgerPlace, nights: readonly Night[]): Promise<LedgerInspection> {
  let own: LedgerLines | undefined;
  try {
    own = readLedgerFile(place.root);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { message, hint = "" } = error;
    return { lines: null, damage: [{ file: LEDGER_FILE, message, remedy: hint }] };
  }
  const damage = damagedLines(LEDGER_FILE, own, sedCommand);
  let others = 0;
  if (isShared(place.store, place.root)) {
    const known = new Set(own?.events.map(({ run }) => run));
    for await (const { key, lines } of readCopies(place.store, (run) => known.has(run))) {
      others += lines.events.length;
      damage.push(...damagedLines(key, lines, () => place.store.removeCommand(key)));
    }
  }
  for (const night of nights) damage.push(...(await differentDecision(place, night, own?.events ?? [])));
  const lines = own === undefined && others === 0 ? null : (own?.events.length ?? 0) + others;
  return { lines, damage };
}

/** A single line needs no quotes. */
function sedCommand(lines: readonly string[]): string {
  const script = lines.map((line) => `${line}d`).join(";");
  return `sed -i ${/^\d+d$/.test(script) ? script : `'${script}'`} ${LEDGER_FILE}`;
}

/**
 * One finding for all of a file's damaged lines, and one command: without one of them the others would have other numbers.
 *
 * @param removal  is given the lines as sed takes them: 3, and 7,12 from one to another
 */
function damagedLines(
  file: string,
  found: LedgerLines | undefined,
  removal: (lines: readonly string[]) => string,
): Damage[] {
  const [first, ...more] = found?.damaged ?? [];
  if (first === undefined) return [];
  const spans = spansOf([first, ...more].flatMap(({ line }) => line ?? []));
  const which = listed(spans.map(({ from, to }) => (from === to ? from : `${from} to ${to}`)));
  const message =
    more.length === 0
      ? `line ${which} of ${file} is damaged: ${first.problem}`
      : `lines ${which} of ${file} are damaged, the first one: ${first.problem}`;
  const command = removal(spans.map(({ from, to }) => (from === to ? String(from) : `${from},${to}`)));
  const forgets =
    more.length === 0 ? "forgets it: the records tell the night" : "forgets them: the records tell the nights";
  return [{ file, message, remedy: `${command} ${forgets} all the same` }];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Numbers in ascending order, neighbours together. */
function spansOf(numbers: readonly number[]): readonly Span[] {
  const spans: Span[] = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last?.to === number - 1) spans.splice(-1, 1, { from: last.from, to: number });
    else spans.push({ from: number, to: number });
  }
  return spans;
}

/** Records that can't be read are damage themselves, and tell nothing of the ledger. */
async function differentDecision(
  place: LedgerPlace,
  { name }: Night,
  events: readonly LedgerEvent[],
): Promise<Damage[]> {
  const told = events.filter(
    (event): event is DecisionEvent =>
      (event.event === "registered" || event.event === "not_registered") && event.night === name,
  );
  if (told.length === 0) return [];
  const recorded = await decisionIn(place, name).catch(() => undefined);
  if (recorded === undefined) return [];
  const isSame = (event: DecisionEvent) => HELD.every((field) => event[field] === recorded.event[field]);
  if (told.every(isSame)) return [];
  const message = `${LEDGER_FILE} tells of another decision of the night of ${name} than its records`;
  const remedy = `grep -nE '"event":"(not_)?registered".*"night":"${name}"' ${LEDGER_FILE} shows it; without the line it is read from the records`;
  return [{ file: LEDGER_FILE, message, remedy }];
}
