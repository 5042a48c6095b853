import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { makeServerFolder, removeServerFolder, runAsServer, startServer } from "./server-process.ts";
import { freePort, signalIfThere } from "./service.ts";

/** A MariaDB of its own, from Debian's packages: in a folder of its own, on a free loopback port, as a user that isn't root. */
export interface Mariadb extends AsyncDisposable {
  readonly port: number;
  readonly socket: string;
  /** Sends a signal to the server, and waits for nothing. */
  signal(signal: NodeJS.Signals): void;
  /** of the database `shop`, without a password: mysql://USER@127.0.0.1:PORT/shop */
  url(user: string): string;
  /** Runs statements as root and returns what the client prints: columns by tabs, without their names. */
  run(sql: string): Promise<string>;
  /** Ends the server and begins it anew on the same data and the same port. */
  restart(): Promise<void>;
}

/**
 * Starts it, with a database `shop` and a user `churn` who may read it and has no password.
 *
 * @param options  more options of mariadbd: --max-connections=20
 */
export async function startMariadb(options: readonly string[] = []): Promise<Mariadb> {
  const folder = await makeServerFolder("churn-maria");
  const data = join(folder, "data");
  const socket = join(folder, "s");
  const port = await freePort();
  await runAsServer(
    "mariadb-install-db",
    [
      ...["--no-defaults", "--auth-root-authentication-method=normal", "--skip-name-resolve", "--skip-test-db"],
      `--datadir=${data}`,
    ],
    folder,
  );
  const client = (sql: string) =>
    execa(
      "/usr/bin/mariadb",
      ["--no-defaults", "-uroot", `-S${socket}`, "--batch", "--skip-column-names", "--default-character-set=utf8mb4"],
      { input: sql },
    );

  const isReady = async () => existsSync(socket) && (await client("SELECT 1").catch(() => undefined)) !== undefined;
  const begin = () =>
    startServer(
      "/usr/sbin/mariadbd",
      [
        ...["--no-defaults", `--datadir=${data}`, `--socket=${socket}`, `--port=${port}`, "--bind-address=127.0.0.1"],
        ...[`--pid-file=${join(folder, "pid")}`, "--skip-name-resolve", "--innodb-buffer-pool-size=64M"],
        ...["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", ...options],
      ],
      { folder, isReady },
    );

  let running = await begin();
  await client("CREATE DATABASE shop; CREATE USER churn; GRANT SELECT ON shop.* TO churn; GRANT USAGE ON *.* TO churn");
  return {
    port,
    socket,
    signal: (signal) => signalIfThere(running.pid, signal),
    url: (user) => `mysql://${user}@127.0.0.1:${port}/shop`,
    run: async (sql) => (await client(sql)).stdout,
    async restart() {
      await running.end("SIGTERM");
      running = await begin();
    },
    async [Symbol.asyncDispose]() {
      await running.end("SIGTERM");
      await removeServerFolder(folder);
    },
  };
}
