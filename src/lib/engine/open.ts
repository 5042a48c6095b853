import type { Engine } from "./engine.ts";

/**
 * Opens what trains: the one place that chooses. `auto` takes the best engine that this machine has.
 *
 * @throws {ServiceError} when the engine's library doesn't load
 */
export async function openEngine(_name: "auto" | "wasm"): Promise<Engine> {
  const { openWasmEngine } = await import("./wasm/engine.ts");
  return openWasmEngine();
}
