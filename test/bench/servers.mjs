import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.mjs";

/** Servers refuse to run as root: then they run as nobody. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/**
 * A PostgreSQL on a port of this machine, with its usual settings but for more memory, in a folder that `stop` removes.
 *
 * @returns {Promise<{ url: string, run(sql: string): void, copy(query: string, file: string): string[], stop(): Promise<void> }>}
 */
export async function startPostgres() {
  const shelf = "/usr/lib/postgresql";
  const [version] = readdirSync(shelf).sort((a, b) => Number(b) - Number(a));
  const bin = join(shelf, version ?? "", "bin");
  const [folder, port] = [ownFolder("churn-bench-pg-"), await freePort()];
  const data = join(folder, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"], { ...user, cwd: folder, stdio: "ignore" });
  writeFileSync(
    join(data, "postgresql.auto.conf"),
    `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = '${folder}'\nshared_buffers = '512MB'\nmax_wal_size = '8GB'\nfsync = off\nautovacuum = off\n`,
  );
  const server = start(join(bin, "postgres"), ["-D", data], folder);
  const words = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-d", "postgres"];
  await until(() => execFileSync(join(bin, "psql"), [...words, "-c", "SELECT 1"], { stdio: "ignore" }));
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    run: (sql) => void execFileSync(join(bin, "psql"), words, { input: sql.replaceAll("; ", ";\n"), stdio: ["pipe", "ignore", "inherit"] }),
    copy: (query, file) => [join(bin, "psql"), ...words, "-c", `\\copy (${query}) TO '${file}' (FORMAT csv)`],
    stop: () => end(server, "SIGINT", folder),
  };
}

/**
 * A MariaDB on a port of this machine; undefined where there is none.
 *
 * @returns {Promise<{ url: string, run(sql: string): void, batch(query: string, file: string): string[], stop(): Promise<void> } | undefined>}
 */
export async function startMariadb() {
  const daemon = "/usr/sbin/mariadbd";
  if (!existsSync(daemon)) return undefined;
  const [folder, port] = [ownFolder("churn-bench-my-"), await freePort()];
  const [data, socket] = [join(folder, "data"), join(folder, "socket")];
  const quiet = { ...user, cwd: folder, stdio: "ignore" };
  execFileSync("mariadb-install-db", ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"], quiet);
  const own = [`--datadir=${data}`, `--socket=${socket}`, `--port=${port}`, "--bind-address=127.0.0.1", `--pid-file=${join(folder, "pid")}`];
  const server = start(daemon, ["--no-defaults", ...own, "--innodb-buffer-pool-size=1G", "--innodb-flush-log-at-trx-commit=0"], folder);
  const words = ["--no-defaults", `--socket=${socket}`, "--user=root"];
  await until(() => execFileSync("mariadb", [...words, "-e", "SELECT 1"], { stdio: "ignore" }));
  const run = (sql) => void execFileSync("mariadb", [...words, "bench"], { input: sql, stdio: ["pipe", "ignore", "inherit"] });
  execFileSync("mariadb", [...words, "-e", "CREATE DATABASE bench; CREATE USER bench@'127.0.0.1'; GRANT SELECT ON bench.* TO bench@'127.0.0.1'"]);
  return {
    url: `mysql://bench@127.0.0.1:${port}/bench`,
    run,
    batch: (query, file) => {
      const client = `mariadb --no-defaults --host=127.0.0.1 --port=${port} --user=bench --batch --quick bench -e "$1" >"$2"`;
      return ["sh", "-c", client, "sh", query, file];
    },
    stop: () => end(server, "SIGTERM", folder),
  };
}

function ownFolder(prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

function start(program, words, folder) {
  const log = openSync(join(folder, "log"), "a");
  return spawn(program, words, { ...user, cwd: folder, detached: true, stdio: ["ignore", log, log] });
}

async function until(works) {
  for (let tries = 0; ; tries += 1) {
    try {
      return works();
    } catch (error) {
      if (tries > 300) throw error;
      await sleep(100);
    }
  }
}

async function end(server, signal, folder) {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill(signal);
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
