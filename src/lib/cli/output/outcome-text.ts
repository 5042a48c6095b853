import type { Outcome } from "../../compare/report.ts";

/** How a night stands, for people, in two words: "not better", "failed". */
export function outcomeText({
  outcome,
  comparison,
}: {
  /** as of a night's story, or of a day that was filled */
  readonly outcome: string;
  /** compare's word, of a decided night */
  readonly comparison: Outcome | null;
}): string {
  const word = outcome === "not_registered" && comparison !== null ? NOT_REGISTERED[comparison] : outcome;
  return word.replaceAll("_", " ");
}

/** Better, and yet no new version: one holds this very model already. */
const NOT_REGISTERED: Readonly<Record<Outcome, string>> = {
  first_model: "registered before",
  better: "registered before",
  not_better: "not better",
  identical: "identical",
  champion_unscorable: "registered before",
  champion_saw_test: "registered before",
  champion_damaged: "registered before",
  first_model_too_weak: "too weak",
  older_night: "older night",
};
