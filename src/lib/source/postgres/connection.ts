import { Socket } from "node:net";
import type { Client, ClientConfig } from "pg";
import * as z from "zod";
import { UsageError } from "../../errors.ts";
import { redactor } from "../../workspace/redact.ts";
import { withinTime } from "../server/answer-time.ts";
import { PATIENCE_SECONDS } from "../server/network-error.ts";
import type { RowFiles, WrittenRows } from "../server/staged.ts";
import type { TlsSettings } from "../server/tls.ts";
import { copyOut } from "./copy-out.ts";
import type { PostgresSettings } from "./settings.ts";
import type { Field } from "./types.ts";

/** A value as the server writes it. */
export type Text = string | null;

/** One session of a server. Errors are the driver's own. */
export interface PostgresConnection extends AsyncDisposable {
  /** Churn's own statements, one or many, for their effect. */
  run(sql: string): Promise<void>;
  /** One statement in the extended protocol, which takes no second one: its rows, as the server writes them. */
  rows(sql: string, values?: readonly string[]): Promise<Text[][]>;
  /** The columns of one statement, which has to be one that gives no rows. */
  describe(sql: string): Promise<Field[]>;
  /** Rows of COPY (…) TO STDOUT into files: one statement, in the extended protocol too. */
  copyOut(sql: string, files: RowFiles): Promise<WrittenRows>;
}

/** How long a server may take to hear that this was all. */
const GOODBYE_MS = 1_000;
/** A dead peer shows by the kernel's probes, which begin then. */
const KEEP_ALIVE_MS = 30_000;

/** How a server's first message begins: R, E, v, N, K, S; S or N alone where TLS is asked for. */
const FIRST_BYTES = new Set("REvNKS");

const fields = z.array(z.object({ name: z.string(), dataTypeID: z.int(), dataTypeModifier: z.int() }));
const texts = z.array(z.array(z.string().nullable()));

/**
 * Connects. This file is the one door to pg, which is loaded here.
 *
 * @throws the driver's error, or a UsageError where a password is asked for and none is known
 * @see https://node-postgres.com/apis/client
 */
export async function connectPostgres(settings: PostgresSettings): Promise<PostgresConnection> {
  const { default: pg } = await import("pg");
  const stream = new Socket();
  let first: number | undefined;
  stream.once("data", (bytes: Buffer) => {
    first = bytes[0];
  });
  // A server has seen the password, and may say it again; one of a pass file is known to nobody else who masks.
  let masked = (text: string) => text;
  const password = () => {
    const known = passwordOf(settings);
    masked = redactor([known]);
    return known;
  };
  const client = new pg.Client({ ...clientConfig(settings), password, stream: () => stream });
  // Without a listener the end of an idle connection ends the process; the next query tells.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    await close(client, stream);
    // pg waits for what no such server sends, until the other side hangs up.
    if (first !== undefined && !FIRST_BYTES.has(String.fromCharCode(first)))
      throw new Error("Received unexpected bytes", { cause: error });
    throw withMasked(error, masked);
  }
  const answered = async <T>(answer: () => Promise<T>) => {
    try {
      return await withinTime(settings.answerSeconds, () => stream.destroy(), answer);
    } catch (error) {
      throw withMasked(error, masked);
    }
  };
  return {
    run: async (sql) => void (await answered(() => client.query(sql))),
    rows: async (sql, values = []) => {
      const { rows } = await answered(
        async () => await client.query({ ...extended(sql), values: [...values], rowMode: "array" }),
      );
      return texts.parse(rows);
    },
    describe: async (sql) => {
      const described = await answered(async () => await client.query({ ...extended(sql), rowMode: "array" }));
      return fields
        .parse(described.fields)
        .map(({ name, dataTypeID, dataTypeModifier }) => ({ name, oid: dataTypeID, modifier: dataTypeModifier }));
    },
    copyOut: async (sql, files) => {
      const { query, written } = copyOut(sql, files);
      client.query(query);
      return await answered(() => written);
    },
    [Symbol.asyncDispose]: () => close(client, stream),
  };
}

/** pg sends one statement with an empty list of values by the simple protocol, unless it is told this. */
function extended(text: string) {
  return { text, queryMode: "extended" } as const;
}

/** Ends the connection whatever it does: a server that sends rows, or has gone, isn't waited for. */
async function close(client: Client, stream: Socket): Promise<void> {
  const timer = setTimeout(() => stream.destroy(), GOODBYE_MS);
  // What was lost before was told by the query that lost it.
  await client.end().catch(() => {});
  clearTimeout(timer);
}

/** Asked only when the server asks. */
function passwordOf({ user, password }: PostgresSettings): string {
  const known = password();
  if (known !== undefined) return known;
  throw new UsageError(
    `PostgreSQL asks for a password of ${user}, and none is set`,
    "PGPASSWORD in the environment or the workspace's .env (mode 0600), or ~/.pgpass",
  );
}

function withMasked(error: unknown, masked: (text: string) => string): unknown {
  if (error instanceof Error) error.message = masked(error.message);
  return error;
}

/** All fields but the password are said, so that pg reads none of the environment by its own rules. */
function clientConfig({ host, port, database, user, tls }: PostgresSettings): ClientConfig {
  return {
    host,
    port,
    database,
    user,
    ssl: sslOf(tls()),
    application_name: "churn",
    connectionTimeoutMillis: PATIENCE_SECONDS * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // Every value stays as the server writes it.
    types: { getTypeParser: () => (value: unknown) => value },
  };
}

function sslOf(tls: TlsSettings): ClientConfig["ssl"] {
  if (tls.kind === "none") return false;
  const { mode, ca, cert, key } = tls;
  return {
    rejectUnauthorized: mode !== "require",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(mode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
  };
}
