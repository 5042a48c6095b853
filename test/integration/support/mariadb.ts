import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";

/** A MariaDB of its own, from Debian's packages: in a folder of its own, on a free loopback port, as a user that isn't root. */
export interface Mariadb extends AsyncDisposable {
  readonly port: number;
  readonly socket: string;
  /** the server's own process */
  readonly process: ChildProcess;
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
  // A socket's path has 107 bytes at most.
  const folder = await mkdtemp("/tmp/churn-maria-");
  await chmod(folder, 0o777);
  const data = join(folder, "data");
  const socket = join(folder, "s");
  const log = join(folder, "log");
  const port = await freePort();
  await asNobody("mariadb-install-db", [
    ...["--no-defaults", "--auth-root-authentication-method=normal", "--skip-name-resolve", "--skip-test-db"],
    `--datadir=${data}`,
  ]);
  const client = (sql: string) =>
    execa(
      "/usr/bin/mariadb",
      ["--no-defaults", "-uroot", `-S${socket}`, "--batch", "--skip-column-names", "--default-character-set=utf8mb4"],
      { input: sql },
    );

  async function begin(): Promise<ChildProcess> {
    const [file, words] = nobodysCommand("/usr/sbin/mariadbd", [
      ...["--no-defaults", `--datadir=${data}`, `--socket=${socket}`, `--port=${port}`, "--bind-address=127.0.0.1"],
      ...[`--pid-file=${join(folder, "pid")}`, `--log-error=${log}`, "--skip-name-resolve"],
      ...["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", ...options],
    ]);
    const started = spawn(file, words, { stdio: "ignore" });
    for (let tries = 0; ; tries += 1) {
      if (existsSync(socket) && (await client("SELECT 1").catch(() => undefined)) !== undefined) return started;
      if (started.exitCode !== null || tries > 600) throw new Error(await readFile(log, "utf8"));
      await sleep(100);
    }
  }

  async function end(): Promise<void> {
    if (running.exitCode !== null || running.signalCode !== null) return;
    running.kill("SIGTERM");
    await Promise.race([once(running, "exit"), sleep(20_000, undefined, { ref: false })]);
    running.kill("SIGKILL");
  }

  let running = await begin();
  await client("CREATE DATABASE shop; CREATE USER churn; GRANT SELECT ON shop.* TO churn; GRANT USAGE ON *.* TO churn");
  return {
    port,
    socket,
    get process() {
      return running;
    },
    url: (user) => `mysql://${user}@127.0.0.1:${port}/shop`,
    run: async (sql) => (await client(sql)).stdout,
    async restart() {
      await end();
      running = await begin();
    },
    async [Symbol.asyncDispose]() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server that begins as root refuses to, or needs to be told so. */
function nobodysCommand(file: string, words: readonly string[]): [file: string, words: string[]] {
  if (process.getuid?.() !== 0) return [file, [...words]];
  return ["setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", file, ...words]];
}

async function asNobody(file: string, words: readonly string[]): Promise<void> {
  const [command, all] = nobodysCommand(file, words);
  await execa(command, all);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return address.port;
}
