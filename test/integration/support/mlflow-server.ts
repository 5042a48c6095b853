import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { pythonPrograms } from "./python.ts";
import { freePort, startService } from "./service.ts";

/** The two lines of MLflow that churn is held to. */
export const mlflowLines = ["mlflow", "mlflow2"] as const;
export type MlflowLine = (typeof mlflowLines)[number];

/** Whom a server with credentials knows from its start; 3.x ships no password and refuses short ones. */
export const admin = { username: "admin", password: "the-admins-own-word-1" } as const;

/** A real MLflow server on a free port of this machine, with a SQLite database. */
export interface MlflowServer extends AsyncDisposable {
  /** http:// or https://, without a slash at its end */
  readonly url: string;
  /** what it is certified by, where it speaks TLS */
  readonly certificates: Certificates | undefined;
  /** Ends it without warning, with all of its processes. */
  kill(): Promise<void>;
  /** Starts it again after that: the same port, database and artifacts. It is ready when this returns. */
  restart(): Promise<void>;
}

interface Options {
  /** for its database, artifacts and log */
  readonly folder: string;
  /** asks for user and password: those of `admin`, and of whom he makes */
  readonly auth?: boolean;
  /** speaks TLS by a certificate of an authority of its own */
  readonly tls?: boolean;
  /** false: runs keep their artifacts in its own folder, which clients have to share */
  readonly serveArtifacts?: boolean;
  /** s3://…, where runs keep their artifacts, which clients reach by themselves; it has no rights to it */
  readonly bucket?: string;
}

const quiet = { MLFLOW_DISABLE_TELEMETRY: "true", MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" };

/** Starts it. It is ready when this returns, and ends with its disposal. */
export async function startMlflow(line: MlflowLine, options: Options): Promise<MlflowServer> {
  const { folder, auth = false, tls = false } = options;
  await mkdir(folder, { recursive: true });
  const { bin, PATH } = await pythonPrograms(line);
  const port = await freePort();
  const url = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
  const certificates = tls ? await makeCertificates(join(folder, "tls")) : undefined;
  const settings = join(folder, "auth.ini");
  if (auth) await writeFile(settings, authSettings(folder));
  const env = {
    ...process.env,
    PATH,
    ...quiet,
    ...(auth ? { MLFLOW_AUTH_CONFIG_PATH: settings, MLFLOW_FLASK_SERVER_SECRET_KEY: "of a test" } : {}),
  };
  const start = () =>
    startService({
      file: join(bin, "mlflow"),
      words: ["server", "--host", "127.0.0.1", "--port", String(port), ...wordsOf(line, options, certificates)],
      cwd: folder,
      env,
      log: join(folder, "server.log"),
      isReady: async () => (await answersHealth(url, certificates)) && (!auth || (await letsIn(url))),
    });
  let service = await start();
  return {
    url,
    certificates,
    kill: () => service.kill(),
    async restart() {
      service = await start();
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

/** A model served by `mlflow models serve`, at an address below which /invocations is. */
export async function serveModel(
  line: MlflowLine,
  model: string,
  { folder, trackingUri }: { readonly folder: string; readonly trackingUri: string },
): Promise<{ readonly url: string } & AsyncDisposable> {
  const { bin, PATH } = await pythonPrograms(line);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = await startService({
    file: join(bin, "mlflow"),
    words: [
      ...["models", "serve", "--model-uri", model, "--env-manager", "local"],
      ...["--host", "127.0.0.1", "--port", String(port), "--workers", "1"],
    ],
    cwd: folder,
    env: { ...process.env, PATH, ...quiet, MLFLOW_TRACKING_URI: trackingUri },
    log: join(folder, "serving.log"),
    isReady: async () =>
      (await curl(["--output", "/dev/null", "--write-out", "%{http_code}", `${url}/ping`])) === "200",
  });
  return { url, [Symbol.asyncDispose]: () => service.stop() };
}

function wordsOf(
  line: MlflowLine,
  { folder, auth = false, bucket, serveArtifacts = bucket === undefined }: Options,
  certificates: Certificates | undefined,
): string[] {
  const artifacts = join(folder, "artifacts");
  const words = ["--backend-store-uri", `sqlite:///${join(folder, "mlflow.db")}`, "--workers", "1"];
  if (serveArtifacts) words.push("--artifacts-destination", artifacts);
  else words.push("--no-serve-artifacts", "--default-artifact-root", bucket ?? artifacts);
  if (auth) words.push("--app-name", "basic-auth");
  if (certificates === undefined) return words;
  const { key, certificate } = certificates;
  if (line === "mlflow") return [...words, "--uvicorn-opts", `--ssl-keyfile ${key} --ssl-certfile ${certificate}`];
  return [...words, "--gunicorn-opts", `--keyfile ${key} --certfile ${certificate}`];
}

function authSettings(folder: string): string {
  return [
    "[mlflow]",
    "default_permission = NO_PERMISSIONS",
    `database_uri = sqlite:///${join(folder, "auth.db")}`,
    `admin_username = ${admin.username}`,
    `admin_password = ${admin.password}`,
    "authorization_function = mlflow.server.auth:authenticate_request_basic_auth",
    "",
  ].join("\n");
}

async function answersHealth(url: string, certificates: Certificates | undefined): Promise<boolean> {
  const trust = certificates === undefined ? [] : ["--cacert", certificates.ca];
  return (await curl([...trust, `${url}/health`])) === "OK";
}

/** The first password that a server checks takes it seconds on a machine with other work, and a night waits for two. */
async function letsIn(url: string): Promise<boolean> {
  const asked = `${url}/api/2.0/mlflow/experiments/search?max_results=1`;
  const user = ["--user", `${admin.username}:${admin.password}`];
  return (await curl([...user, "--output", "/dev/null", "--write-out", "%{http_code}", asked])) === "200";
}

/** Not by churn's own client, and not by Node's, which knows no authority of ours. */
async function curl(words: readonly string[]): Promise<string> {
  const { stdout } = await execa("curl", ["--silent", "--max-time", "5", ...words], { reject: false });
  return stdout;
}
