import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { execa } from "execa";

/** A program of `support/processes`, made ready to run in processes of its own. */
export interface Bundled extends AsyncDisposable {
  /** its file */
  readonly file: string;
  /** Runs it to its end, whatever that is. */
  run(...words: readonly string[]): Promise<BundledEnd>;
}

export interface BundledEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Bundles a program with the sources that it imports: Node 20 runs no TypeScript. Close it to remove the bundle.
 *
 * @param env  variables that its processes have besides this one's
 */
export async function bundle(name: string, env: Readonly<Record<string, string>> = {}): Promise<Bundled> {
  const folder = await mkdtemp(join(tmpdir(), "churn-bundled-"));
  const outfile = join(folder, `${name}.cjs`);
  const koffi = createRequire(import.meta.url).resolve("koffi");
  await build({
    entryPoints: [fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "importMetaUrl" },
    // As if it lay where its source lies: from there packages are found.
    banner: { js: `const importMetaUrl = ${JSON.stringify(import.meta.url)};` },
    external: ["@duckdb/node-bindings"],
    plugins: [
      {
        name: "koffi holds native files beside its code",
        setup: ({ onResolve }) => onResolve({ filter: /^koffi$/ }, () => ({ path: koffi, external: true })),
      },
    ],
  });
  return {
    file: outfile,
    async run(...words) {
      const { exitCode, signal, stdout, stderr } = await execa(process.execPath, [outfile, ...words], {
        reject: false,
        env,
      });
      return { exitCode, signal, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
