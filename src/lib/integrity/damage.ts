/** A file that is not what its record says, and what can be done about it. */
export interface Damage {
  /** its key in the store; of a registered version its name */
  readonly file: string;
  /** a sentence: "raw/2026-11-23/customers.parquet was changed since extract wrote it" */
  readonly message: string;
  readonly remedy: string;
}
