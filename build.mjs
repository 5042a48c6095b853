import { cp, rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/cli.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // These hold native or WASM files beside their code, so they stay packages.
  external: ["@duckdb/node-bindings", "koffi", "ml-xgboost"],
  // Bundled CommonJS packages ask for node's modules by require.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module";\nglobalThis.require ??= __createRequire(import.meta.url);',
  },
});
await cp("src/lib/sample/telco", "dist/telco", { recursive: true });
