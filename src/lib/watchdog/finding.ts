import * as z from "zod";

/**
 * What the watchdog may find.
 *
 * - `late`: no success by the deadline
 * - `nights`: so many nights in a row without success
 * - `production_age`: the model in production is too old
 * - `registry`: it has nothing in production, although something was put there
 * - `disk`: one is nearly full
 * - `unseen`: what couldn't be looked at, and nothing else tells
 */
export const findingKind = z.enum(["late", "nights", "production_age", "registry", "disk", "unseen"]);
export type FindingKind = z.infer<typeof findingKind>;

/** Something that a person should look at. It is the same as another one of its kind and subject, whatever its text says. */
export interface Finding {
  readonly what: FindingKind;
  /** what tells it from others of its kind: a disk's path, the first night of a row without success, a version */
  readonly subject: string | null;
  /** a sentence */
  readonly text: string;
  /** a command that shows more, or mends it */
  readonly next: string | null;
}

/** What one look came to. */
export interface Look {
  readonly findings: readonly Finding[];
  /** kinds of which nothing could be found out: what was found of them before stands */
  readonly unjudged: readonly FindingKind[];
  /** half a sentence each, of what is well */
  readonly well: readonly string[];
  /** what couldn't be looked at, or isn't counted, and doesn't matter now: a sentence each */
  readonly notes: readonly string[];
}

export const NOTHING: Look = { findings: [], unjudged: [], well: [], notes: [] };
