import { existsSync } from "node:fs";
import { chmod, copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import {
  giveToServer,
  makeServerFolder,
  removeServerFolder,
  runAsServer,
  type ServerProcess,
  startServer,
} from "./server-process.ts";
import { freePort } from "./service.ts";

/** A PostgreSQL of its own, on a port and a socket of this machine. */
export interface Postgres extends AsyncDisposable {
  readonly port: number;
  /** the folder of its Unix socket */
  readonly socketFolder: string;
  /** postgres://USER@127.0.0.1:PORT/DATABASE */
  url(user: string, database?: string): string;
  /**
   * SQL, and psql's own commands, as the superuser.
   *
   * @returns what it prints: a line a row, "|" between columns
   */
  run(sql: string, database?: string): Promise<string>;
  /** what it said since it began */
  log(): Promise<string>;
  /** Ends it: as `systemctl stop` does, without ending transactions, or by SIGKILL of all its processes at once. */
  stop(mode: "fast" | "immediate" | "kill"): Promise<void>;
  /** Starts it anew, on the same port and with the same data. */
  start(): Promise<void>;
}

export interface PostgresOptions {
  /** files of PEM */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly ca?: string } | undefined;
  /** of postgresql.conf, as SQL writes them */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
  /** lines of pg_hba.conf before the usual ones */
  readonly access?: readonly string[] | undefined;
}

/** The superuser, whom the server trusts; all others need a password. */
export const admin = "postgres";

/**
 * The newest PostgreSQL of this machine: where its programs are.
 *
 * @throws where there is none
 */
async function programs(): Promise<string> {
  const shelf = "/usr/lib/postgresql";
  const versions = existsSync(shelf) ? await readdir(shelf) : [];
  const [newest] = versions
    .filter((version) => existsSync(join(shelf, version, "bin", "initdb")))
    .sort((a, b) => Number(b) - Number(a));
  if (newest !== undefined) return join(shelf, newest, "bin");
  throw new Error("there is no PostgreSQL here: test/integration/support/install-servers.sh installs it");
}

/** Makes a cluster in a temporary folder and starts it; what it leaves is removed when it is disposed of. */
export async function startPostgres({ tls, settings = {}, access = [] }: PostgresOptions = {}): Promise<Postgres> {
  const bin = await programs();
  const folder = await makeServerFolder("churn-pg");
  const data = join(folder, "data");
  const port = await freePort();
  // No test loses power: nothing needs to be synced, and a start is as quick as it can be.
  const words = ["-D", data, "-U", admin, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"];
  await runAsServer(join(bin, "initdb"), words, folder);
  const all = {
    listen_addresses: "127.0.0.1,::1",
    port,
    unix_socket_directories: folder,
    password_encryption: "scram-sha-256",
    fsync: "off",
    full_page_writes: "off",
    synchronous_commit: "off",
    max_connections: 30,
    shared_buffers: "64MB",
    max_wal_size: "2GB",
    ...(tls === undefined ? {} : { ssl: "on", ssl_cert_file: "server.pem", ssl_key_file: "server.key" }),
    ...(tls?.ca === undefined ? {} : { ssl_ca_file: "ca.pem" }),
    ...settings,
  };
  const line = ([name, value]: [string, string | number]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`;
  await writeFile(join(data, "postgresql.auto.conf"), Object.entries(all).map(line).join(""));
  const hosts = ["127.0.0.1/32", "::1/128"];
  const rules = [
    ...access,
    `local all ${admin} trust`,
    ...hosts.map((host) => `host all ${admin} ${host} trust`),
    "local all all scram-sha-256",
    ...hosts.map((host) => `host all all ${host} scram-sha-256`),
    "local replication all trust",
    "host replication all 127.0.0.1/32 trust",
  ];
  await writeFile(join(data, "pg_hba.conf"), rules.map((rule) => `${rule}\n`).join(""));
  const pems = { "server.pem": tls?.certificate, "server.key": tls?.key, "ca.pem": tls?.ca };
  for (const [name, from] of Object.entries(pems)) {
    if (from === undefined) continue;
    await copyFile(from, join(data, name));
    await chmod(join(data, name), 0o600);
    await giveToServer(join(data, name));
  }
  return await serve({ bin, folder, data, port });
}

/** A hot standby of a server, which follows it and answers questions; `settings` are its own. */
export async function startStandby(
  primary: Postgres,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<Postgres> {
  const bin = await programs();
  const folder = await makeServerFolder("churn-pg");
  const data = join(folder, "data");
  const port = await freePort();
  const words = [
    "-D",
    data,
    "-d",
    `host=127.0.0.1 port=${primary.port} user=${admin}`,
    "-R",
    "-X",
    "stream",
    "-c",
    "fast",
  ];
  await runAsServer(join(bin, "pg_basebackup"), words, folder);
  const all = { port, unix_socket_directories: folder, ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
  await writeFile(join(data, "postgresql.auto.conf"), lines.join(""), { flag: "a" });
  return await serve({ bin, folder, data, port });
}

interface Cluster {
  readonly bin: string;
  readonly folder: string;
  readonly data: string;
  readonly port: number;
}

async function serve({ bin, folder, data, port }: Cluster): Promise<Postgres> {
  const ready = ["-q", "-h", folder, "-p", String(port), "-U", admin];
  const begin = () =>
    startServer(join(bin, "postgres"), ["-D", data], {
      folder,
      isReady: async () => (await execa(join(bin, "pg_isready"), ready, { reject: false })).exitCode === 0,
    });
  let server: ServerProcess | undefined;
  try {
    server = await begin();
  } catch (error) {
    await removeServerFolder(folder);
    throw error;
  }
  const stop = async (mode: "fast" | "immediate" | "kill") => {
    const running = server;
    server = undefined;
    if (mode === "kill") await running?.kill();
    else await running?.end(mode === "fast" ? "SIGINT" : "SIGQUIT");
  };
  return {
    port,
    socketFolder: folder,
    url: (user, database = "postgres") =>
      `postgres://${encodeURIComponent(user)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    async run(sql, database = "postgres") {
      const words = ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", folder, "-p", String(port), "-U", admin];
      const env = { PATH: process.env.PATH, LC_ALL: "C.UTF-8" };
      const psql = execa(join(bin, "psql"), [...words, "-d", database], { input: sql, env, extendEnv: false });
      return (await psql).stdout;
    },
    log: () => readFile(join(folder, "log"), "utf8"),
    stop,
    async start() {
      server ??= await begin();
    },
    async [Symbol.asyncDispose]() {
      await stop("immediate");
      await removeServerFolder(folder);
    },
  };
}

/** A pgbouncer before a PostgreSQL. */
export interface Pgbouncer extends AsyncDisposable {
  readonly port: number;
  /** postgres://USER@127.0.0.1:PORT/DATABASE */
  url(user: string, database?: string): string;
}

/**
 * Starts a pooler before a server. It trusts whoever comes.
 *
 * @param options.pool_mode  how long a client keeps a session of the server
 * @param options.users      their passwords, which it shows to the server
 * @param options.settings   others of pgbouncer.ini
 */
export async function startPgbouncer(
  postgres: Pick<Postgres, "port">,
  {
    pool_mode,
    users = {},
    settings = {},
  }: {
    readonly pool_mode: "session" | "transaction";
    readonly users?: Readonly<Record<string, string>>;
    readonly settings?: Readonly<Record<string, string | number>>;
  },
): Promise<Pgbouncer> {
  const folder = await makeServerFolder("churn-pgb");
  const port = await freePort();
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "trust",
    auth_file: join(folder, "users.txt"),
    pool_mode,
    default_pool_size: 2,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`);
  const databases = `[databases]\n* = host=127.0.0.1 port=${postgres.port}\n`;
  await writeFile(join(folder, "pgbouncer.ini"), `${databases}\n[pgbouncer]\n${lines.join("")}`);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const entries = Object.entries({ [admin]: "", ...users });
  const known = entries.map(([user, password]) => `${quoted(user)} ${quoted(password)}\n`);
  await writeFile(join(folder, "users.txt"), known.join(""));
  const bin = await programs();
  const words = ["-q", "-h", "127.0.0.1", "-p", String(port), "-U", admin];
  const pooler = existsSync("/usr/sbin/pgbouncer") ? "/usr/sbin/pgbouncer" : "pgbouncer";
  let server: ServerProcess;
  try {
    server = await startServer(pooler, [join(folder, "pgbouncer.ini")], {
      folder,
      isReady: async () => (await execa(join(bin, "pg_isready"), words, { reject: false })).exitCode === 0,
    });
  } catch (error) {
    await removeServerFolder(folder);
    throw error;
  }
  return {
    port,
    url: (user, database = "postgres") => `postgres://${encodeURIComponent(user)}@127.0.0.1:${port}/${database}`,
    async [Symbol.asyncDispose]() {
      await server.end("SIGINT");
      await removeServerFolder(folder);
    },
  };
}
