// What a customer costs the embedded engine, exactly and in bins: seconds of training and the process's largest memory, for
// 100 trees of depth 5 on 10 features. The number in src/lib/engine/defaults.ts comes from here.
//   node test/bench/tree-method.mjs [CUSTOMERS …]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { loadSources } from "../golden/load-sources.mjs";

const SIZES = [5_000, 10_000, 20_000, 50_000, 100_000, 200_000];
const [method, size] = process.argv[2]?.split(":") ?? [];

if (size === undefined) {
  const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : SIZES;
  process.stdout.write("| customers | exact | memory | hist | memory |\n| ---: | ---: | ---: | ---: | ---: |\n");
  for (const customers of sizes) {
    // A process each: memory is never given back.
    const cells = ["exact", "hist"].map((name) => {
      const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), `${name}:${customers}`], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      return stdout;
    });
    process.stdout.write(`| ${customers.toLocaleString("en")} | ${cells.join(" | ")} |\n`);
  }
} else {
  process.stdout.write(await measure(method, Number(size)));
}

async function measure(tree_method, rowCount) {
  const { openWasmEngine, mulberry32, trainedOn } = await loadSources(`
    export { openWasmEngine } from "./src/lib/engine/wasm/engine.ts";
    export { mulberry32 } from "./test/support/mulberry32.ts";
    export { trainedOn } from "./test/support/in-memory.ts";`);
  const random = mulberry32(1);
  // Three amounts of which each customer has another one, four small counts, three yes and no.
  const ranges = [1e6, 1e6, 1e6, 72, 20, 20, 12, 2, 2, 2];
  const columns = ranges.map((range) => Float32Array.from({ length: rowCount }, () => Math.floor(random() * range)));
  const label = Uint8Array.from({ length: rowCount }, (_, row) => {
    const risk = (columns[0][row] / 1e6 + columns[3][row] / 72 + columns[7][row]) / 3;
    return Number(random() < risk * risk);
  });
  const algorithm = "xgboost";
  const engine = await openWasmEngine();
  const params = { max_depth: 5, learning_rate: 0.1, seed: 42, tree_method };
  const matrix = { featureNames: ranges.map((_, index) => `f${index}`), rowCount, columns };
  const startedAt = performance.now();
  await engine.train({ ...trainedOn(matrix, label), algorithm, rounds: 100, params, threads: 1 });
  const seconds = (performance.now() - startedAt) / 1000;
  await engine[Symbol.asyncDispose]();
  return `${seconds.toFixed(2)} s | ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`;
}
