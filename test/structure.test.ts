import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as z from "zod";

/** Packages that take long to load, each with the one file that imports it, when it is called; and a process of its own, where it has one. */
const DOORS = {
  "@duckdb/node-api": "src/lib/duckdb/connection.ts",
  "@duckdb/node-bindings": "src/lib/duckdb/connection.ts",
  // The second looks for libxgboost, the others are the threads that train and score with it.
  koffi: [
    "src/lib/workspace/native.ts",
    "src/lib/engine/native/library.ts",
    "src/lib/engine/native/batches.cjs",
    "src/lib/engine/native/c-api.cjs",
    "src/lib/engine/native/native-worker.cjs",
    "src/lib/engine/native/scoring-worker.cjs",
  ],
  mysql2: ["src/lib/source/mysql/connection.ts", "src/lib/source/mysql/kill-query.cjs"],
  "ml-random-forest": "src/lib/engine/mljs/forest-worker.cjs",
  "ml-xgboost": "src/lib/engine/wasm/worker.cjs",
  execa: "src/lib/supervise/child.ts",
  // The reader of rows knows types of it alone.
  pg: ["src/lib/source/postgres/connection.ts", "src/lib/source/postgres/copy-out.ts"],
  pino: "src/lib/workspace/log.ts",
  undici: "src/lib/http/connections.ts",
  "@aws-sdk/client-s3": "src/lib/s3/sdk.ts",
  hpagent: "src/lib/s3/sdk.ts",
  "@slack/web-api": "src/lib/notify/slack/sdk.ts",
  "@slack/webhook": "src/lib/notify/slack/sdk.ts",
  nodemailer: "src/lib/notify/email/nodemailer.ts",
} as const;

interface Import {
  readonly file: string;
  /** a package's name, or a file of the project */
  readonly of: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const files = (await readdir(join(root, "src"), { recursive: true }))
  .filter((file) => /\.c?[jt]s$/.test(file) && !file.endsWith(".d.ts"))
  .map((file) => join("src", file));
const imports = (await Promise.all(files.map(importsOf))).flat();

test.each(Object.entries(DOORS))("%s has one door, %s", (name, doors) => {
  const importers = imports.filter(({ of }) => of === name || of.startsWith(`${name}/`)).map(({ file }) => file);
  expect(new Set(importers)).toEqual(new Set([doors].flat()));
});

test("lib knows no command, and no command the list of stages, which cli hands to it", () => {
  const above = ["src/cli.ts", "src/pipeline.ts", ...files.filter((file) => file.startsWith("src/commands/"))];
  const upwards = imports.filter(({ file, of }) => file.startsWith("src/lib/") && above.includes(of));
  const sideways = imports.filter(({ file, of }) => file.startsWith("src/commands/") && above.includes(of));
  expect([...upwards, ...sideways]).toEqual([]);
});

/** Calls of DuckDB's that make a JavaScript value of each of a customer's: getRows, getRowObjectsJS, getColumns, getItem, runAndReadAll … */
const BY_VALUE =
  /\b(?:get|convert|yield)(?:Converted)?(?:Row|Column|Item)\w*|\b(?:run|stream)AndRead\w*|\bread(?:All|Until)\b|\bfetchAllChunks\b/g;

test("where customers are read and learned from, none becomes a JavaScript object", async () => {
  const used = async (file: string) => (await readFile(join(root, file), "utf8")).match(BY_VALUE) ?? [];
  const room = files.filter((file) => /^src\/lib\/(?:engine|matrix|model)\//.test(file));
  const found = await Promise.all(room.map(async (file) => (await used(file)).map((call) => `${file}: ${call}`)));
  expect(found.flat(), "Database.columns and Database.chunks give typed arrays").toEqual([]);
  // As they are called where a small result is read.
  expect(await used("src/lib/duckdb/connection.ts")).toEqual(["runAndReadAll", "getRowObjectsJS", "fetchAllChunks"]);
});

test("no file lies loose in lib but the errors", async () => {
  const entries = await readdir(join(root, "src", "lib"), { withFileTypes: true });
  expect(entries.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(["errors.ts"]);
});

test("tests mirror src, name for name", async () => {
  const tests = (await readdir(join(root, "test"), { recursive: true })).filter((file) => file.endsWith(".test.ts"));
  // Whole nights of the built program, real servers and Python, and the project as a whole have no file of src as their subject.
  const wholes = /^(program|integration|bin|errors)\/|^(structure|schemas)\.test\.ts$/;
  const threads = (await readdir(join(root, "src"), { recursive: true })).filter((file) => file.endsWith(".cjs"));
  const subjects = new Set([
    ...threads.map((file) => file.replace(/^lib\//, "").replace(/\.cjs$/, "")),
    ...files.map((file) => file.replace(/^src\/(lib\/)?/, "").replace(/\.ts$/, "")),
    ...files.map((file) => dirname(file).replace(/^src\/(lib\/)?/, "")),
  ]);
  const strays = tests.filter((file) => !wholes.test(file) && !subjects.has(file.replace(/\.test\.ts$/, "")));
  expect(strays).toEqual([]);
});

test("the README's table has every package that package.json asks for, of the version that the lock has", async () => {
  const named = z.record(z.string(), z.string());
  const { dependencies, devDependencies } = z
    .object({ dependencies: named, devDependencies: named })
    .parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
  const { packages } = z
    .object({ packages: z.record(z.string(), z.object({ version: z.string() })) })
    .parse(JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")));
  const readme = await readFile(join(root, "README.md"), "utf8");
  const section = readme.slice(readme.indexOf("## Dependencies"), readme.indexOf("Asked for and not here yet"));
  const shown = [...section.matchAll(/^\| ([@a-z][^|]*) \| (\d[^|]*) \|/gm)].flatMap(
    ([, names = "", versions = ""]) => {
      const each = versions.split(", ");
      return names.split(", ").map((name, index) => `${name} ${each[index]}`);
    },
  );
  const locked = Object.keys({ ...dependencies, ...devDependencies }).map(
    (name) => `${name} ${packages[`node_modules/${name}`]?.version}`,
  );
  expect(shown.sort()).toEqual(locked.sort());
});

async function importsOf(file: string): Promise<Import[]> {
  const text = await readFile(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\brequire\w*)\s*\(?\s*"([^"]+)"/g)].map(([, of = ""]) => of);
  return specifiers.map((of) => ({
    file,
    of: of.startsWith(".") ? relative(root, resolve(root, dirname(file), of)) : of,
  }));
}
