import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.mjs";
import { venvPrograms } from "./peer.mjs";
import { scratch } from "./process.mjs";

/**
 * An MLflow server of the peer's Python on a free port of this machine: SQLite, artifacts through the server. It is ready when this
 * returns.
 *
 * @returns {Promise<{ url: string, stop(): Promise<void> }>}
 */
export async function startMlflowServer() {
  const folder = join(scratch, "mlflow-server");
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const words = ["server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1"];
  const places = ["--backend-store-uri", `sqlite:///${join(folder, "mlflow.db")}`, "--artifacts-destination", join(folder, "artifacts")];
  const server = spawn(join(venvPrograms, "mlflow"), [...words, ...places], {
    cwd: folder,
    detached: true,
    stdio: "ignore",
    env: {
      ...process.env,
      PATH: `${venvPrograms}:${process.env.PATH}`,
      MLFLOW_DISABLE_TELEMETRY: "true",
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
    },
  });
  const ended = once(server, "exit");
  // With its workers.
  const endGroup = () => server.exitCode === null && process.kill(-server.pid, "SIGTERM");
  process.prependOnceListener("exit", endGroup);
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) break;
    if (server.exitCode !== null) throw new Error(`the MLflow server ended with ${server.exitCode}`);
    await sleep(200);
  }
  return {
    url,
    async stop() {
      process.off("exit", endGroup);
      endGroup();
      await ended;
    },
  };
}
