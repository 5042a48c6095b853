import type { ColumnKind } from "../kinds.ts";
import type { CsvFormat } from "./format.ts";

/** What the workspace knows of the columns of files without types. */
export interface ReadingRequest {
  /** of dataset.id, where the files' own columns are the customers' */
  readonly id: string | undefined;
  /** columns that are text whatever they look like */
  readonly text: readonly string[];
  /** columns that never leave the source */
  readonly excluded: readonly string[];
  /** columns of which it doesn't matter how they are read: no question is asked for them */
  readonly unasked: readonly string[];
  /** dataset.types */
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  /** as the newest decided earlier night read the files */
  readonly earlier: CsvFormat | undefined;
}
