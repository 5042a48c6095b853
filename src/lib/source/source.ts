import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import type { Catalogue } from "./catalogue.ts";
import type { CsvFormat, CsvReading } from "./csv/format.ts";

/**
 * Where customers come from. It is asked three things and no more: which columns there are (`open`), which date is the newest
 * (`newestDate`), and these columns of that day, once (`load`). A file is read by DuckDB itself, a server's rows are brought
 * into it.
 */
export interface Source {
  /** for people and records, without credentials: "customers.duckdb" */
  readonly description: string;
  /** whether {date} in a query chooses the rows; which dates there are is then unknown, and `newestDate` is never asked */
  readonly choosesDate: boolean;
  /** whether its rows may be others from one moment to the next, though nobody has delivered any: a server's are, and a command's; files' aren't */
  readonly isLive?: boolean;
  /**
   * Opens the source and finds out which columns it has. No row is read.
   *
   * @throws {UsageError} when the file, the table or the query is wrong
   * @throws {ServiceError} when it can't be read now
   */
  open(db: Database, request: SourceRequest): Promise<SourceSession>;
  /**
   * Whether a server or a bucket lets us in, or a command's program is there, asked before a night's first stage works; it reads and runs
   * nothing, and needs none of the day's customers. What is read by DuckDB itself has nobody to ask.
   *
   * @throws {UsageError} when a person has to mend something: a password, a host's name
   * @throws {UnreachableError} when it can't be reached now
   */
  requirePresent?(): Promise<void>;
  /**
   * How large the files of a date are, where it reads files of this machine; undefined where none are found.
   */
  filesBytes?(awaited: { readonly date: string; readonly today: string }): Promise<number | undefined>;
  /**
   * What the source itself knows of its table, without reading rows. What DuckDB reads by itself has no catalogue of that kind.
   *
   * @throws {UsageError | ServiceError} as `open` does
   */
  catalogue?(): Promise<Catalogue>;
}

export interface SourceRequest {
  /** YYYY-MM-DD, bound to {date} of a query */
  readonly date: string;
  /** YYYY-MM-DD in the configured time zone; the date itself where it isn't said */
  readonly today?: string;
  /** whether source.ready and source.require are asked, as usual; who only looks at what is there doesn't need to know that it is complete */
  readonly complete?: boolean;
  /** columns that are text whatever they look like (files without types) */
  readonly text: readonly string[];
  /** absolute: where the database is to read and write besides, once the source's own SQL may read its folders alone */
  readonly folders?: readonly string[];
  /** what files without types are read by besides */
  readonly files?: {
    readonly dataset: Config["dataset"];
    /** as the newest decided earlier night read CSV files */
    readonly earlier: CsvFormat | undefined;
  };
}

/** How CSV files were read. */
export interface CsvFacts {
  /** for records, and for the nights to come */
  readonly reading: CsvReading;
  /** for people, a sentence each */
  readonly warnings: readonly string[];
}

/** An object of a bucket, as it was read. */
export interface SourceObject {
  readonly key: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

/**
 * A source while it is open: a file that is attached, or one transaction of a server, so that all answers speak of the same
 * customers. No more leaves it than is asked for. Close it with `await using`; what was loaded stays.
 */
export interface SourceSession extends AsyncDisposable {
  /** for messages: "table customers" or "source.query" */
  readonly name: string;
  /** all that there are, typed as `load` brings them; a type that DuckDB doesn't know, by the server's name of it */
  readonly columns: readonly TypedColumn[];
  /** columns that number the file's rows and that no person has named, as far as their files say so */
  readonly indexes?: readonly string[];
  readonly csv?: CsvFacts;
  /** in the order of their keys; of a source that isn't in a bucket there are none */
  readonly objects?: readonly SourceObject[];
  /** for people, a sentence each */
  readonly warnings?: readonly string[];
  /** The newest date up to `today` (YYYY-MM-DD) in a column. */
  newestDate(column: DateColumn, today: string): Promise<NewestDate>;
  /** How many rows `load` would bring of a day, or of all where no day is asked for, without bringing any. @throws as `load` */
  count(day: Wanted["day"]): Promise<number>;
  /**
   * Brings rows into a new table of DuckDB, in any order. The source is read once; after an error there is no table.
   *
   * @param table  in SQL, with its database and schema
   * @returns the number of rows
   * @throws {UsageError} when a value of a file, or what a query computes, can't be read
   * @throws {ServiceError} when the source fails
   */
  load(table: string, wanted: Wanted): Promise<number>;
}

/** The column that says which day a row describes. */
export interface DateColumn {
  readonly name: string;
  /** `text` begins with YYYY-MM-DD */
  readonly kind: "date" | "timestamp" | "timestamptz" | "text";
  /** IANA name: whose day a time with a zone belongs to */
  readonly timezone: string;
}

/** What is loaded; nothing else may leave the source. */
export interface Wanted {
  /** in the order of the table that is made */
  readonly columns: readonly string[];
  /** the day's rows alone, the date YYYY-MM-DD; undefined: all rows */
  readonly day: { readonly column: DateColumn; readonly date: string } | undefined;
}

/** A date as YYYY-MM-DD; or that there is none, in how many rows, with the column's least value as an example. */
export type NewestDate =
  | { readonly date: string }
  | { readonly date: undefined; readonly rows: number; readonly example: string | null };
