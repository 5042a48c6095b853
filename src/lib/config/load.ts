import { closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { directionsOf, groupsOf } from "../engine/resolve.ts";
import { UsageError } from "../errors.ts";
import { homeFolder } from "../files/home.ts";
import { DENIED_HINT, errorCode } from "../files/machine-error.ts";
import { openRegular } from "../files/regular.ts";
import { UNDECIDED } from "../source/dataset-columns.ts";
import type { Variables } from "../workspace/env.ts";
import { redactor } from "../workspace/redact.ts";
import { secretsIn } from "../workspace/secret-values.ts";
import { secondsOf } from "./duration.ts";
import { CONFIG_FILE } from "./find.ts";
import { configKeys, core, nameOf, namesIn, schemaAt } from "./keys.ts";
import { own } from "./own.ts";
import { withHome } from "./places.ts";
import { configError } from "./problems.ts";
import { type Config, type ConfigSection, configSchema } from "./schema.ts";
import { refuseSecrets } from "./secrets.ts";
import { environmentSettings, flagSettings, type Origin, othersSettings, type Setting } from "./settings.ts";
import { hasPath, isTree, isWithin, withValue } from "./tree.ts";
import { parseYaml, YamlProblem, type YamlText } from "./yaml.ts";
import { zeroByteIn } from "./zero-byte.ts";

/** The configuration in force, and where each value of it comes from. */
export interface LoadedConfig {
  readonly config: Config;
  /** by dotted key, in churn.yaml's order; keys that are not set and have no default are absent */
  readonly origins: ReadonlyMap<string, Origin>;
  /** churn.yaml's path */
  readonly file: string;
}

/**
 * Reads the configuration: --set over the environment over churn.yaml over MLflow's own variables over the defaults.
 *
 * @param root       the workspace's folder
 * @param env        the variables of the environment and .env
 * @param overrides  the values of --set, in order: a.b=c
 * @throws {UsageError} with the place of what is wrong, the value found and the values allowed
 */
export async function loadConfig(given: Given): Promise<LoadedConfig> {
  const { file, text, settings, value, placeOf } = await gather(given);
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    throw configError(parsed.error.issues, {
      value,
      placeOf,
      redact: redactor(secretsIn([...given.env].map(([name, { value }]) => [name, value]))),
    });
  }
  const origins = originsOf(value, parsed.data, settings, text);
  refuseIdleSplit(parsed.data, origins);
  refuseLongWait(parsed.data, origins);
  refuseUnknownFeatures(parsed.data, origins);
  const config = withHome(parsed.data, () => homeFolder(given.env.get("HOME")?.value));
  return { config, origins, file };
}

/** Of a configuration that `loadConfig` refuses what is sound. */
export interface SoundConfig extends LoadedConfig {
  /** The sections in which something is wrong. Here they have their defaults, and what has none has a text that says so. */
  readonly broken: ReadonlySet<ConfigSection>;
}

/** What stands in the place of a section that has to be said, for those who have no use for it. */
const UNSAID = { dataset: { id: UNDECIDED, target: { column: UNDECIDED } }, source: { url: `csv:${UNDECIDED}` } };

/**
 * The sections of a configuration that are sound by themselves, for who looks at what each of them names: one slip of the pen is no
 * reason not to look at the rest. No night runs by it.
 *
 * @returns undefined where it isn't known which ones are
 */
export async function loadSound(given: Given): Promise<SoundConfig | undefined> {
  const gathered = await gather(given).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
  });
  if (gathered === undefined || !isTree(gathered.value)) return undefined;
  const { file, text, settings, value } = gathered;
  const issues = configSchema.safeParse(value).error?.issues ?? [];
  const named = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [issue.path[0]],
  );
  const only = (tree: Readonly<Record<string, unknown>>, isNamed: boolean) =>
    Object.fromEntries(Object.entries(tree).filter(([name]) => named.includes(name) === isNamed));
  const sound = only(value, false);
  const parsed = configSchema.safeParse({ ...only(UNSAID, true), ...sound });
  if (!parsed.success) return undefined;
  const config = withHome(parsed.data, () => homeFolder(given.env.get("HOME")?.value));
  const broken = new Set(configSchema.keyof().options.filter((section) => named.includes(section)));
  return { config, origins: originsOf(sound, config, settings, text), file, broken };
}

/** Where nothing of a configuration can be read: all of its sections are broken. */
export function loadNothing({ root, env }: Omit<Given, "overrides">): SoundConfig {
  const config = withHome(configSchema.parse(UNSAID), () => homeFolder(env.get("HOME")?.value));
  const broken = new Set(configSchema.keyof().options);
  return { config, origins: new Map(), file: join(root, CONFIG_FILE), broken };
}

/** The folder, and where values come from. */
interface Given {
  readonly root: string;
  readonly env: Variables;
  readonly overrides: readonly string[];
}

/** All that is said, not judged yet. */
async function gather({ root, env, overrides }: Given) {
  const file = join(root, CONFIG_FILE);
  const text = readYaml(readText(file));
  refuseSecrets(text.value, [], (path) => ({ place: placeInFile(text, path), within: "in churn.yaml" }));

  const flags = flagSettings(overrides);
  for (const { path, value, origin } of flags) {
    refuseSecrets(value, path, () => ({ place: origin.where, within: "on a command line" }));
  }

  const others = othersSettings(env).filter(({ path }) => !hasPath(text.value, path));
  const settings = [...others, ...environmentSettings(env), ...flags];
  const value = settings.reduce(
    (tree, setting) => withValue(tree, setting.path, setting.value),
    withoutEmptyMaps(text.value, []),
  );
  const placeOf = (path: readonly PropertyKey[]) => settingAt(settings, path)?.origin.where ?? placeInFile(text, path);
  const zero = zeroByteIn(value);
  if (zero !== undefined) {
    throw new UsageError(`${placeOf(zero)}: ${nameOf(zero)} has a zero byte (\\0)`, "write it without");
  }
  return { file, text, settings, value, placeOf };
}

/** Beside a column that says who is a test customer, a share and a salt would be kept and never used. */
function refuseIdleSplit({ split }: Config, origins: LoadedConfig["origins"]): void {
  if (split.method !== "column") return;
  const idle = ["split.test", "split.salt"].filter((name) => (origins.get(name)?.kind ?? "default") !== "default");
  const [first] = idle;
  if (first === undefined) return;
  throw new UsageError(
    `${origins.get(first)?.where}: ${idle.join(" and ")} ${idle.length === 1 ? "has" : "have"} no meaning with split.method: column`,
    "leave out what is not used: split.column and split.test_value alone say who is a test customer",
  );
}

/** A wait that ends with the run's or the stage's time limit would end as a failure, and not as customers that may come later. */
function refuseLongWait({ source, run }: Config, origins: LoadedConfig["origins"]): void {
  if (source.wait === undefined) return;
  const { for: wait } = source.wait;
  const limits = [
    ["run.timeout", run.timeout],
    ["run.stages.extract", own(run.stages, "extract")],
  ] as const;
  for (const [name, limit] of limits) {
    if (limit === undefined || secondsOf(wait) < secondsOf(limit)) continue;
    throw new UsageError(
      `${origins.get("source.wait.for")?.where}: source.wait.for is ${wait}, and ${name} ends the work after ${limit}`,
      `a shorter wait, or a longer ${name}`,
    );
  }
}

/** Features that are listed are the model's, whatever the customers are; `all` is known once they are there, and then train asks. */
function refuseUnknownFeatures({ features, train }: Config, origins: LoadedConfig["origins"]): void {
  if (features === "all") return;
  const { monotone_constraints: directions, interaction_constraints: groups } = train.params;
  const judge = (name: string, look: () => unknown) => {
    try {
      look();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${origins.get(name)?.where}: ${error.message}`, error.hint, { cause: error });
    }
  };
  judge("train.params.monotone_constraints", () => directions && directionsOf(directions, features));
  judge("train.params.interaction_constraints", () => groups && groupsOf(groups, features));
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    const { fd } = openRegular(file);
    try {
      bytes = readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = errorCode(error);
    if (code === "ENOENT") throw new UsageError(`no ${file}`, "churn init", { cause: error });
    const [reason, hint] = code === "EACCES" ? ["permission denied", DENIED_HINT] : [code, `ls -l ${file}`];
    throw new UsageError(`${file} can't be read: ${reason}`, hint, { cause: error });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${CONFIG_FILE} is not UTF-8 text`, `iconv -f ISO-8859-1 -t UTF-8 converts Latin-1`, {
      cause: error,
    });
  }
}

function readYaml(text: string): YamlText {
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const { line, column, message } = error;
    throw new UsageError(`${CONFIG_FILE} line ${line}, column ${column}: ${message}`, undefined, { cause: error });
  }
}

/** A section whose keys are all commented out says nothing: it is as if it weren't there. */
function withoutEmptyMaps(value: unknown, path: readonly string[]): unknown {
  if (value === null && path.length === 0) return {};
  const schema = schemaAt(path);
  if (!isTree(value) || schema === undefined || namesIn(schema) === undefined) return value;
  const entries = Object.entries(value).flatMap(([name, part]): [string, unknown][] => {
    const own = [...path, name];
    return part === null && takesMap(own) ? [] : [[name, withoutEmptyMaps(part, own)]];
  });
  return Object.fromEntries(entries);
}

/** Whether a map belongs at a path: a section, or names of the user's own. */
function takesMap(path: readonly string[]): boolean {
  const schema = schemaAt(path);
  return schema !== undefined && (namesIn(schema) !== undefined || core(schema) instanceof z.ZodRecord);
}

function placeInFile(text: YamlText, path: readonly PropertyKey[]): string {
  return `${CONFIG_FILE} line ${text.lineOf(path)}`;
}

/** The setting that had the last word at a path, be it for the value itself, for what holds it, or for a part of it. */
function settingAt(settings: readonly Setting[], path: readonly PropertyKey[]): Setting | undefined {
  return settings.findLast((setting) => isWithin(path, setting.path) || isWithin(setting.path, path));
}

function originsOf(
  given: unknown,
  config: Config,
  settings: readonly Setting[],
  text: YamlText,
): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const { path, name } of configKeys) {
    if (hasPath(given, path)) {
      const file: Origin = { kind: "file", where: placeInFile(text, path) };
      origins.set(name, settingAt(settings, path)?.origin ?? file);
    } else if (hasPath(config, path)) {
      origins.set(name, { kind: "default", where: name === "timezone" ? "this machine" : "default" });
    }
  }
  return origins;
}
