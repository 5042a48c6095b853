import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { whole } from "../../cli/numbers.ts";
import { UsageError } from "../../errors.ts";
import { saysOutOfMemory } from "../../files/machine-error.ts";
import { pathFrom } from "../../files/path-from.ts";
import type { Environment } from "../../workspace/env.ts";
import prototypes from "./c-api.json" with { type: "json" };

/** A libxgboost that can be used. It is loaded: for good, as libraries are. */
export interface Library {
  /** its file, or its name for the system's loader */
  readonly file: string;
  /** "3.4.1" */
  readonly version: string;
}

export interface Found {
  /** the first one that can be used; undefined where there is none */
  readonly library: Library | undefined;
  /** a sentence for each that was found before it, and can't be used */
  readonly passedOver: readonly string[];
}

/** Where `churn setup native` puts it, below the workspace. */
export const NATIVE_FOLDER = ".churn/native";
export const LIBRARY_VARIABLE = "CHURN_LIBXGBOOST";
/** Older ones lack QuantileDMatrix in their C API, and write another JSON. */
const OLDEST = [1, 7] as const;

const IS_MAC = process.platform === "darwin";
const FILE_NAME = IS_MAC ? "libxgboost.dylib" : "libxgboost.so";
/** Debian's and Ubuntu's libxgboost0 has the first name alone; a library that was built here the second. */
const LOADER_NAMES = IS_MAC ? [FILE_NAME] : ["libxgboost.so.0", FILE_NAME];
/** Homebrew's, where the loader doesn't look by itself. */
const SYSTEM_FILES = IS_MAC ? ["/opt/homebrew/lib", "/usr/local/lib"].map((folder) => join(folder, FILE_NAME)) : [];

/** e_machine of an ELF file by Node's name of the architecture. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const ELF_MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
/** Of 64 bits, as both are: the header, and an entry of the table of segments, of which the loader maps those of this type. */
const [ELF_HEAD_BYTES, ELF_SEGMENT_BYTES, ELF_LOADED] = [64, 56, 1];
const ARCHITECTURES: Readonly<Record<number, string>> = {
  3: "32-bit x86",
  40: "32-bit ARM",
  62: "x86-64",
  183: "ARM64",
};

/**
 * Looks for libxgboost, without starting Python: CHURN_LIBXGBOOST, train.library, what `churn setup native` made, the system's
 * loader, $CONDA_PREFIX, $VIRTUAL_ENV. The first that can be used is loaded.
 *
 * @param configured  train.library, relative to the workspace
 * @param root        the workspace's folder
 * @throws {UsageError} when one of the first two is named and can't be used
 */
export async function findLibrary(
  configured: string | undefined,
  root: string,
  environment: Pick<Environment, "get">,
): Promise<Found> {
  const named = [
    { by: LIBRARY_VARIABLE, path: environment.get(LIBRARY_VARIABLE) },
    { by: "train.library", path: configured },
  ].find(({ path }) => path !== undefined);
  if (named?.path !== undefined) {
    const file = pathFrom(root, named.path);
    const loaded = await loadLibrary(file);
    if (typeof loaded !== "string") return { library: loaded, passedOver: [] };
    throw new UsageError(
      `${named.by} names ${file}, which can't be used: ${loaded}`,
      "name a libxgboost of 1.7 or newer, such as xgboost/lib/libxgboost.so of the Python package, or unset it: churn setup native installs one",
    );
  }

  const [conda, virtual] = ["CONDA_PREFIX", "VIRTUAL_ENV"].map((name) => environment.get(name));
  const candidates = [
    ...wheelFiles(join(root, NATIVE_FOLDER)),
    ...LOADER_NAMES,
    ...SYSTEM_FILES,
    ...(conda === undefined ? [] : [join(conda, "lib", FILE_NAME), ...wheelFiles(conda)]),
    ...(virtual === undefined ? [] : wheelFiles(virtual)),
  ];
  const passedOver: string[] = [];
  for (const file of candidates) {
    if (file.includes("/") && !existsSync(file)) continue;
    const loaded = await loadLibrary(file);
    if (typeof loaded !== "string") return { library: loaded, passedOver };
    if (loaded !== ABSENT) passedOver.push(`${file} can't be used: ${loaded}`);
  }
  return { library: undefined, passedOver };
}

/** Where the wheels of xgboost and xgboost-cpu have it, in a virtual environment of any Python 3. */
export function wheelFiles(environment: string): string[] {
  const lib = join(environment, "lib");
  const pythons = entriesOf(lib).filter((name) => /^python3\.\d+$/.test(name));
  return pythons.sort().map((python) => join(lib, python, "site-packages", "xgboost", "lib", FILE_NAME));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const ABSENT = "it is not there";
const NO_LIBRARY = "it is no shared library";

/** The library, loaded, or why it can't be used: half a sentence. */
export async function loadLibrary(file: string): Promise<Library | string> {
  const wrong = file.includes("/") ? whatIsWrong(file) : undefined;
  if (wrong !== undefined) return wrong;
  // OpenMP's threads spin while they wait, which takes two to nine times as long where anything else runs. It looks once,
  // when it is loaded, and at the process's own environment.
  // biome-ignore lint/style/noProcessEnv: a setting for a library of C, not of churn's
  process.env.OMP_WAIT_POLICY ??= "PASSIVE";
  const koffi = await import("koffi");
  try {
    const library = koffi.load(file);
    const [major, minor, patch] = [[0], [0], [0]];
    library.func("void XGBoostVersion(_Out_ int *major, _Out_ int *minor, _Out_ int *patch)")(major, minor, patch);
    const version = [major, minor, patch].flat();
    const [first = 0, second = 0] = version;
    const isOld = first < OLDEST[0] || (first === OLDEST[0] && second < OLDEST[1]);
    if (isOld) return `it is XGBoost ${version.join(".")}, older than 1.7`;
    // By what it has, and not by its version: nobody knows what a newer one will lack.
    const lacking = Object.keys(prototypes).find((name) => !hasFunction(library, name));
    return lacking === undefined
      ? { file, version: version.join(".") }
      : `it is XGBoost ${version.join(".")} without the function ${lacking}`;
  } catch (error) {
    return reasonOf(file, String(error instanceof Error ? error.message : error));
  }
}

function hasFunction(library: { func(prototype: string): unknown }, name: string): boolean {
  try {
    library.func(`void ${name}()`);
    return true;
  } catch {
    return false;
  }
}

/** What can be seen without the loader, which has one sentence for a file that isn't there and for one of another machine. */
function whatIsWrong(file: string): string | undefined {
  let opened: number | undefined;
  try {
    // Before it is opened: a pipe would be waited for.
    const found = statSync(file);
    if (found.isDirectory()) return "it is a folder";
    if (!found.isFile()) return NO_LIBRARY;
    opened = openSync(file, "r");
    return IS_MAC ? undefined : whatIsWrongInElf(opened, found.size);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return ABSENT;
    return code === "EACCES" ? "permission denied" : String(code);
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

/**
 * The loader maps what the file's own table says, whether or not the file is that long: the first look at what isn't there would
 * kill the process.
 *
 * @param size  of the file, in bytes
 */
function whatIsWrongInElf(file: number, size: number): string | undefined {
  const head = Buffer.alloc(ELF_HEAD_BYTES);
  readSync(file, head, 0, head.length, 0);
  if (head.toString("latin1", 0, 4) !== "\x7fELF") return NO_LIBRARY;
  const cutShort = (end: number) =>
    end <= size ? undefined : `it is cut short: ${whole(size)} of ${whole(end)} bytes`;
  if (size < head.length) return cutShort(head.length);
  const machine = head.readUInt16LE(18);
  if (machine !== ELF_MACHINES[process.arch])
    return `it was built for ${ARCHITECTURES[machine] ?? `another processor (ELF machine ${machine})`}, this is ${process.arch}`;
  const [from, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(56)];
  const segments = Buffer.alloc(count * ELF_SEGMENT_BYTES);
  if (from + segments.length > size) return cutShort(from + segments.length);
  readSync(file, segments, 0, segments.length, from);
  const ends = Array.from({ length: count }, (_, index) => {
    const segment = segments.subarray(index * ELF_SEGMENT_BYTES);
    const isLoaded = segment.readUInt32LE(0) === ELF_LOADED;
    return isLoaded ? Number(segment.readBigUInt64LE(8) + segment.readBigUInt64LE(32)) : 0;
  });
  return cutShort(Math.max(0, ...ends));
}

/** The loader's words, which koffi hands on. */
function reasonOf(file: string, message: string): string {
  const reason = message.replace("Failed to load shared library: ", "");
  // The same sentence about another name is of a library that this one needs.
  const isAbsent = !file.includes("/") && /cannot open shared object file|image not found|no such file/i.test(reason);
  if (isAbsent && (!reason.includes(".so") || reason.startsWith(file))) return ABSENT;
  if (saysOutOfMemory(reason)) return "there is too little memory to load it";
  return reason.includes("Cannot find function") ? "it is no libxgboost" : `the system's loader says: ${reason}`;
}
