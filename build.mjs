import { chmod, cp, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const fresh = await mkdtemp("dist-");
await build({
  entryPoints: ["src/cli.ts"],
  outdir: fresh,
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
await cp("src/lib/sample/telco", `${fresh}/telco`, { recursive: true });
// A temporary folder is for its maker alone; the program may be run by other users.
await chmod(fresh, 0o755);
const { help } = await import(`./${fresh}/cli.js`);
await writeFile(`${fresh}/help.txt`, help());
// What runs while this builds keeps its program until the last moment.
await rm("dist-old", { recursive: true, force: true });
await rename("dist", "dist-old").catch(() => undefined);
await rename(fresh, "dist");
await rm("dist-old", { recursive: true, force: true });
