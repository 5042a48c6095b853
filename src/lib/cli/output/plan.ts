/** A stage of a dry run, and what would become of it. */
export type PlannedStage = { readonly stage: { readonly name: string } } & (
  | { readonly runs: true; readonly reason: string }
  | { readonly runs: false; readonly kept: boolean }
);

/** What a dry run shows: a line a stage, what it would do and why. */
export function planLines(stages: readonly PlannedStage[]): string[] {
  return stages.map((planned) => {
    const name = planned.stage.name.padEnd(11);
    if (planned.runs) return `  ${name} would run   ${planned.reason}`;
    return `  ${name} ${planned.kept ? "taken as it is" : "up to date"}`;
  });
}
