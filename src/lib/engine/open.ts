import type { Config } from "../config/schema.ts";
import { packageVersion } from "../workspace/versions.ts";
import type { Engine } from "./engine.ts";

type Train = Config["train"];
/** What of churn.yaml decides which engine trains. */
type EngineChoice = Pick<Train, "engine">;

/** An engine that is not open yet: nothing of it is loaded. */
interface ClosedEngine {
  /** the npm package that trains, by whose version its models differ */
  readonly library: string;
  open(): Promise<Engine>;
}

const wasm: ClosedEngine = {
  library: "ml-xgboost",
  open: async () => (await import("./wasm/engine.ts")).openWasmEngine(),
};

const mljs: ClosedEngine = {
  library: "ml-random-forest",
  open: async () => (await import("./mljs/engine.ts")).openMljsEngine(),
};

/** The one place that chooses. `auto` is the best one that this machine has; what an engine doesn't train it refuses itself. */
const ENGINES: Readonly<Record<Train["engine"], ClosedEngine>> = { auto: wasm, wasm, mljs };

let ahead: { readonly closed: ClosedEngine; readonly opened: Promise<Engine> } | undefined;

/**
 * Opens the engine that is configured.
 *
 * @throws {ServiceError} when the engine's library doesn't load
 */
export async function openEngine({ engine }: EngineChoice): Promise<Engine> {
  const closed = ENGINES[engine];
  if (ahead?.closed !== closed) return closed.open();
  const { opened } = ahead;
  ahead = undefined;
  return opened;
}

/** The engine that `openEngine` will give next, opened now: for a process that has time to spare. */
export async function engineAhead({ engine }: EngineChoice): Promise<Engine> {
  const closed = ENGINES[engine];
  if (ahead?.closed !== closed) ahead = { closed, opened: closed.open() };
  return ahead.opened;
}

/** The library that would train, with its version. Nothing is loaded for it. */
export async function engineVersions({ engine }: EngineChoice): Promise<Record<string, string>> {
  const { library } = ENGINES[engine];
  return { [library]: packageVersion(library) };
}
