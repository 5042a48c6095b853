import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import type { CommandContext } from "../cli/command.ts";
import { findWorkspace } from "../config/find.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { InputError } from "../errors.ts";
import { openStore, type Store } from "../store/store.ts";
import { type Environment, readEnvironment } from "./env.ts";
import { redactor } from "./redact.ts";

/** A folder with churn.yaml, opened: its configuration in force, its environment, its store. */
export interface Workspace {
  readonly root: string;
  readonly config: Config;
  readonly loaded: LoadedConfig;
  readonly environment: Environment;
  readonly store: Store;
  /** Masks every secret of the environment in a text. */
  readonly redact: (text: string) => string;
}

/**
 * Opens the workspace that the current folder, or -C DIR, lies in. Nothing is written.
 *
 * @throws {UsageError} when there is no churn.yaml, or it, the environment or a --set is wrong
 */
export async function openWorkspace(
  context: Pick<CommandContext, "cwd" | "env" | "overrides" | "terminal">,
): Promise<Workspace> {
  const root = await findWorkspace(context.cwd);
  const environment = await readEnvironment(context.env, root);
  const redact = redactor(environment.secretValues);
  context.terminal.mask(redact);
  // With the YAML parser behind it, which help and version do without.
  const { loadConfig } = await import("../config/load.ts");
  const loaded = await loadConfig({ root, env: environment.variables, overrides: context.overrides });
  return {
    root,
    config: loaded.config,
    loaded,
    environment,
    store: openStore(resolve(root, loaded.config.store)),
    redact,
  };
}

const WORKSPACE_KEY = "workspace.json";
const workspaceFile = z.strictObject({ id: z.uuid() });

/** workspace.json of the store. */
export const workspaceFormat = defineFormat({
  version: 2,
  schema: workspaceFile,
  upgrades: { 1: upgrade(workspaceFile, workspaceFile, (old) => old) },
});

/**
 * The id of a store's workspace: random, made once, named by every record; undefined in a store that has none yet.
 *
 * @throws {InputError} when the file is damaged, or gone although there are records
 * @throws {NewerVersionError} when a newer churn wrote it
 */
export async function workspaceId(store: Store): Promise<string | undefined> {
  const bytes = await store.read(WORKSPACE_KEY);
  const path = store.path(WORKSPACE_KEY);
  if (bytes === undefined) {
    if ((await store.list("records")).length === 0) return undefined;
    throw new InputError(
      `${path} is missing, but records/ is there`,
      'restore it: { "schema_version": 1, "id": "…" } with the id that every record under records/ names as its workspace',
    );
  }
  try {
    return workspaceFormat.read(parseJson(bytes, path), path).id;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, "restore it: every record under records/ names the id that it held", {
      cause: error,
    });
  }
}

/** The workspace's id; makes one where there is none yet. Call it while holding the lock. */
export async function ensureWorkspaceId(store: Store): Promise<string> {
  const known = await workspaceId(store);
  if (known !== undefined) return known;
  const id = randomUUID();
  await store.write(WORKSPACE_KEY, jsonText(workspaceFormat.write({ id })));
  return id;
}
