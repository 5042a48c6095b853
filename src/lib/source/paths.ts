import { readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileLiteral } from "../duckdb/sql.ts";
import { TryLaterError, UsageError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { machineError } from "../files/machine-error.ts";
import { noFile } from "./no-file.ts";
import { isKeyValue, type PartitionColumn, partitionColumns } from "./partitions.ts";
import { hasWildcard, isHidden, nameMatcher } from "./pattern.ts";
import type { SourceSettings } from "./query.ts";
import type { Awaited } from "./ready.ts";
import { requireRegularFile } from "./regular-file.ts";
import { requirePlainTable, requirePlainTableAbove } from "./table-folder.ts";

/** The files that source.url names. */
export interface FoundFiles {
  /** absolute and literal, sorted; at least one */
  readonly files: readonly string[];
  /** the one up to which source.url names folders, and no pattern: all files lie below it */
  readonly folder: string;
  /** the columns that stand in the names of their folders, as key=value */
  readonly partitions: readonly PartitionColumn[];
}

/** What people call one of the files: as source.url names it, below the workspace or by its whole path. */
export function fileName({ root, path, description, copiesOf = "" }: SourceSettings, file: string): string {
  if (file === path) return description;
  return file.startsWith(`${root}/`) ? `${copiesOf}${relative(root, file)}` : file;
}

/** Files as DuckDB's functions take them: a list of names in SQL, each of which means the file of that name alone. */
export function literalFiles(files: readonly string[]): string {
  return `[${files.map(fileLiteral).join(", ")}]`;
}

/** What DuckDB's functions that read files are told besides: folders are columns where churn says so, and not by themselves. */
export function readerOptions({ partitions }: FoundFiles): string {
  return `hive_partitioning = false${partitions.length === 0 ? "" : ", filename = true"}`;
}

/**
 * Finds the files that source.url names. A name that is there is itself, whatever characters it has; a folder is the files in
 * it; all else that the user wrote is a pattern, the workspace's own folder never. Folders called key=value give columns at or
 * below the first wildcard, or below the folder that is named.
 *
 * @throws {UsageError} when there is no such file, or it is none that can be read twice, or the folders can't be one table
 * @throws {TryLaterError} when the folder is still empty, or there is no file yet and today's may be waited for
 * @throws {ServiceError} when a folder can't be read
 */
export async function findFiles(settings: SourceSettings, awaited: Awaited): Promise<FoundFiles> {
  const found = await foundFiles(settings, awaited);
  for (const file of found.files) await requireRegularFile(file, fileName(settings, file));
  return found;
}

async function foundFiles(settings: SourceSettings, { date, today }: Awaited): Promise<FoundFiles> {
  const { root, path, description } = settings;
  const { folder, names } = await literalStart(root, path);
  const [name] = names;
  if (names.length === 1 && name !== undefined && (await kindOf(join(folder, name))) === "file") {
    return { files: [path], folder, partitions: [] };
  }
  await requirePlainTableAbove(folder, description);
  const files = [...new Set(await matches(folder, names, description))].sort();
  if (files.length === 0 && names.length === 0) {
    const what = `source.url: ${description} is empty`;
    if (date === today) throw new TryLaterError(what, "run it again once it is written");
    throw new UsageError(what, `it is looked for at ${path}`);
  }
  if (files.length === 0) throw noFile(settings, { date, today });
  return { files, folder, partitions: partitionColumns(folder, files, description) };
}

/** The folder up to which a path means itself, and the names that are left of it, of which the first is no folder. */
async function literalStart(root: string, path: string): Promise<{ folder: string; names: readonly string[] }> {
  const names = relative(root, path)
    .split("/")
    .filter((name) => name !== "");
  const up = names.findIndex((name) => name !== "..");
  let folder = root;
  for (const [index, name] of names.entries()) {
    const next = index < up || up === -1 ? dirname(folder) : join(folder, name);
    if ((await kindOf(next)) !== "folder") return { folder, names: names.slice(index) };
    folder = next;
  }
  return { folder, names: [] };
}

/** The files below a folder that names, one a level, match; `**` stands for any number of levels. */
async function matches(folder: string, names: readonly string[], of: string): Promise<string[]> {
  const [name, ...deeper] = names;
  if (name === undefined) return await filesIn(folder, of);
  const place = join(folder, name);
  const kind = await kindOf(place);
  if (kind === "folder") return await matches(place, deeper, of);
  if (kind === "file") return deeper.length === 0 ? [place] : [];
  if (!hasWildcard(name)) return [];

  const entries = await entriesOf(folder, of);
  if (name === "**") {
    const here = deeper.length === 0 ? shownFiles(folder, entries) : await matches(folder, deeper, of);
    // Links may lead in a circle.
    const below = entries.filter((entry) => entry.kind === "folder" && !entry.isLink && !isHidden(entry.name));
    return [...here, ...(await each(below, (entry) => matches(join(folder, entry.name), names, of)))];
  }
  const isMatch = nameMatcher(name);
  const matched = entries.filter((entry) => isMatch(entry.name));
  const files = matched.filter((entry) => entry.kind === "file").map((entry) => join(folder, entry.name));
  const folders = matched.filter((entry) => entry.kind === "folder");
  if (deeper.length === 0 && files.length > 0) {
    // Everybody has an export/* beside an export/archive; but customers.csv may be a folder of Spark's as well as a file.
    const [other] = name === "*" ? [] : folders;
    if (other === undefined) return files;
    throw new UsageError(
      `source.url: ${of} names files and a folder, ${other.name}`,
      "a pattern that names the one or the other",
    );
  }
  return await each(folders, (entry) => matches(join(folder, entry.name), deeper, of));
}

/** The files of a folder and of its folders called key=value. */
async function filesIn(folder: string, of: string): Promise<string[]> {
  const shown = (await entriesOf(folder, of)).filter((entry) => !isHidden(entry.name));
  const folders = shown.filter((entry) => entry.kind === "folder");
  const other = folders.find((entry) => !isKeyValue(entry.name));
  if (other !== undefined) {
    throw new UsageError(
      `source.url: ${of} holds a folder, ${other.name}, that isn't called key=value: are its files meant too?`,
      `${of.replace(/\/$/, "")}/* reads the files beside it, ${of.replace(/\/$/, "")}/*/* the files in such folders`,
    );
  }
  return [...shownFiles(folder, shown), ...(await each(folders, (entry) => filesIn(join(folder, entry.name), of)))];
}

function shownFiles(folder: string, entries: readonly Entry[]): string[] {
  const files = entries.filter((entry) => entry.kind === "file" && !isHidden(entry.name));
  return files.map((entry) => join(folder, entry.name));
}

type Kind = "file" | "folder";

interface Entry {
  readonly name: string;
  readonly kind: Kind;
  readonly isLink: boolean;
}

/** What is in a folder; a link is what it leads to, one that leads nowhere a file, which can't be read then. */
async function entriesOf(folder: string, of: string): Promise<Entry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    await requirePlainTable(
      folder,
      entries.map(({ name }) => name),
      of,
    );
    return await Promise.all(
      entries.map(async (entry) => {
        const isLink = entry.isSymbolicLink();
        const isFolder = isLink ? (await kindOf(join(folder, entry.name))) === "folder" : entry.isDirectory();
        return { name: entry.name, kind: isFolder ? "folder" : "file", isLink };
      }),
    );
  } catch (error) {
    throw machineError(error, folder);
  }
}

async function kindOf(path: string): Promise<Kind | undefined> {
  try {
    const found = await orUndefined(() => stat(path));
    if (found === undefined) return undefined;
    return found.isDirectory() ? "folder" : "file";
  } catch (error) {
    throw machineError(error, path);
  }
}

async function each<Item>(items: readonly Item[], files: (item: Item) => Promise<string[]>): Promise<string[]> {
  const found: string[] = [];
  for (const item of items) found.push(...(await files(item)));
  return found;
}
