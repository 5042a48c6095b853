import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SourceEnvironment } from "../server/settings.ts";
import { driverOptions } from "./connection.ts";
import type { MysqlSettings } from "./settings.ts";

/** A process that waits for this one's end, to end a query on the server then. */
export interface KillGuard {
  /** Nothing runs any more. */
  disarm(): void;
  /** What runs is to be ended now. Returns once the server was told, or can't be. */
  fire(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL("./kill-query.cjs", import.meta.url));
/** What Node needs to run, and to know the authorities that it knows here. */
const HANDED_ON = ["LD_LIBRARY_PATH", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];
/** Seconds that a server may take to be told. */
const PATIENCE_SECONDS = 5;

/**
 * Starts it. It outlives a SIGKILL of this process, and goes with it otherwise.
 *
 * @param id  the connection's number on the server
 */
export function armKillGuard(settings: MysqlSettings, id: number, environment: SourceEnvironment): KillGuard {
  const handedOn = HANDED_ON.flatMap((name): [string, string][] => {
    const value = environment.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const guard = spawn(process.execPath, [SCRIPT], {
    // A signal to the group of this process is none to the guard, and nobody waits for its end.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: Object.fromEntries(handedOn),
  });
  guard.unref();
  // Without a guard the rows are as good.
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.stdin.write(`${JSON.stringify({ options: driverOptions(settings), id })}\n`);
  return {
    disarm: () => void guard.stdin.end("done\n"),
    async fire() {
      // One that couldn't be started doesn't end either: then nobody is waited for.
      const gone = once(guard, "exit").catch(() => {});
      guard.stdin.end();
      await Promise.race([gone, sleep(PATIENCE_SECONDS * 1000, undefined, { ref: false })]);
    },
  };
}
