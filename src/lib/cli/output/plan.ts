import type { Plan } from "../../supervise/run-night.ts";

/** What a dry run shows: a line a stage, what it would do and why. */
export function planLines(plans: readonly Plan[]): string[] {
  return plans.map((plan) => {
    const name = plan.stage.name.padEnd(11);
    if (plan.runs) return `  ${name} would run   ${plan.reason}`;
    return `  ${name} ${plan.kept ? "taken as it is" : "up to date"}`;
  });
}
