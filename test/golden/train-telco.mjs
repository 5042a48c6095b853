// Trains the default model on all Telco customers with the embedded engine and writes its JSON: what predictions.py reads.
//   node test/golden/train-telco.mjs model.json
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = new URL("../..", import.meta.url).pathname;
const folder = await mkdtemp(join(root, "test", ".built-"));
/** Modules that look for files beside them find them beside their source. */
const ownUrls = {
  name: "own-urls",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    })),
};
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
    plugins: [ownUrls],
    outfile,
  });
  const { telco, openEngine } = await import(outfile);
  const algorithm = "xgboost";
  const engine = await openEngine({ engine: "wasm", algorithm });
  const params = { max_depth: 5, learning_rate: 0.1, seed: 42 };
  const { json } = await engine.train({ ...(await telco()), algorithm, rounds: 100, params, threads: 1 });
  await writeFile(process.argv[2], json);
} finally {
  await rm(folder, { recursive: true });
}
