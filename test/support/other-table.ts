import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import * as z from "zod";
import type { JsonArtifact, ParquetArtifact } from "../../src/lib/artifacts/artifact.ts";
import type { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { succeeds } from "./mistake.ts";
import type { Ended } from "./program.ts";
import { readArtifact } from "./read-artifact.ts";

export type ConfigInput = Partial<z.input<typeof configSchema>>;

/** A workspace of another company in a temporary folder, for the built program. */
export interface Company extends AsyncDisposable {
  readonly root: string;
  /** Writes churn.yaml. */
  configure(config: ConfigInput): Promise<void>;
  /** Runs the program, which has to end well. */
  churn(...words: string[]): Promise<Ended>;
  read<Schema extends z.ZodObject>(artifact: JsonArtifact<Schema>, night: string): Promise<z.infer<Schema>>;
  path(artifact: JsonArtifact | ParquetArtifact, night: string): string;
  /** The features that the night's model.json names. */
  modelFeatures(night: string): Promise<string[]>;
}

export async function openCompany(config: ConfigInput): Promise<Company> {
  const company = companyAt(await newFolder());
  await company.configure(config);
  return company;
}

/** Another company that has done the same so far. */
export async function copyOf({ root }: Company): Promise<Company> {
  const copy = await newFolder();
  await cp(root, copy, { recursive: true });
  return companyAt(copy);
}

const newFolder = async () => realpath(await mkdtemp(join(tmpdir(), "churn-company-")));

function companyAt(root: string): Company {
  const company: Company = {
    root,
    // JSON is YAML.
    configure: (config) => writeFile(join(root, "churn.yaml"), JSON.stringify({ timezone: "UTC", ...config }, null, 2)),
    churn: (...words) => succeeds(root, words),
    path: ({ key }, night) => join(root, key.replace("NIGHT", night)),
    read: (artifact, night) => readArtifact(root, artifact, night),
    modelFeatures: async (night) => {
      const text = await readFile(join(root, "models", night, "model", "model.json"), "utf8");
      const names = z.object({ learner: z.object({ feature_names: z.array(z.string()) }) });
      return names.parse(JSON.parse(text)).learner.feature_names;
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  return company;
}

/** A small result of SQL, for sources and for a night's files. */
export async function rowsOf<Schema extends z.ZodType>(sql: string, schema: Schema): Promise<z.infer<Schema>[]> {
  await using db = await openDatabase();
  return await db.rows(sql, schema);
}

/** Writes a file that is no database: COPY's options say what it is. */
export async function copyTo(file: string, query: string, options: string): Promise<void> {
  await using db = await openDatabase();
  await db.run(`COPY (${query}) TO ${literal(file)} (${options})`);
}

/**
 * The files below a workspace that know one of the columns: Parquet files by their schemas, all others by their text. Records
 * repeat the configuration, where a column stands as excluded; that is not counted.
 */
export async function filesThatName(root: string, columns: readonly string[], except: RegExp): Promise<string[]> {
  const paths = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !except.test(relative(root, path)));
  const texts: [path: string, text: string][] = [];
  for (const path of paths.filter((path) => !path.endsWith(".parquet"))) texts.push([path, await textOf(path)]);
  const schemas = await rowsOf(
    `SELECT file_name, name FROM parquet_schema([${paths.filter((path) => path.endsWith(".parquet")).map(literal)}])`,
    z.object({ file_name: z.string(), name: z.string() }),
  );
  texts.push(...schemas.map(({ file_name, name }): [string, string] => [file_name, name]));
  const found = texts.filter(([, text]) => columns.some((column) => text.includes(column)));
  return [...new Set(found.map(([path]) => relative(root, path)))].sort();
}

async function textOf(path: string): Promise<string> {
  const text = await readFile(path, "utf8");
  if (!path.endsWith(".json")) return text;
  const withoutExclude: unknown = JSON.parse(text, (key, value: unknown) => (key === "exclude" ? undefined : value));
  return JSON.stringify(withoutExclude);
}
