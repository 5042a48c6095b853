import { tabulate } from "./table.ts";

/** A stage of a dry run, and what would become of it. */
export type PlannedStage = { readonly stage: { readonly name: string } } & (
  | { readonly runs: true; readonly reason: string }
  | { readonly runs: false; readonly kept: boolean }
  | { readonly runs: false; readonly decided: true }
);

/** What a dry run shows: a line a stage, what it would do and why. */
export function planLines(stages: readonly PlannedStage[]): readonly string[] {
  const columns = [{ cell: ({ stage }: PlannedStage) => stage.name, minWidth: "transform".length }, { cell: fate }];
  return tabulate(stages, columns, { gap: 3, indent: 2 }).lines;
}

function fate(planned: PlannedStage): string {
  if (planned.runs) return `would run   ${planned.reason}`;
  if ("decided" in planned) return "decided";
  return planned.kept ? "taken as it is" : "up to date";
}
