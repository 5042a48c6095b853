// Trains on all Telco customers and writes the model's JSON, which predictions.py reads: the default model by the embedded engine,
// or a small forest of the mljs engine, with holes in the customers' data.
//   node test/golden/train-telco.mjs model.json
//   node test/golden/train-telco.mjs forest.json forest
import { writeFile } from "node:fs/promises";
import { loadSources } from "./load-sources.mjs";

const { telco, withHoles, openEngine, parameters } = await loadSources(`
  export { telco, withHoles } from "./test/support/telco.ts";
  export { parameters } from "./src/lib/engine/parameters.ts";
  export { openEngine } from "./src/lib/engine/open.ts";`);
const [, , file, kind = "boosted"] = process.argv;
const { matrix, label } = await telco();
const params = parameters.parse({});
const work =
  kind === "forest"
    ? { matrix: withHoles(matrix), algorithm: "random-forest", rounds: 20, params: { ...params, learning_rate: 1 } }
    : { matrix, algorithm: "xgboost", rounds: 100, params };
const engine = await openEngine({ engine: kind === "forest" ? "mljs" : "wasm" });
const { json } = await engine.train({ ...work, label, threads: 1 });
await writeFile(file, json);
