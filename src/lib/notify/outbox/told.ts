import { failedAgain, isOfSeries } from "../series.ts";
import { deliveriesOf, type Entry, type OutboxState } from "./format.ts";

export type Untold = OutboxState["untold"][number];

/** The state once a message is written down: it is to be sent, and the next one goes by it. Done once for each message. */
export function opened(state: OutboxState, entry: Entry): OutboxState {
  const { key } = entry.letter;
  return { ...toldOf(state, entry), telling: null, open: [...new Set([...state.open, key])] };
}

function toldOf(state: OutboxState, entry: Entry): OutboxState {
  const { message, key } = entry.letter;
  const untold = state.untold.filter(({ run }) => !entry.tells.includes(run));
  if (message.kind === "failed") {
    const { failure, is_told } = entry;
    const { night } = message;
    return {
      ...state,
      untold,
      failing: failure === null ? state.failing : failedAgain(state.failing, night, failure, is_told),
    };
  }
  if (message.kind === "backfill") {
    // What its nights were tried for in vain is told.
    const told = new Set(message.nights.map(({ night }) => night));
    return { ...state, untold: untold.filter(({ night, reason }) => reason === null || !told.has(night)) };
  }
  if (message.kind !== "registered" && message.kind !== "not_registered") return state;
  const isKept = deliveriesOf(entry).some(([, delivery]) => delivery.state === "kept");
  return {
    ...state,
    // What this night was tried for in vain is over.
    untold: untold.filter(({ night, reason }) => reason === null || night !== message.night),
    // One of a backfill is of the past: that it works again the next night says.
    failing:
      entry.told_in === null && isOfSeries(state.failing, message.night, entry.letter.created_at)
        ? null
        : state.failing,
    kept: isKept ? [...new Set([...state.kept, key])] : state.kept,
  };
}

/** What a message about nights tells of other runs. What such a night was tried for in vain is over once it has a message of its own; that it was killed is not. */
export function untoldFor({ untold }: OutboxState, ...of: readonly string[]): readonly Untold[] {
  return untold.filter(({ night, reason }) => reason === null || !of.includes(night));
}

export function untoldSentence({ night, stage, reason }: Untold): string {
  const at = stage === null ? "" : ` at ${stage}`;
  return reason === null
    ? `the night of ${night} was interrupted${at}`
    : `the night of ${night} came to nothing${at}: ${reason}`;
}
