import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Modules that look for files beside them find them beside their source. */
const ownUrls = {
  name: "own-urls",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    })),
};

/** What a module of TypeScript exports, for scripts that Node runs as they are; its imports are relative to the project. */
export async function loadSources(contents) {
  const folder = await mkdtemp(join(root, "test", ".built-"));
  try {
    const outfile = join(folder, "sources.mjs");
    const stdin = { contents, resolveDir: root };
    await build({ stdin, bundle: true, platform: "node", format: "esm", plugins: [ownUrls], outfile });
    return await import(outfile);
  } finally {
    await rm(folder, { recursive: true });
  }
}
