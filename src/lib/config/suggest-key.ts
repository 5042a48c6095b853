import { slipsBetween } from "../cli/suggestions.ts";
import { configKeys, sectionNames, variableOf } from "./keys.ts";

/** The key that was probably meant by a dotted name: the right one in the wrong place, or one with a slip in it. */
export function suggestKey(name: string): string | undefined {
  const candidates = [...configKeys.map((key) => key.name), ...sectionNames];
  return nearest(name, candidates, ".");
}

/** The variable that was probably meant. */
export function suggestVariable(name: string): string | undefined {
  return nearest(name, configKeys.map(variableOf), "_");
}

/**
 * The candidate whose last word or whole name is nearest; at most a third of the letters compared may differ. Names of
 * variables don't show where a path's last part begins, so as many words are compared as the candidate's key has.
 */
function nearest(name: string, candidates: readonly string[], separator: "." | "_"): string | undefined {
  const lastOf = separator === "." ? lastPart : lastWords;
  const close = candidates.flatMap((candidate) => {
    const [last, lastCandidate] = lastOf(name, candidate);
    const whole = slipsBetween(name, candidate);
    const tail = slipsBetween(last, lastCandidate);
    // A slip in the last word weighs more than a wrong section, unless the whole is nearer.
    const fits = tail <= slips(last) || whole <= slips(name);
    return fits ? [{ candidate, apart: 4 * Math.min(tail, whole) + whole }] : [];
  });
  close.sort((a, b) => a.apart - b.apart);
  return close[0]?.candidate;
}

function slips(name: string): number {
  return Math.min(3, Math.max(1, Math.floor(name.length / 3)));
}

function lastPart(name: string, candidate: string): [string, string] {
  return [name.split(".").at(-1) ?? "", candidate.split(".").at(-1) ?? ""];
}

function lastWords(name: string, candidate: string): [string, string] {
  const key = configKeys.find((known) => variableOf(known) === candidate);
  const last = (key?.path.at(-1) ?? "").toUpperCase();
  return [name.split("_").slice(-last.split("_").length).join("_"), last];
}
