import { describeColumns } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { literal } from "../duckdb/sql.ts";
import { type ChurnError, TryLaterError, UsageError } from "../errors.ts";
import { requireWholeCompressed } from "./compressed.ts";
import { type FileFormat, openFiles } from "./files.ts";
import { declareKeys, renamedKeys, replacedKeys } from "./json-types.ts";
import { lastLine } from "./last-line.ts";
import { fileName, literalFiles, readerOptions } from "./paths.ts";
import { KNOWN_SOURCES, type SourceSettings } from "./query.ts";
import type { Source } from "./source.ts";
import { replaceColumns } from "./typed-relation.ts";

/** Files of JSON lines, one or many: an object a line, a column a key. */
export function openJsonLines(settings: SourceSettings): Source {
  return openFiles(settings, JSON_LINES);
}

const JSON_LINES: FileFormat = {
  name: "JSON lines",
  async read(db, found, settings, { text }) {
    const ends = await Promise.all(found.files.map((file) => requireWhole(file, fileName(settings, file))));
    if (ends.every((end) => end === "")) {
      throw new TryLaterError(`source.url: ${settings.description} is empty`, "run it again once it is written");
    }
    const list = literalFiles(found.files);
    const lines = (options: string) => `read_json(${list}, format = 'newline_delimited', ${options})`;
    const ours = "hive_partitioning = false";

    const guessed = await describeColumns(db, lines(`${GUESS}, ${ours}`));
    const renamed = await renamedKeys(db, lines(`records = false, columns = {'json': 'JSON'}, ${ours}`), guessed);
    if (renamed.length > 0) {
      throw new UsageError(
        `source.url: ${settings.description} has keys that differ in upper and lower case only, or an empty one`,
        `DuckDB would call them ${renamed.join(", ")}: have each written in one way`,
      );
    }
    const keys = declareKeys(guessed, text);
    const columns = `columns = {${keys.map(({ name, type }) => `${literal(name)}: '${type}'`).join(", ")}}`;
    const replaced = await replacedKeys(db, lines(`${columns}, ${ours}`), keys);
    const relation = {
      sql: lines(`${columns}, ${readerOptions(found)}`),
      columns: keys.map(({ name, type }) => ({ name, type })),
    };
    return replaceColumns(relation, replaced);
  },
  refusal,
};

/** Every line is looked at, and every key is a column, however rare it is. */
const GUESS =
  "records = true, sample_size = -1, union_by_name = true, map_inference_threshold = -1, field_appearance_threshold = 0, maximum_depth = 2";

/**
 * Refuses a file that ends in the midst of an object.
 *
 * @returns its last line, where that has no end of its own; "" for a file without a line; undefined for all others
 */
async function requireWhole(path: string, name: string): Promise<string | undefined> {
  await requireWholeCompressed(path, name);
  if (/\.(gz|zst)$/.test(path)) return undefined;
  const line = await lastLine(path);
  if (line === undefined || line === "") return line;
  // Python's json writes NaN and Infinity, and DuckDB reads them.
  const standard = line.replace(
    /("(?:[^"\\]|\\.)*")|-?(?:NaN|Infinity)/g,
    (_, quoted: string | undefined) => quoted ?? "0",
  );
  // A line that doesn't begin like an object isn't cut, it never was one.
  if (!line.trimStart().startsWith("{") || isJson(standard)) return line;
  throw new TryLaterError(`source.url: ${name} is not whole: its last line is cut`, "run it again once it is written");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** DuckDB shows the line, and with it a customer; and counts from the line behind. */
function refusal(error: unknown, { description }: SourceSettings): ChurnError | undefined {
  const message = firstLine(error);
  const malformed = /Malformed JSON in file "(.*)", at byte (\d+) in line (\d+): (.*?)\.? *(Try .*)?$/.exec(message);
  if (malformed !== null) {
    const [, file, byte, line, reason] = malformed;
    return notJson(`${file}, line ${Number(line) - 1}, byte ${byte}: ${reason}`);
  }
  const twice = /JSON transform error in file "(.*)", in line (\d+): .* has duplicate key (".*")/.exec(message);
  if (twice !== null) return notJson(`${twice[1]}, line ${twice[2]}: the key ${twice[3]} stands there twice`);
  if (/expected records/.test(message)) return notJson("not every line is an object");
  return undefined;

  function notJson(reason: string): ChurnError {
    return new UsageError(
      `source.url: ${description} can't be read as JSON lines: ${reason}`,
      `an object a line is needed (jq -c '.[]' makes lines of a list); ${KNOWN_SOURCES}`,
      { cause: error },
    );
  }
}
