import type { StageEvent } from "./events.ts";

/** What a night's run tells whoever watches. A terminal draws it, a log gets it as lines, `--quiet` sees nothing. */
export interface NightView {
  nightStarts(night: { readonly name: string; readonly runId: string; readonly root: string }): void;
  /** `command` is the stage's command line, ready to be copied; `reason` why it runs, undefined when it never ran. */
  stageStarts(stage: { readonly name: string; readonly command: string; readonly reason: string | undefined }): void;
  stageProgress(name: string, text: string, share: number | undefined): void;
  stageWarns(name: string, message: string): void;
  /** `details` are lines below the stage's own: its notes, or the evidence of why it failed, such as a table of gates. */
  stageEnds(stage: StageLine, details: readonly string[]): void;
  /** No stage works any more, however that came: nothing is drawn, and nothing of the view keeps the process alive. */
  nightStops(): void;
}

/** A stage's final line. */
export interface StageLine {
  readonly name: string;
  readonly status: "succeeded" | "failed" | "fresh" | "kept";
  readonly seconds: number;
  readonly text: string;
  readonly reason: string | undefined;
  /** in this run, where it is more than one: a service couldn't be reached */
  readonly tries?: number | undefined;
}

export type FailedEvent = Extract<StageEvent, { event: "failed" }>;
export type EndedEvent = Extract<StageEvent, { event: "ended" }>;
