import { findWorkspace } from "../config/find.ts";
import { type LoadedConfig, loadConfig, loadSound, type SoundConfig } from "../config/load.ts";
import type { ConfigSection } from "../config/schema.ts";
import { closeDatabaseAhead } from "../duckdb/open.ts";
import { ChurnError } from "../errors.ts";
import { knownError } from "../files/machine-error.ts";
import type { ServerClock } from "../http/server-clocks.ts";
import { openSource } from "../source/open.ts";
import { mistakeAhead } from "../stage/ahead.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { workspaceId } from "../store/id.ts";
import { openStore } from "../store/open.ts";
import { requireLimitedStages } from "../supervise/select-stages.ts";
import { requireAddresses } from "../tracking/open.ts";
import { type Environment, readEnvironment } from "../workspace/env.ts";
import { openServices, type Services } from "../workspace/services.ts";
import { type Attempt, type Finding, findingOf, findingOfAny, type Opened, type Place, START } from "./check.ts";
import { glanceStore } from "./glance-store.ts";

interface Asked {
  readonly cwd: string;
  /** Goes to the workspace's folder, as every command does. */
  readonly goTo: (folder: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** the program's file */
  readonly program: string;
  readonly overrides: readonly string[];
  readonly now: Date;
  readonly stages: readonly Stage[];
  readonly clocks: () => readonly ServerClock[];
  /** Hears of the environment before anything of it can be shown. */
  readonly onEnvironment: (environment: Environment) => Environment;
}

/**
 * Opens what can be opened of the workspace that a folder lies in, step by step: where one fails the rest is looked at all the same, as far
 * as it doesn't need that. Nothing is written.
 */
export async function openPlace(asked: Asked): Promise<Place & AsyncDisposable> {
  const { env, program, now, stages, clocks } = asked;
  const root = await attempt(() => findWorkspace(asked.cwd));
  const environment = await after(root, async (folder) => {
    asked.goTo(folder);
    return asked.onEnvironment(readEnvironment(env, folder));
  });
  const given = await after(root, async (folder) =>
    after(environment, async ({ variables }) => ({ root: folder, env: variables, overrides: asked.overrides })),
  ).then(flat);
  const loaded = await after(given, loadConfig);
  const sound = given.kind === "found" ? await loadSound(given.value) : undefined;
  const opened =
    sound === undefined || environment.kind === "missing" || root.kind === "missing"
      ? undefined
      : openSound(sound, {
          root: root.value,
          environment: environment.value,
          now,
          stages,
          process: { program, env, now },
        });
  const mistake = loaded.kind === "missing" ? undefined : await mistakeOf(loaded.value, stages);
  return {
    now,
    env,
    stages,
    clocks,
    root,
    environment,
    loaded,
    mistake,
    opened,
    async [Symbol.asyncDispose]() {
      await opened?.[Symbol.asyncDispose]();
    },
  };
}

/** What a run refuses before any stage works, though every key is as it has to be. */
async function mistakeOf({ config }: LoadedConfig, stages: readonly Stage[]): Promise<Finding | undefined> {
  const limits = await attempt(async () => requireLimitedStages(stages, config.run));
  if (limits.kind === "missing") return { ...findingOf(limits.error), stage: START };
  const [first] = stages;
  const ahead = first && (await mistakeAhead(stages, first, config));
  // It is opened for expressions; whoever needs one opens another, which no one else asks meanwhile.
  await closeDatabaseAhead();
  return ahead && { ...findingOfAny(ahead.error), stage: ahead.stage };
}

function openSound(
  { config, origins, broken }: SoundConfig,
  { root, environment, now, stages, process }: Pick<Opened, "root" | "environment" | "now" | "stages" | "process">,
): Opened & AsyncDisposable {
  const wrong = new Map<ConfigSection, ChurnError | undefined>([...broken].map((section) => [section, undefined]));
  /** What a section names, or what stands in for it where that can't be: its check tells the error, and no other one asks. */
  const named = <Value>(section: ConfigSection, open: () => Value, standIn: () => Value): Value => {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof ChurnError)) throw error;
      if (!wrong.has(section)) wrong.set(section, error);
      return standIn();
    }
  };
  const bucket = { s3: config.s3, root, environment };
  const store = named(
    "store",
    () => glanceStore(openStore(config.store, bucket).thorough()),
    () => openStore(".", bucket),
  );
  named(
    "tracking",
    () => void requireAddresses(config.tracking, root),
    () => undefined,
  );
  const source = named(
    "source",
    () => {
      openSource(config.source, root, environment, config.s3);
      return config.source;
    },
    () => ({ url: "csv:none" }),
  );
  const services: Services & AsyncDisposable = openServices(
    { config: { ...config, source }, root, store, environment },
    () => {},
  );
  let archive: Promise<Archive | undefined> | undefined;
  return {
    now,
    root,
    stages,
    process,
    config,
    origins,
    broken: wrong,
    environment,
    store,
    services,
    archive: () => {
      archive ??= attempt(() => workspaceId(store)).then((id) =>
        id.kind === "missing" ? undefined : { store, workspaceId: id.value ?? "", stages, redact: environment.redact },
      );
      return archive;
    },
    [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
  };
}

async function attempt<Value>(open: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { kind: "found", value: await open() };
  } catch (error) {
    const known = knownError(error);
    if (known === undefined) throw error;
    return { kind: "missing", error: known };
  }
}

/** What comes next; what came before, where that failed. */
async function after<Before, Value>(
  before: Attempt<Before>,
  open: (value: Before) => Promise<Value>,
): Promise<Attempt<Value>> {
  return before.kind === "missing" ? before : attempt(() => open(before.value));
}

function flat<Value>(nested: Attempt<Attempt<Value>>): Attempt<Value> {
  return nested.kind === "missing" ? nested : nested.value;
}
