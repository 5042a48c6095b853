import type { ConnectionOptions, FieldPacket, QueryOptions } from "mysql2";
import * as z from "zod";
import { withinTime } from "../server/answer-time.ts";
import { PATIENCE_SECONDS } from "../server/network-error.ts";
import type { MysqlSettings } from "./settings.ts";

/** A column of an answer, as the protocol describes it. */
export const field = z.object({
  name: z.string(),
  /** a number of the protocol: 1 is TINYINT */
  columnType: z.int(),
  /** the longest text, in bytes of utf8mb4; of numbers with sign and point */
  columnLength: z.int(),
  decimals: z.int(),
  /** bits: 32 is UNSIGNED */
  flags: z.int(),
  /** of the connection for texts; 63 for bytes and for what is no text */
  characterSet: z.int(),
  /** what MariaDB calls a type that the protocol doesn't know: uuid, inet6 */
  extendedTypeName: z.string().optional(),
  /** "json" for MariaDB's, which is a text */
  extendedFormat: z.string().optional(),
});
export type Field = z.infer<typeof field>;

/** A value as the server writes it; null where there is none. */
type Value = string | null;

/** A connection to a server of MySQL's kind. What fails throws the driver's error: `mysqlError` has sentences for it. */
export interface MysqlConnection {
  /** the server's number of it, which KILL takes */
  readonly id: number;
  /** Runs a statement for its effect. */
  run(sql: string): Promise<void>;
  /** A small answer, whole. */
  ask(sql: string): Promise<{ readonly fields: readonly Field[]; readonly rows: readonly (readonly Value[])[] }>;
  /** A large answer, row by row; where `take` returns a promise, the server waits for it. Returns once the server has said that these are all. */
  each(sql: string, take: (row: readonly Value[]) => Promise<void> | undefined): Promise<void>;
  close(): Promise<void>;
}

/**
 * What the driver is given: nothing that isn't plain data, since another process may get it. Left to itself it offers the
 * server to read this machine's files, and reads SQL in another way than the server is set to.
 */
export function driverOptions({ user, password, host, port, database, tls }: MysqlSettings): ConnectionOptions {
  return {
    user,
    ...(password === undefined ? {} : { password }),
    ...(host.startsWith("/") ? { socketPath: host } : { host, port }),
    database,
    charset: "utf8mb4",
    connectTimeout: PATIENCE_SECONDS * 1000,
    keepAliveInitialDelay: 30_000,
    multipleStatements: false,
    flags: ["-LOCAL_FILES", "-IGNORE_SPACE", "-FOUND_ROWS"],
    ...(tls.kind === "none"
      ? {}
      : {
          ssl: {
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            rejectUnauthorized: tls.mode !== "require",
            verifyIdentity: tls.mode === "verify-full",
          },
        }),
  };
}

/** Connects. This is the one door to the driver, which takes long to load. */
export async function connect(settings: MysqlSettings): Promise<MysqlConnection> {
  const { createConnection } = await import("mysql2");
  const connection = createConnection(driverOptions(settings));
  // When a connection is lost, a query's own events say nothing: the connection's do.
  let fail: (error: unknown) => void = () => {};
  connection.on("error", (error) => fail(error));
  const promised = <T>(work: (resolve: (value: T) => void, reject: (error: unknown) => void) => void) =>
    withinTime(
      settings.answerSeconds,
      () => connection.destroy(),
      () =>
        new Promise<T>((resolve, reject) => {
          fail = reject;
          work(resolve, reject);
        }),
    );
  await promised<void>((resolve) => connection.once("connect", () => resolve()));
  return {
    id: connection.threadId,
    run: (sql) =>
      promised((resolve, reject) => {
        connection.query(sql, (error) => (error === null ? resolve() : reject(error)));
      }),
    ask: async (sql) => {
      const answer = await promised<{ rows: unknown; fields: unknown }>((resolve, reject) => {
        connection.query(asTexts(sql), (error, rows: unknown, fields: FieldPacket[]) =>
          error === null ? resolve({ rows, fields }) : reject(error),
        );
      });
      // Not in the driver's callback, whose errors nobody hears: a server may answer a question with anything.
      const found = small.safeParse(answer);
      if (found.success) return found.data;
      throw Object.assign(new Error("no rows in the answer", { cause: found.error }), { fatal: true });
    },
    each: (sql, take) =>
      promised((resolve, reject) => {
        const query = connection.query(asTexts(sql));
        const stop = (error: unknown) => {
          reject(error);
          connection.destroy();
        };
        query.on("error", reject);
        query.on("result", (row: readonly Value[]) => {
          try {
            const behind = take(row);
            if (behind === undefined) return;
            connection.pause();
            behind.then(() => connection.resume(), stop);
          } catch (error) {
            stop(error);
          }
        });
        query.on("end", () => resolve());
      }),
    close: () =>
      new Promise((resolve) => {
        const gone = () => {
          clearTimeout(timer);
          connection.destroy();
          resolve();
        };
        const timer = setTimeout(gone, 1000);
        connection.end(gone);
      }),
  };
}

const small = z.object({ rows: z.array(z.array(z.string().nullable())), fields: z.array(field) });

/** Every value as the server writes it: the driver's own readings of dates, floats and big integers are wrong. */
function asTexts(sql: string): QueryOptions {
  return { sql, rowsAsArray: true, typeCast: (value) => value.string("utf8") };
}
