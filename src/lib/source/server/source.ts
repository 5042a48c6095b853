import { setTimeout as sleep } from "node:timers/promises";
import type { TypedColumn } from "../../duckdb/describe.ts";
import { ServiceError, UnreachableError } from "../../errors.ts";
import type { Catalogue } from "../catalogue.ts";
import type { DateColumn, NewestDate, Source, SourceRequest, SourceSession, Wanted } from "../source.ts";
import { loadStaged, type RowFiles, type StagedColumn, type WrittenRows } from "./staged.ts";

/** A column of a server, typed as it will be in DuckDB; a type that DuckDB doesn't know, by the server's name of it. */
export interface ServerColumn extends TypedColumn, StagedColumn {}

/** One transaction of a server, which reads alone: all its answers speak of the same rows. */
export interface ServerTransaction extends AsyncDisposable {
  /** for messages: "table customers" or "source.query" */
  readonly name: string;
  /** all that there are, in their order */
  readonly columns: readonly ServerColumn[];
  /** for people, a sentence each */
  readonly warnings: readonly string[];
  newestDate(column: DateColumn, today: string): Promise<NewestDate>;
  /** as `SourceSession` says */
  count(day: Wanted["day"]): Promise<number>;
  /** the bytes that these rows may have, as far as the server knows it without reading them */
  estimate(wanted: Wanted): Promise<number | undefined>;
  /**
   * Writes the rows as CSV, as `loadStaged` wants it. The transaction ends with them; it goes on where there are none.
   *
   * @throws {UnreachableError} where the same may succeed a moment later
   */
  write(files: RowFiles, wanted: Wanted): Promise<WrittenRows>;
}

/** A kind of server. */
export interface Server {
  /** for people and records: neither user nor password */
  readonly description: string;
  readonly choosesDate: boolean;
  /**
   * Connects and begins a transaction; describes what is to be read. No row is read.
   *
   * @throws {UsageError} for what a person has to mend: address, password, rights, SQL
   * @throws {UnreachableError} where the same may succeed a moment later
   * @throws {ServiceError} for what else the server can't do
   */
  begin(request: SourceRequest): Promise<ServerTransaction>;
  /** Connects, and no more: as `Source` says. */
  requirePresent(): Promise<void>;
  /** What its own catalogue says of the table: as `Source` says. */
  catalogue(): Promise<Catalogue>;
}

/** Seconds before each repetition of what may succeed a moment later. */
const PAUSES_SECONDS = [1, 3, 9];

/**
 * A source of rows that a server sends. What fails in passing is begun anew, three times at most, in a transaction of its own;
 * no half of two transactions ever makes one table.
 *
 * @param pauses  seconds before each repetition
 */
export function serverSource(server: Server, pauses: readonly number[] = PAUSES_SECONDS): Source {
  return {
    description: server.description,
    choosesDate: server.choosesDate,
    isLive: true,
    requirePresent: () => server.requirePresent(),
    catalogue: () => server.catalogue(),
    async open(db, request): Promise<SourceSession> {
      const left = [...pauses];
      /** Grows until the rows are there: whoever looks at a night in the morning sees what was done twice. */
      const warnings: string[] = [];
      const patient = async <T>(work: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await work();
          } catch (error) {
            if (!(error instanceof UnreachableError)) throw error;
            const pause = left.shift();
            if (pause === undefined) throw error;
            warnings.push(`begun anew after this: ${error.message}`);
            await sleep(pause * 1000);
          }
        }
      };
      let open: ServerTransaction | undefined = await patient(() => server.begin(request));
      const { name, columns } = open;
      warnings.push(...open.warnings);
      /** Work within the transaction, or, where that is lost, within a new one of the same columns. */
      const within = <T>(work: (transaction: ServerTransaction) => Promise<T>): Promise<T> =>
        patient(async () => {
          if (open === undefined) {
            open = await server.begin(request);
            requireSame(open.columns, columns, `${name} in ${server.description}`);
          }
          try {
            return await work(open);
          } catch (error) {
            const lost = open;
            open = undefined;
            await lost[Symbol.asyncDispose]();
            throw error;
          }
        });
      return {
        name,
        columns,
        warnings,
        newestDate: (column, today) => within((transaction) => transaction.newestDate(column, today)),
        count: (day) => within((transaction) => transaction.count(day)),
        load: (table, wanted) =>
          within(async (transaction) =>
            loadStaged(db, table, chosen(columns, wanted), {
              place: `${name} in ${server.description}`,
              bytes: await transaction.estimate(wanted),
              write: (files) => transaction.write(files, wanted),
            }),
          ),
        async [Symbol.asyncDispose]() {
          await open?.[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** The columns that are wanted, in the order of the table that is made. */
export function chosen<Column extends { readonly name: string }>(
  columns: readonly Column[],
  wanted: Pick<Wanted, "columns">,
): Column[] {
  const named = new Map(columns.map((column) => [column.name, column]));
  return wanted.columns.flatMap((name) => named.get(name) ?? []);
}

function requireSame(now: readonly ServerColumn[], before: readonly ServerColumn[], place: string): void {
  const told = (columns: readonly ServerColumn[]) => JSON.stringify(columns.map(({ name, type }) => [name, type]));
  if (told(now) === told(before)) return;
  throw new ServiceError(`the columns of ${place} changed while it was read: nothing was kept`, "run it again");
}
