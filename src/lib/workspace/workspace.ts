import type { CommandContext } from "../cli/command.ts";
import { visible } from "../cli/visible.ts";
import { findWorkspace } from "../config/find.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { type LedgerWriter, openLedgerWriter } from "../ledger/writer.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { requireAddresses } from "../tracking/open.ts";
import { type Environment, readEnvironment } from "./env.ts";
import { RUN_ID_VARIABLE } from "./run-id.ts";

/** A folder with churn.yaml, opened: its configuration in force, its environment, its store. */
export interface Workspace {
  readonly root: string;
  readonly config: Config;
  readonly loaded: LoadedConfig;
  readonly environment: Environment;
  readonly store: Store;
  /** Masks every secret of the environment in a text. */
  readonly redact: (text: string) => string;
  /** Told what happens. */
  readonly ledger: LedgerWriter;
}

/**
 * Opens the workspace that the current folder, or -C DIR, lies in. The process works there from now on. Nothing
 * is written.
 *
 * @throws {UsageError} when there is no churn.yaml, or it, the environment or a --set is wrong
 */
export async function openWorkspace(
  context: Pick<CommandContext, "cwd" | "goTo" | "env" | "overrides" | "terminal">,
): Promise<Workspace> {
  const root = await findWorkspace(context.cwd);
  context.goTo(root);
  const environment = await readEnvironment(context.env, root);
  const { redact } = environment;
  context.terminal.mask(redact);
  // With the YAML parser behind it, which help and version do without.
  const { loadConfig } = await import("../config/load.ts");
  const loaded = await loadConfig({ root, env: environment.variables, overrides: context.overrides });
  const { terminal } = context;
  // Tracking is opened by those who use it, late in a night: that it can't be is said before anything runs.
  requireAddresses(loaded.config.tracking, root);
  return {
    root,
    config: loaded.config,
    loaded,
    environment,
    store: openStore(loaded.config.store, { s3: loaded.config.s3, root, environment }),
    redact,
    ledger: openLedgerWriter({
      root,
      run: context.env[RUN_ID_VARIABLE] ?? null,
      redact,
      onWarn: (reason) => terminal.say(`${terminal.chalk.stderr.yellow("warning")}  ${visible(reason)}`),
    }),
  };
}
