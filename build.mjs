import { spawnSync } from "node:child_process";
import { chmod, cp, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { load } from "./bin/load.js";

const program = resolve("bin/churn");

if (process.argv[2] === "compile") await compile();
else {
  await bundle();
  // In a process of its own, which says nothing but what goes wrong.
  const { status } = spawnSync(process.execPath, ["build.mjs", "compile"], { stdio: ["ignore", "ignore", "inherit"] });
  process.exitCode = status ?? 1;
}

async function bundle() {
  const fresh = await mkdtemp("dist-");
  await build({
    entryPoints: ["src/cli.ts"],
    outfile: `${fresh}/cli.cjs`,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    // These hold native or WASM files beside their code, so they stay packages; CommonJS as well.
    external: ["@duckdb/node-bindings", "koffi", "ml-xgboost"],
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
  await cp("src/lib/sample/telco", `${fresh}/telco`, { recursive: true });
  const { help } = load(resolve(fresh, "cli.cjs")).exports;
  await writeFile(`${fresh}/help.txt`, help());
  // A temporary folder is for its maker alone; the program may be run by other users.
  await chmod(fresh, 0o755);
  // What runs while this builds keeps its program until the last moment.
  await rm("dist-old", { recursive: true, force: true });
  await rename("dist", "dist-old").catch(() => undefined);
  await rename(fresh, "dist");
  await rm("dist-old", { recursive: true, force: true });
}

/** Runs a night, stage by stage, and keeps what V8 compiled for it: no later process compiles that again. */
async function compile() {
  const { exports, script } = load(resolve("dist/cli.cjs"));
  const umask = process.umask();
  const workspace = await mkdtemp(join(tmpdir(), "churn-build-"));
  try {
    const run = async (...words) => {
      const exitCode = await exports.main(["-C", workspace, ...words], { CHURN_TIMEZONE: "UTC" }, program);
      if (exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${exitCode}`);
    };
    await run("init", "--sample");
    for (const { name } of exports.pipeline) await run(name);
    await run("run-all", "--again", "--quiet");
    await run("config");
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
  process.umask(umask);
  await writeFile("dist/.cli.cjs.v8", script.createCachedData());
  await rename("dist/.cli.cjs.v8", "dist/cli.cjs.v8");
}
