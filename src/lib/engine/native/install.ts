import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ServiceError, UsageError } from "../../errors.ts";
import { makeFolder } from "../../files/folders.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import { clearLeftovers, holdUnfinished } from "../../files/unfinished.ts";
import { type ProgramEnd, runProgram } from "../../source/command/run.ts";
import type { Environment } from "../../workspace/env.ts";
import { type Library, loadLibrary, NATIVE_FOLDER, wheelFiles } from "./library.ts";
import { type Wheel, wheelNeeds } from "./wheel.ts";

/** A slow line takes minutes for some MB; who waits longer has none. */
const LIMIT_SECONDS = 600;

/** What pip and Python go by: where they are, how they reach an index, whom they trust. No secret of the workspace's else. */
const HANDED_ON =
  /^(?:PATH|HOME|TZ|TMPDIR|NETRC|LD_LIBRARY_PATH|PYENV_\w+|XDG_\w+|PIP_\w+|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(?:https?|all|no)_proxy)$/i;
/** Of pip's settings those that would have it install something else, or elsewhere. */
const NOT_HANDED_ON =
  /^PIP_(?:TARGET|PREFIX|ROOT|USER|SRC|REQUIREMENT|CONSTRAINT|EDITABLE|NO_BINARY|DRY_RUN|PLATFORM|ABI|IMPLEMENTATION|PYTHON)$/i;
const OWN_SETTINGS = {
  LC_ALL: "C.UTF-8",
  PIP_USER: "0",
  PIP_REQUIRE_VIRTUALENV: "0",
  PIP_NO_INPUT: "1",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PIP_ROOT_USER_ACTION: "ignore",
};

const PYTHON_HINT =
  "Debian and Ubuntu: sudo apt install python3-venv; macOS: brew install python; or name a libxgboost that is there in train.library";

export interface Installation<T> {
  readonly wheel: Wheel;
  /** the workspace's folder, which nobody else writes to meanwhile */
  readonly root: string;
  readonly environment: Pick<Environment, "variables" | "redact">;
  /** What has to go well before the library counts as installed. */
  readonly verify: (library: Library) => Promise<T>;
  /** for all of Python and for all of pip, each */
  readonly limitSeconds?: number;
}

/**
 * Installs a wheel of XGBoost into the workspace's virtual environment, by the machine's Python and without root. It is made
 * beside its place and renamed when the library in it is verified, so that it is there whole, the former one stays, or nothing.
 *
 * pip checks the wheel against its index's hashes. It installs into a folder of its own, which a Python that the system
 * manages (PEP 668) allows.
 *
 * @returns what `verify` gives
 * @throws {UsageError} when there is no Python, neither pip nor a way to have one, or no such version
 * @throws {ServiceError} when pip fails or takes too long, or the library can't be used here
 */
export async function installLibrary<T>({
  wheel,
  root,
  environment,
  verify,
  limitSeconds = LIMIT_SECONDS,
}: Installation<T>): Promise<T> {
  const target = join(root, NATIVE_FOLDER);
  const shelter = { folder: join(target, ".."), stem: "native" };
  makeFolder(shelter.folder);
  clearLeftovers(shelter);
  using held = holdUnfinished(shelter);
  const made = join(held.path, "native");
  const run = async (python: string, module: string, ...options: readonly string[]) => {
    const env = environmentOf(environment);
    const end = await runProgram({
      words: [python, "-m", module, ...options],
      cwd: shelter.folder,
      env,
      output: undefined,
      limitSeconds,
    });
    if (!end.timedOut) return end;
    throw new ServiceError(
      `python3 -m ${module} was stopped: it took longer than ${limitSeconds} s`,
      "is the network slow, or a proxy needed (HTTPS_PROXY)? churn setup native begins anew",
      { details: end.words.lines(environment.redact) },
    );
  };
  try {
    mkdirSync(held.path);
    const environmentMade = await startPython(() => run("python3", "venv", "--without-pip", made));
    if (!isGood(environmentMade)) throw noEnvironment(environmentMade, environment);
    const python = await pythonWithPip(run, join(held.path, "pip"), environment);
    const { name, version, platforms, python: pythonVersion } = wheel;
    const installed = await run(
      python,
      ...["pip", "install", "--no-deps", "--only-binary=:all:", "--no-cache-dir"],
      // The library is no part of Python: the wheel's demand of a newer one is its Python files'.
      ...["--ignore-requires-python", "--python-version", pythonVersion, "--implementation", "py", "--abi", "none"],
      ...platforms.flatMap((platform) => ["--platform", platform]),
      ...["--target", sitePackagesOf(made), `${name}==${version}`],
    );
    if (!isGood(installed)) {
      const versions = versionsSaid(installed);
      if (versions.length > 0) throw noVersion(wheel, versions);
      throw new ServiceError(
        `pip could not install ${name} ${version}`,
        "is the index there that pip asks? HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT and pip's own configuration say how it is reached",
        { details: installed.words.lines(environment.redact) },
      );
    }
    // They hold the path from before it was renamed; bin/python3 finds its own.
    for (const script of readdirSync(join(made, "bin"))) {
      if (/^activate/i.test(script)) rmSync(join(made, "bin", script));
    }
    const verified = await verify(await usable(made, wheel));
    putInPlace(made, target, join(held.path, "former"));
    return verified;
  } catch (error) {
    throw machineError(error, target);
  }
}

function environmentOf({ variables }: Pick<Environment, "variables">): Record<string, string> {
  const given = [...variables]
    .filter(([name]) => HANDED_ON.test(name) && !NOT_HANDED_ON.test(name))
    .map(([name, { value }]) => [name, value]);
  return { ...Object.fromEntries(given), ...OWN_SETTINGS };
}

function isGood({ exitCode }: ProgramEnd): boolean {
  return exitCode === 0;
}

async function startPython(start: () => Promise<ProgramEnd>): Promise<ProgramEnd> {
  try {
    return await start();
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && errorCode(error) !== "EACCES") throw error;
    throw new UsageError("there is no python3 in PATH, whose pip installs libxgboost", PYTHON_HINT, { cause: error });
  }
}

function noEnvironment(end: ProgramEnd, { redact }: Pick<Environment, "redact">): UsageError {
  return new UsageError("python3 could not make a virtual environment", PYTHON_HINT, {
    details: end.words.lines(redact),
  });
}

/** The machine's Python where it has pip, and else one with the pip that Python brings along: Debian has either as a package. */
async function pythonWithPip(
  run: (python: string, ...words: readonly string[]) => Promise<ProgramEnd>,
  folder: string,
  { redact }: Pick<Environment, "redact">,
): Promise<string> {
  if (isGood(await run("python3", "pip", "--version"))) return "python3";
  const made = await run("python3", "venv", folder);
  if (isGood(made)) return join(folder, "bin", "python3");
  throw new UsageError("python3 has no pip, and can't make a virtual environment with one", PYTHON_HINT, {
    details: made.words.lines(redact),
  });
}

/** The versions that pip says there are of what it was asked for, where it hasn't found that one; none where it found nothing at all. */
function versionsSaid({ words }: ProgramEnd): string[] {
  const [, list = ""] = /\(from versions: ([^)]*)\)/.exec(words.text) ?? [];
  return list.split(/,\s*/).filter((version) => /^\d+\.\d+\.\d+$/.test(version));
}

const { compare: byNumbers } = new Intl.Collator("en", { numeric: true });
/** Versions below and above one that are named. */
const NAMED = 2;

function noVersion({ name, version }: Wheel, versions: readonly string[]): UsageError {
  const sorted = [...versions, version].sort(byNumbers);
  const at = sorted.indexOf(version);
  const [below, above] = [sorted.slice(0, at).slice(-NAMED), sorted.slice(at + 1, at + 1 + NAMED)];
  return new UsageError(
    `the index that pip asks has no ${name} ${version} for this machine`,
    `the nearest it has: ${[...below, ...above].join(", ")}; churn setup native --version ${below.at(-1) ?? above[0]}`,
  );
}

function sitePackagesOf(environment: string): string {
  const [python = "python3"] = readdirSync(join(environment, "lib")).filter((name) => name.startsWith("python3"));
  return join(environment, "lib", python, "site-packages");
}

async function usable(environment: string, wheel: Wheel): Promise<Library> {
  const [file = ""] = wheelFiles(environment);
  const loaded = file === "" ? "it is not there" : await loadLibrary(file);
  if (typeof loaded !== "string") return loaded;
  throw new ServiceError(
    `the library of ${wheel.name} ${wheel.version} can't be used on this machine: ${loaded}`,
    wheelNeeds(wheel),
  );
}

/** Where there is a former one, it comes back when the new one can't take its place. */
function putInPlace(made: string, target: string, former: string): void {
  let isMoved = false;
  try {
    renameSync(target, former);
    isMoved = true;
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  try {
    renameSync(made, target);
  } catch (error) {
    if (isMoved) renameSync(former, target);
    throw error;
  }
}
