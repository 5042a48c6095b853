// Trains the default model on all Telco customers with the embedded engine and writes its JSON: what predictions.py reads.
//   node test/golden/train-telco.mjs model.json
import { writeFile } from "node:fs/promises";
import { loadSources } from "./load-sources.mjs";

const { telco, trainedOn, openWasmEngine } = await loadSources(`
  export { telco } from "./test/support/telco.ts";
  export { trainedOn } from "./test/support/in-memory.ts";
  export { openWasmEngine } from "./src/lib/engine/wasm/engine.ts";`);
const algorithm = "xgboost";
const engine = await openWasmEngine();
const params = { max_depth: 5, learning_rate: 0.1, seed: 42 };
const { matrix, label } = await telco();
const { json } = await engine.train({ ...trainedOn(matrix, label), algorithm, rounds: 100, params, threads: 1 });
await writeFile(process.argv[2], json);
