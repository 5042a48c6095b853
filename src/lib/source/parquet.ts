import { open } from "node:fs/promises";
import { describeColumns } from "../duckdb/describe.ts";
import { TryLaterError, UsageError } from "../errors.ts";
import { machineError } from "../files/machine-error.ts";
import { type FileFormat, openFiles } from "./files.ts";
import { pandasIndexes } from "./pandas-index.ts";
import { instantColumns, readParquet, textOfBinary } from "./parquet-types.ts";
import { fileName, literalFiles, readerOptions } from "./paths.ts";
import { KNOWN_SOURCES, type SourceSettings } from "./query.ts";
import type { Source } from "./source.ts";
import { replaceColumns } from "./typed-relation.ts";

/** Parquet files, one or many. */
export function openParquet(settings: SourceSettings): Source {
  return openFiles(settings, PARQUET);
}

const PARQUET: FileFormat = {
  name: "Parquet",
  async read(db, found, settings) {
    for (const file of found.files) await requireWhole(file, fileName(settings, file));
    const list = literalFiles(found.files);
    const columns = await describeColumns(db, readParquet(list));
    const text = await textOfBinary(db, list, columns);
    const instants = await instantColumns(db, list, columns, settings);
    const sql = readParquet(list, `${readerOptions(found)}${text.options}`);
    return replaceColumns({ sql, columns: text.columns }, [...text.replaced, ...instants]);
  },
  indexes: (db, { files }) => pandasIndexes(db, literalFiles(files)),
};

/** What every Parquet file begins and ends with; PARE, where the last part is encrypted. */
const MAGIC = "PAR1";

/** The last part says where all others are, and is written last. */
async function requireWhole(path: string, name: string): Promise<void> {
  const { size, start, end } = await edgesOf(path);
  if (start === MAGIC && end === MAGIC && size > 2 * MAGIC.length) return;
  if (start === "PARE") {
    throw new UsageError(
      `source.url: ${name} is encrypted Parquet`,
      "have it written without encryption of its footer",
    );
  }
  if (!start.startsWith(MAGIC.slice(0, Math.min(size, MAGIC.length)))) {
    throw new UsageError(`source.url: ${name} is not a Parquet file`, KNOWN_SOURCES);
  }
  throw new TryLaterError(
    `source.url: ${name} is not whole: ${size === 0 ? "it is empty" : "its end is missing"}`,
    "run it again once it is written",
  );
}

async function edgesOf(path: string): Promise<{ size: number; start: string; end: string }> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(MAGIC.length);
      const read = async (position: number) => {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        return buffer.toString("latin1", 0, bytesRead);
      };
      return { size, start: await read(0), end: await read(Math.max(0, size - MAGIC.length)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw machineError(error, path);
  }
}
