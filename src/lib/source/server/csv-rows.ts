import type { RowFiles, WrittenRows } from "./staged.ts";

/** Characters that are gathered before they are written. */
const BATCH = 1 << 20;

/** Writes rows of texts as the CSV that `loadStaged` reads. */
export interface CsvRows {
  /** One row; undefined where there is no value. Wait for the promise where there is one: the file is behind. */
  add(values: readonly (string | null)[]): Promise<void> | undefined;
  end(): Promise<WrittenRows>;
}

/**
 * @param files   each batch goes to the next of them
 * @param quoted  per column, whether its values are text, which stands in quotes
 */
export function csvRows(files: RowFiles, quoted: readonly boolean[]): CsvRows {
  let batch = "";
  let rows = 0;
  let longest = 0;
  let batches = 0;
  const flush = async () => {
    const text = batch;
    const file = files[batches % files.length] ?? files[0];
    batch = "";
    batches += 1;
    await file.writeFile(text);
  };
  return {
    add(values) {
      let line = "";
      for (let index = 0; index < values.length; index += 1) {
        const value = values[index];
        if (index > 0) line += ",";
        if (value === null || value === undefined) continue;
        line += quoted[index] === false ? value : `"${value.includes('"') ? value.replaceAll('"', '""') : value}"`;
      }
      rows += 1;
      // UTF-8 has up to three bytes for a unit of UTF-16.
      if (line.length > longest) longest = line.length;
      batch += line;
      batch += "\n";
      return batch.length < BATCH ? undefined : flush();
    },
    async end() {
      await flush();
      return { rows, longest: 3 * longest };
    },
  };
}
