/** A row of the table: what makes churn end, and what it says then. */
export interface Row {
  readonly cause: string;
  /** Does it, in an empty folder, with churn's own code; or the test that needs more than that, where the sentence stands too. */
  readonly by: ((folder: string) => unknown) | string;
  readonly code: 1 | 2 | 3 | 4 | 5 | 75 | 128 | 130 | 143;
  /** The sentence; FOLDER stands for the folder, … for what differs from one time to the next. */
  readonly says: string;
  /** The next step; undefined where the sentence says it all. */
  readonly next: string | undefined;
}
