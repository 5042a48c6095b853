import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openFiles } from "../../src/lib/source/files.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { INT96 } from "../support/int96.ts";
import type { Row } from "./row.ts";
import { changed, file, flipped, parquet, parquets, pipe, snapshot, TODAY } from "./snapshot-of.ts";

export const sourceFiles: readonly Row[] = [
  // Files of any format
  {
    cause: "no such file",
    by: (root) => snapshot(root, { source: { url: "parquet:gone.parquet" } }),
    code: 2,
    says: "source.url: there is no file gone.parquet",
    next: "it is looked for at FOLDER/gone.parquet",
  },
  {
    cause: "a pipe in a file's place",
    by: pipe("c.csv", { url: "csv:c.csv" }),
    code: 2,
    says: "source.url: c.csv is a pipe, a device or a socket, not a file",
    next: "have it written to a file: it is read more than once",
  },
  {
    cause: "a pipe among the files of a folder",
    by: pipe("out/c.parquet", { url: "parquet:out" }),
    code: 2,
    says: "source.url: out/c.parquet is a pipe, a device or a socket, not a file",
    next: "have it written to a file: it is read more than once",
  },
  {
    cause: "an empty folder",
    by: async (root) => {
      await mkdir(join(root, "out"));
      await snapshot(root, { source: { url: "parquet:out" } });
    },
    code: 75,
    says: "source.url: out is empty",
    next: "run it again once it is written",
  },
  {
    cause: "a pattern that goes backwards",
    by: parquets("parquet:[z-a].parquet", "x.parquet"),
    code: 2,
    says: "source.url: [z-a].parquet is no pattern",
    next: "a class of characters is [abc] or [a-z]",
  },
  {
    cause: "a pattern of files and a folder",
    by: parquets("parquet:c*", "c.parquet", "copy/c.parquet"),
    code: 2,
    says: "source.url: c* names files and a folder, copy",
    next: "a pattern that names the one or the other",
  },
  {
    cause: "a folder in a folder",
    by: parquets("parquet:out", "out/a.parquet", "out/old/a.parquet"),
    code: 2,
    says: "source.url: out holds a folder, old, that isn't called key=value: are its files meant too?",
    next: "out/* reads the files beside it, out/*/* the files in such folders",
  },
  {
    cause: "folders of different columns",
    by: parquets("parquet:out", "out/day=1/a.parquet", "out/month=1/a.parquet"),
    code: 2,
    says: "source.url: the folders of out don't all give the same columns: see day=1/a.parquet and month=1/a.parquet",
    next: "a pattern that leaves out what is no part of the table",
  },
  {
    cause: "folders that give a column twice",
    by: parquets("parquet:out", "out/day=1/Day=2/a.parquet"),
    code: 2,
    says: "source.url: the folders of out give a column twice: see day=1/Day=2/a.parquet",
    next: "give one of the folders another name",
  },
  {
    cause: "a file that contradicts its folder",
    by: parquets("parquet:out", "out/id=7/a.parquet"),
    code: 2,
    says: "source.url: out can't be read as Parquet: a file's own column says something else than its folder: id, in FOLDER/out/id=7/a.parquet",
    next: "name the files so that the folder stands before the first wildcard: then it is no column",
  },
  {
    cause: "a table of Delta Lake",
    by: parquets("parquet:out", "out/a.parquet", "out/_delta_log/0.parquet"),
    code: 2,
    says: "source.url: out is a table of Delta Lake: its folder holds rows too that were deleted or replaced",
    next: "have its present rows exported to a folder of their own, by what reads Delta Lake (in Spark: df.write.parquet)",
  },
  {
    cause: "a Spark job that hasn't ended",
    by: parquets("parquet:out", "out/a.parquet", "out/_temporary/0.parquet"),
    code: 75,
    says: "source.url: out is still being written: FOLDER/out has _temporary and no _SUCCESS",
    next: "run it again once it is whole; what a job that died has left there is to be removed",
  },
  {
    cause: "a file that is written while it is read",
    by: async (root) => {
      await parquet(root, "a.parquet");
      await using db = await openDatabase();
      const opened = await openSource({ url: "parquet:a.parquet" }, root).open(db, { date: TODAY, text: [] });
      await parquet(root, "a.parquet");
      await opened.load("memory.main.loaded", { columns: ["id"], day: undefined });
    },
    code: 75,
    says: "source.url: a.parquet was written while it was read",
    next: "run it again once it is whole",
  },
  {
    cause: "fewer rows than the file has",
    by: async (root) => {
      await parquet(root, "a.parquet");
      const settings = {
        root,
        path: join(root, "a.parquet"),
        description: "a.parquet",
        table: undefined,
        query: undefined,
        files: [],
      };
      const format = {
        name: "rows",
        read: async () => ({
          sql: "(SELECT * FROM range(3) AS r(id))",
          columns: [{ name: "id", type: "BIGINT" }],
          rows: 4,
        }),
      };
      await using db = await openDatabase();
      const opened = await openFiles(settings, format).open(db, { date: TODAY, text: [] });
      await opened.load("memory.main.loaded", { columns: ["id"], day: undefined });
    },
    code: 5,
    says: "source.url: a.parquet has 4 rows, and DuckDB reads 3: nothing was kept",
    next: "this is a defect, of the file or of churn: please report it with some of the file's lines",
  },

  // Parquet
  {
    cause: "text in the place of Parquet",
    by: file("a.parquet", "id,churned\n", "parquet:a.parquet"),
    code: 2,
    says: "source.url: a.parquet is not a Parquet file",
    next: "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "encrypted Parquet",
    by: file("a.parquet", "PARE and the rest of it PARE", "parquet:a.parquet"),
    code: 2,
    says: "source.url: a.parquet is encrypted Parquet",
    next: "have it written without encryption of its footer",
  },
  {
    cause: "an empty Parquet file",
    by: file("a.parquet", "", "parquet:a.parquet"),
    code: 75,
    says: "source.url: a.parquet is not whole: it is empty",
    next: "run it again once it is written",
  },
  {
    cause: "half a Parquet file",
    by: async (root) => {
      await parquet(root, "a.parquet");
      await changed(join(root, "a.parquet"), (bytes) => bytes.subarray(0, 100));
      await snapshot(root, { source: { url: "parquet:a.parquet" } });
    },
    code: 75,
    says: "source.url: a.parquet is not whole: its end is missing",
    next: "run it again once it is written",
  },
  {
    cause: "a damaged page of Parquet",
    by: async (root) => {
      await parquet(root, "a.parquet", ", hash(i) AS h", ", COMPRESSION zstd");
      await changed(join(root, "a.parquet"), (bytes) => flipped(bytes, 30));
      await snapshot(root, { source: { url: "parquet:a.parquet" } });
    },
    code: 5,
    says: 'source.url: a.parquet can\'t be read as Parquet: Invalid Input Error: Failed to read file "FOLDER/a.parquet": ZSTD Decompression failure',
    next: "what it reads is damaged: restore it, or have it written anew",
  },
  {
    cause: "a damaged footer of Parquet",
    by: async (root) => {
      await parquet(root, "a.parquet");
      await changed(join(root, "a.parquet"), (bytes) => bytes.fill(0xff, bytes.length - 250, bytes.length - 200));
      await snapshot(root, { source: { url: "parquet:a.parquet" } });
    },
    code: 5,
    says: "source.url: a.parquet can't be read as Parquet: Invalid Error: don't know what type: \u000f",
    next: "what it reads is damaged: restore it, or have it written anew",
  },
  {
    cause: "instants beside times without a zone",
    by: async (root) => {
      await writeFile(join(root, "a.parquet"), INT96);
      await parquet(root, "b.parquet", ", TIMESTAMP '2026-11-19 23:00' AS seen");
      await snapshot(root, { source: { url: "parquet:*.parquet" } });
    },
    code: 2,
    says: "source.url: column seen of *.parquet is INT96, an instant, in some files and a time without a zone in others",
    next: "have the older files written anew, in one way",
  },

  {
    cause: "text beside numbers in one column",
    by: async (root) => {
      await parquet(root, "a.parquet", ", i AS plan");
      await parquet(root, "b.parquet", ", 'gold' AS plan");
      await snapshot(root, { source: { url: "parquet:*.parquet" } });
    },
    code: 2,
    says: "source.url: column plan of *.parquet is text in some files, FOLDER/b.parquet among them, and not in others, such as FOLDER/a.parquet",
    next: "dataset: { types: { plan: … } } in churn.yaml says what it is: numeric, categorical, boolean, date or ignore",
  },

  // Compressed text
  {
    cause: "a .gz file that isn't gzip",
    by: file("a.jsonl.gz", '{"id":1}\n', "jsonl:a.jsonl.gz"),
    code: 2,
    says: "source.url: a.jsonl.gz is not gzip, as its name says",
    next: "give it another name, or have it written anew",
  },
  {
    cause: "a .gz file that was cut",
    by: file("a.jsonl.gz", gzipSync('{"id":1}\n').subarray(0, 20), "jsonl:a.jsonl.gz"),
    code: 75,
    says: "source.url: a.jsonl.gz is not whole: its end is missing",
    next: "run it again once it is written",
  },
  {
    cause: "a damaged .gz file",
    by: file("a.jsonl.gz", flipped(gzipSync('{"id":1}\n'.repeat(99)), 25), "jsonl:a.jsonl.gz"),
    code: 5,
    says: "source.url: a.jsonl.gz is damaged",
    next: "restore it, or have it written anew",
  },

  // JSON lines
  {
    cause: "an empty file of JSON lines",
    by: file("a.jsonl", "\n", "jsonl:a.jsonl"),
    code: 75,
    says: "source.url: a.jsonl is empty",
    next: "run it again once it is written",
  },
  {
    cause: "JSON lines that end in the midst of an object",
    by: file("a.jsonl", '{"id":1}\n{"id":', "jsonl:a.jsonl"),
    code: 75,
    says: "source.url: a.jsonl is not whole: its last line is cut",
    next: "run it again once it is written",
  },
  {
    cause: "a line that is no JSON",
    by: file("a.jsonl", '{"id":1}\n{"id";2}\n{"id":3}\n', "jsonl:a.jsonl"),
    code: 2,
    says: "source.url: a.jsonl can't be read as JSON lines: FOLDER/a.jsonl, line 2, byte 6: unexpected character",
    next: "an object a line is needed (jq -c '.[]' makes lines of a list); duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "a line that is no object",
    by: file("a.jsonl", '{"id":1}\n[2]\n', "jsonl:a.jsonl"),
    code: 2,
    says: "source.url: a.jsonl can't be read as JSON lines: not every line is an object",
    next: "an object a line is needed (jq -c '.[]' makes lines of a list); duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "a key that stands there twice",
    by: file("a.jsonl", '{"id":1,"churned":true}\n{"id":2,"churned":true,"id":3}\n', "jsonl:a.jsonl"),
    code: 2,
    says: 'source.url: a.jsonl can\'t be read as JSON lines: FOLDER/a.jsonl, line 2: the key "id" stands there twice',
    next: "an object a line is needed (jq -c '.[]' makes lines of a list); duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "keys that differ in case only",
    by: file("a.jsonl", '{"id":1,"ID":2}\n', "jsonl:a.jsonl"),
    code: 2,
    says: "source.url: a.jsonl has keys that differ in upper and lower case only, or an empty one",
    next: "DuckDB would call them ID_1: have each written in one way",
  },
];
