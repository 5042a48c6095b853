import type { CommandContext } from "../cli/command.ts";
import { warn } from "../cli/output/warn.ts";
import { findWorkspace } from "../config/find.ts";
import type { LoadedConfig, SoundConfig } from "../config/load.ts";
import type { Config, ConfigSection } from "../config/schema.ts";
import { ChurnError } from "../errors.ts";
import { type LedgerWriter, openLedgerWriter } from "../ledger/writer.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { requireAddresses } from "../tracking/open.ts";
import { type Environment, processEnvironment, readEnvironment } from "./env.ts";
import { RUN_ID_VARIABLE } from "./run-id.ts";
import { machineTimezone } from "./timezone.ts";

/** What is known of a workspace before churn.yaml is read: enough to tell that a start was refused. */
export interface WorkspaceFolder {
  readonly root: string;
  /** without .env, where that may not be read */
  readonly environment: Environment;
  /** why it may not */
  readonly refusal: ChurnError | undefined;
  /** Masks every secret of the environment in a text. */
  readonly redact: (text: string) => string;
  /** Told what happens. */
  readonly ledger: LedgerWriter;
}

/** A folder with churn.yaml, opened: its configuration in force, its environment, its store. */
export interface Workspace extends Omit<WorkspaceFolder, "refusal"> {
  readonly config: Config;
  readonly loaded: LoadedConfig;
  readonly store: Store;
}

/** One whose churn.yaml may be wrong in parts. */
export interface SoundWorkspace extends Workspace {
  /** why no run can begin in it: what is wrong has its defaults; undefined where nothing is */
  readonly wrong: ChurnError | undefined;
  /** why .env is not among that; undefined where it is, or there is none */
  readonly refusal: ChurnError | undefined;
  /** the sections that have their defaults for that */
  readonly broken: ReadonlySet<ConfigSection>;
}

type Context = Pick<CommandContext, "cwd" | "goTo" | "env" | "overrides" | "terminal">;

/**
 * Finds the workspace that the current folder, or -C DIR, lies in. The process works there from now on. Nothing is written.
 *
 * @throws {UsageError} when there is none
 */
export async function openFolder(context: Omit<Context, "overrides">): Promise<WorkspaceFolder> {
  const root = await findWorkspace(context.cwd);
  context.goTo(root);
  const { environment, refusal } = environmentIn(root, context.env);
  const { redact } = environment;
  const { terminal } = context;
  terminal.mask(redact);
  const ledger = openLedgerWriter({
    root,
    run: context.env[RUN_ID_VARIABLE] ?? null,
    redact,
    onWarn: (reason) => warn(terminal, reason),
  });
  return { root, environment, refusal, redact, ledger };
}

/**
 * Opens the workspace that the current folder, or -C DIR, lies in. The process works there from now on. Nothing
 * is written.
 *
 * @param folder  that workspace's, where it has been found already
 * @throws {UsageError} when there is no churn.yaml, or it, the environment or a --set is wrong
 */
export async function openWorkspace(context: Context, folder?: WorkspaceFolder): Promise<Workspace> {
  const { refusal, ...found } = folder ?? (await openFolder(context));
  if (refusal !== undefined) throw refusal;
  // With the YAML parser behind it, which help and version do without.
  const { loadConfig } = await import("../config/load.ts");
  return openWith(found, await loadConfig(givenTo(found, context)));
}

/**
 * Opens it likewise for who looks at what goes by the sections of churn.yaml that are right, however wrong the others are.
 *
 * @param options.unread  where nothing of churn.yaml can be read, all of it has its defaults
 * @throws {UsageError} when there is no churn.yaml, or it isn't known what in it is right
 */
export async function openSoundWorkspace(context: Context, { unread = false } = {}): Promise<SoundWorkspace> {
  const { refusal, ...folder } = await openFolder(context);
  try {
    const opened = await openWorkspace(context, { ...folder, refusal });
    return { ...opened, wrong: undefined, refusal, broken: new Set() };
  } catch (wrong) {
    if (!(wrong instanceof ChurnError)) throw wrong;
    const sound = (await soundConfig(folder, context)) ?? (unread ? await noConfig(folder, context) : undefined);
    if (sound === undefined) throw wrong;
    return { ...(await openSoundly(folder, sound)), wrong, refusal };
  }
}

/** By which time zone a workspace reckons its dates, as far as that can be known where churn.yaml is wrong. */
export async function zoneOf(folder: WorkspaceFolder, context: Pick<Context, "overrides">): Promise<string> {
  return (await soundConfig(folder, context))?.config.timezone ?? machineTimezone();
}

/** A .env that others can read, say, keeps nobody from telling so. */
function environmentIn(root: string, env: Context["env"]): Pick<WorkspaceFolder, "environment" | "refusal"> {
  try {
    return { environment: readEnvironment(env, root), refusal: undefined };
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return { environment: processEnvironment(env, root), refusal: error };
  }
}

async function soundConfig(folder: Pick<WorkspaceFolder, "root" | "environment">, context: Pick<Context, "overrides">) {
  const { loadSound } = await import("../config/load.ts");
  return await loadSound(givenTo(folder, context));
}

async function noConfig(folder: Pick<WorkspaceFolder, "root" | "environment">, context: Pick<Context, "overrides">) {
  const { loadNothing } = await import("../config/load.ts");
  return loadNothing(givenTo(folder, context));
}

function givenTo(
  { root, environment }: Pick<WorkspaceFolder, "root" | "environment">,
  { overrides }: Pick<Context, "overrides">,
) {
  return { root, env: environment.variables, overrides };
}

function openWith(folder: Omit<WorkspaceFolder, "refusal">, loaded: LoadedConfig): Workspace {
  const { root, environment } = folder;
  const { config } = loaded;
  // Tracking is opened by those who use it, late in a night: that it can't be is said before anything runs.
  requireAddresses(config.tracking, root);
  return { ...folder, config, loaded, store: openStore(config.store, { s3: config.s3, root, environment }) };
}

/** An address that its section allows, and nobody can open, has its default too. */
async function openSoundly(
  folder: Omit<WorkspaceFolder, "refusal">,
  { broken: named, ...loaded }: SoundConfig,
): Promise<Omit<SoundWorkspace, "wrong" | "refusal">> {
  const { configSchema } = await import("../config/schema.ts");
  const { tracking, store } = configSchema.shape;
  const { config } = loaded;
  const broken = new Set(named);
  const sound = {
    ...config,
    tracking: orElse(
      () => {
        requireAddresses(config.tracking, folder.root);
        return config.tracking;
      },
      () => {
        broken.add("tracking");
        return tracking.parse(undefined);
      },
    ),
  };
  const opened = orElse(
    () => openWith(folder, { ...loaded, config: sound }),
    () => {
      broken.add("store");
      return openWith(folder, { ...loaded, config: { ...sound, store: store.parse(undefined) } });
    },
  );
  return { ...opened, broken };
}

function orElse<Value>(open: () => Value, standIn: () => Value): Value {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return standIn();
  }
}
