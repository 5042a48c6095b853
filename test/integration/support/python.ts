import { createHash } from "node:crypto";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ExecaError, execa } from "execa";
import * as z from "zod";
import { tryFlock } from "../../../src/lib/workspace/native.ts";

/**
 * The Pythons that churn's files are held to, by what pip is asked for. `old` has the oldest xgboost whose model.json is
 * promised to read ours alike.
 */
const requirements = {
  newest: ["pandas", "pyarrow", "scikit-learn", "xgboost-cpu", "duckdb"],
  old: ["xgboost==1.7.6", "pandas", "pyarrow", "scikit-learn"],
  mlflow: ["mlflow[auth]", "boto3", "xgboost-cpu", "pandas", "scikit-learn"],
  // The last of its line needs pins that pip doesn't choose: its server, or what it serves, ends on import without them.
  mlflow2: [
    "mlflow[auth]==2.22.*",
    "boto3",
    "sqlalchemy<2.1",
    "starlette<1",
    "fastapi<0.130",
    "xgboost-cpu",
    "pandas",
    "scikit-learn",
  ],
  mail: ["aiosmtpd"],
} as const;
export type PythonName = keyof typeof requirements;

const scripts = fileURLToPath(new URL("..", import.meta.url));
/** Between runs the environments stay here: 2 GB. Removing the folder brings the newest versions. */
const shelf =
  process.env.CHURN_TEST_VENVS ?? fileURLToPath(new URL("../../../node_modules/.cache/churn-venvs", import.meta.url));

/** Written last into an environment: a folder without it is half-made. */
const MADE = "churn-made.json";
const versions = z.record(z.string(), z.string());

/**
 * Runs a script of this folder and parses the JSON that it prints.
 *
 * The environment is made when it isn't there yet. What the script says on stderr is part of the error when it fails.
 *
 * @param script   a name in test/integration, or an absolute path
 * @param options  `cwd` is the script's working folder, `env` is added to this process's environment
 */
export async function runPython<Schema extends z.ZodType>(
  name: PythonName,
  script: string,
  {
    args = [],
    schema,
    ...options
  }: {
    readonly args?: readonly string[];
    readonly schema: Schema;
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<z.infer<Schema>> {
  const python = await openPython(name);
  const env = {
    ...options.env,
    // What is compiled stays with the environment, whatever this machine is used to: nothing is left beside the scripts.
    PYTHONPYCACHEPREFIX: join(dirname(python), "..", "pycache"),
    PYTHONDONTWRITEBYTECODE: "",
  };
  const { stdout } = await execa(python, [resolve(scripts, script), ...args], { ...options, env });
  return schema.parse(JSON.parse(stdout));
}

/**
 * The folder of an environment's programs, and a PATH that has it first: mlflow starts others of them by their names.
 */
export async function pythonPrograms(name: PythonName): Promise<{ readonly bin: string; readonly PATH: string }> {
  const bin = dirname(await openPython(name));
  return { bin, PATH: [bin, process.env.PATH ?? ""].join(delimiter) };
}

const opened = new Map<PythonName, Promise<string>>();

/** The environment's interpreter; its versions are printed once a test file. */
function openPython(name: PythonName): Promise<string> {
  const python = opened.get(name) ?? makeEnvironment(name);
  opened.set(name, python);
  return python;
}

async function makeEnvironment(name: PythonName): Promise<string> {
  const wanted = requirements[name];
  const base = await describePython();
  const key = createHash("sha256")
    .update(JSON.stringify([wanted, base]))
    .digest("hex")
    .slice(0, 12);
  const folder = join(shelf, `${name}-${key}`);
  const python = join(folder, "bin", "python");
  const made = (await readMade(folder)) ?? (await alone(folder, () => install(name, folder, python)));
  const list = Object.entries(made).map((pair) => pair.join(" "));
  say(`Python ${name}: ${list.join(", ")}`);
  return python;
}

/** Makes an environment, unless another test file's process has made it meanwhile. */
async function install(name: PythonName, folder: string, python: string): Promise<z.infer<typeof versions>> {
  const there = await readMade(folder);
  if (there !== undefined) return there;
  const wanted = requirements[name];
  say(`making Python ${name} of ${wanted.join(", ")}`);
  await rm(folder, { recursive: true, force: true });
  await execa("python3", ["-m", "venv", folder]);
  // Wheels alone: a fresh machine has no compiler. Bytecode is made of what is imported, not of all: half the time.
  const flags = ["--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "--no-compile"];
  await execa(python, ["-m", "pip", "install", ...flags, ...wanted]);
  const made = await installedVersions(python, wanted);
  await writeFile(join(folder, MADE), JSON.stringify(made));
  return made;
}

/** Does what no other process may do to a folder at the same time, when its turn has come. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(folder), { recursive: true });
  const path = `${folder}.lock`;
  await using lock = await open(path, "a");
  while (!(await tryFlock(lock.fd, path))) await sleep(200);
  return await work();
}

/** Which python3 there is: another one makes other environments. */
async function describePython(): Promise<string> {
  const needs = "the integration tests need Python 3.11 or newer with venv";
  try {
    const { stdout } = await execa("python3", [
      "-c",
      "import sys, venv, ensurepip; print(sys.version, sys.base_prefix)",
    ]);
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const problem =
      error.code === "ENOENT" ? "there is no python3 on the PATH" : "python3 cannot make virtual environments";
    throw new Error(`${problem}; ${needs} (on Debian and Ubuntu: apt-get install python3 python3-venv)`, {
      cause: error,
    });
  }
}

async function readMade(folder: string): Promise<z.infer<typeof versions> | undefined> {
  try {
    return versions.parse(JSON.parse(await readFile(join(folder, MADE), "utf8")));
  } catch {
    return undefined;
  }
}

async function installedVersions(python: string, wanted: readonly string[]): Promise<z.infer<typeof versions>> {
  const names = wanted.map((requirement) => /^[\w-]+/.exec(requirement)?.[0] ?? requirement);
  const program = `
import importlib.metadata, json, platform, sys
packages = {name: importlib.metadata.version(name) for name in sys.argv[1:]}
print(json.dumps({"Python": platform.python_version(), **packages}))`;
  const { stdout } = await execa(python, ["-c", program, ...names]);
  return versions.parse(JSON.parse(stdout));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
