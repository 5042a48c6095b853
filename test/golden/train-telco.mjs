// Trains the default model on all Telco customers with the embedded engine and writes its JSON: what predictions.py reads.
//   node test/golden/train-telco.mjs model.json
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const root = new URL("../..", import.meta.url).pathname;
const folder = await mkdtemp(join(root, "test", ".built-"));
try {
  const outfile = join(folder, "train.mjs");
  await build({
    stdin: {
      contents: `
        export { telco } from "./test/support/telco.ts";
        export { openEngine } from "./src/lib/engine/open.ts";`,
      resolveDir: root,
    },
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["ml-xgboost"],
    define: { "import.meta.url": JSON.stringify(new URL("../support/telco.ts", import.meta.url).href) },
    outfile,
  });
  const { telco, openEngine } = await import(outfile);
  const engine = await openEngine("wasm");
  const params = { max_depth: 5, learning_rate: 0.1, seed: 42 };
  const { json } = await engine.train({ ...(await telco()), rounds: 100, params });
  await writeFile(process.argv[2], json);
} finally {
  await rm(folder, { recursive: true });
}
