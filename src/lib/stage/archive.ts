import type { Store } from "../store/store.ts";
import type { Stage } from "./define.ts";

/** The records of a store, all of which name its workspace. */
export interface Records {
  readonly store: Store;
  readonly workspaceId: string;
}

/** What is kept of all nights: the records, and the stages that they speak of. */
export interface Archive extends Records {
  /** THE list of stages, in order */
  readonly stages: readonly Stage[];
  /** masks the environment's secrets in a text that is to be kept */
  readonly redact: (text: string) => string;
}
