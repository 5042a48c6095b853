import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { keepCode, load } from "./bin/load.js";

const program = resolve("bin/churn");

/** AWS's SDK, which is larger than all of churn, and Slack's, both needed by few: files of their own, read when first called for. */
const PARTS = { "src/lib/s3/sdk.ts": "s3-sdk.cjs", "src/lib/notify/slack/sdk.ts": "slack-sdk.cjs" };
const apart = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /\/sdk\.ts$/ }, ({ path, resolveDir }) => {
      const [, part] = Object.entries(PARTS).find(([source]) => resolve(source) === resolve(resolveDir, path)) ?? [];
      return part === undefined ? undefined : { path: `./${part}`, external: true };
    });
  },
};

/** Packages whose licence lies in a package beside theirs, of the same repository. */
const LICENSED_ELSEWHERE = {
  "@aws-sdk/credential-provider-http": "@aws-sdk/client-s3",
  "@aws-sdk/credential-provider-login": "@aws-sdk/client-s3",
  "@aws-sdk/nested-clients": "@aws-sdk/client-s3",
};

// Whoever builds it, others may run it.
process.umask(0o022);

if (process.argv[2] === "compile") await compile();
else {
  await bundle();
  // In a process of its own, which says nothing but what goes wrong. V8 takes no code that was compiled under other options.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { status } = spawnSync(process.execPath, ["build.mjs", "compile"], {
    stdio: ["ignore", "ignore", "inherit"],
    env,
  });
  // What is half built must not pass for built.
  if (status !== 0) await rm("dist/cli.cjs");
  process.exitCode = status ?? 1;
}

async function bundle() {
  const fresh = await mkdtemp("dist-");
  const options = {
    metafile: true,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    // These hold native or WASM files beside their code, or are loaded by few, so they stay packages; CommonJS as well.
    external: ["@duckdb/node-bindings", "koffi", "ml-random-forest", "ml-xgboost", "mysql2", "pg"],
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "importMetaUrl" },
    // The sources are modules, which are strict; a directive counts in the first line only.
    banner: { js: '"use strict"; const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  };
  const built = [
    await build({ ...options, entryPoints: ["src/cli.ts"], outfile: `${fresh}/cli.cjs`, plugins: [apart] }),
  ];
  for (const [source, part] of Object.entries(PARTS)) {
    // Of packages in two forms the one that parts can be left out of.
    const mainFields = ["module", "main"];
    built.push(await build({ ...options, entryPoints: [source], outfile: `${fresh}/${part}`, mainFields }));
  }
  await writeFile(
    `${fresh}/LICENSES.txt`,
    await licences(built.flatMap(({ metafile }) => Object.keys(metafile.inputs))),
  );
  await cp("src/lib/sample/telco", `${fresh}/telco`, { recursive: true });
  await cp("src/lib/engine/wasm/worker.cjs", `${fresh}/worker.cjs`);
  await cp("src/lib/engine/native/c-api.cjs", `${fresh}/c-api.cjs`);
  await cp("src/lib/engine/native/c-api.json", `${fresh}/c-api.json`);
  await cp("src/lib/engine/native/batches.cjs", `${fresh}/batches.cjs`);
  await cp("src/lib/engine/native/native-worker.cjs", `${fresh}/native-worker.cjs`);
  await cp("src/lib/engine/native/scoring-worker.cjs", `${fresh}/scoring-worker.cjs`);
  await cp("src/lib/engine/mljs/forest-worker.cjs", `${fresh}/forest-worker.cjs`);
  await cp("src/lib/source/mysql/kill-query.cjs", `${fresh}/kill-query.cjs`);
  const { help } = load(resolve(fresh, "cli.cjs")).exports;
  await writeFile(`${fresh}/help.txt`, help());
  // A temporary folder is for its maker alone.
  await chmod(fresh, 0o755);
  // What runs while this builds keeps its program until the last moment.
  await rm("dist-old", { recursive: true, force: true });
  await rename("dist", "dist-old").catch(() => undefined);
  await rename(fresh, "dist");
  await rm("dist-old", { recursive: true, force: true });
}

/** The licences of the packages whose files are in the bundle, which ask that they come with every copy. */
async function licences(files) {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const beside = LICENSED_ELSEWHERE[name];
    const place = beside === undefined ? folder : folder.replace(name, beside);
    const file = (await readdir(place)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${folder} has no licence file`);
    return `${name} ${version}\n\n${(await readFile(join(place, file), "utf8")).trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

/** Runs a night, stage by stage, and keeps what V8 compiled for it: no later process compiles that again. */
async function compile() {
  const file = resolve("dist/cli.cjs");
  // Each command listens for signals, and here they are all in one process.
  process.setMaxListeners(0);
  const { exports, script, parts } = load(file);
  const workspace = await mkdtemp(join(tmpdir(), "churn-build-"));
  try {
    const run = async (...given) => {
      const words = given.filter((word) => typeof word === "string");
      const env = Object.assign({ CHURN_TIMEZONE: "UTC" }, ...given.filter((word) => typeof word !== "string"));
      const exitCode = await exports.main(["-C", workspace, ...words], env, program);
      if (exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${exitCode}`);
    };
    await run("init", "--sample");
    for (const { name } of exports.pipeline) await run(name);
    await run("run-all", "--again", "--quiet");
    await run("config");
    await inBucket(run);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
  // The program had set its own, and gone to the workspace.
  process.umask(0o022);
  keepCode(file, script);
  for (const [path, part] of Object.entries(parts)) keepCode(path, part.script);
}

/** The same with a bucket: in this process's memory, as much of S3 as a stage asks for. */
async function inBucket(run) {
  const objects = new Map();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const content = Buffer.concat(await request.toArray());
    const found = objects.get(pathname);
    const etag = (bytes) => `"${createHash("md5").update(bytes).digest("hex")}"`;
    if (searchParams.has("list-type")) {
      const start = `${pathname}${searchParams.get("prefix")}`;
      const listed = [...objects].filter(([path]) => path.startsWith(start));
      const contents = listed.map(([path, bytes]) => {
        const of = `<Size>${bytes.length}</Size><ETag>${etag(bytes)}</ETag>`;
        const key = path.slice(pathname.length);
        return `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00Z</LastModified>${of}</Contents>`;
      });
      response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`);
    } else if (request.method === "PUT") {
      objects.set(pathname, content);
      response.setHeader("ETag", etag(content)).end();
    } else if (request.method === "DELETE") {
      objects.delete(pathname);
      response.writeHead(204).end();
    } else if (found === undefined) response.writeHead(404).end();
    else {
      response.writeHead(200, { ETag: etag(found), "Content-Length": found.length });
      response.end(request.method === "GET" ? found : "");
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const bucket = {
    CHURN_STORE: "s3://build/store",
    CHURN_S3_ENDPOINT: `http://127.0.0.1:${server.address().port}`,
    CHURN_S3_SINGLE_WRITER: "true",
    AWS_ACCESS_KEY_ID: "build",
    AWS_SECRET_ACCESS_KEY: "build",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  try {
    await run("init", "--adopt", bucket);
    for (const stage of ["extract", "validate"]) await run(stage, bucket);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
