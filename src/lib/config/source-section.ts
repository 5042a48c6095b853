import * as z from "zod";
import { beginsUnknown, KNOWN_START } from "../files/home.ts";
import { csvSettings } from "../source/csv/settings.ts";
import { isBucketUrl, isObjectsUrl, OBJECTS_ADDRESS } from "../source/s3/address.ts";
import { isServerUrl } from "../source/server/schemes.ts";
import { duration, secondsOf } from "./duration.ts";
import { byteSize } from "./size.ts";

/** csv:https://… would be a file of the workspace whose name begins with https: */
const URL_WITHIN = /^[^:]*:[a-z][a-z0-9+.-]*:\/\/|^[a-z][a-z0-9+.-]*:\/\//i;

/** No time at all would be none to a server: it would never end a query. */
const someTime = duration.refine((text) => secondsOf(text) > 0, "a duration above 0s");

const fields = z.strictObject({
  url: z
    .string()
    .min(1)
    .refine(
      (url) => isServerUrl(url) || isBucketUrl(url) || !URL_WITHIN.test(url),
      "a kind and a path, such as duckdb:customers.duckdb, or a postgres:// or mysql:// address",
    )
    .refine((url) => !isBucketUrl(url) || isObjectsUrl(url), OBJECTS_ADDRESS)
    .refine((url) => isServerUrl(url) || !beginsUnknown(url.replace(/^[^:]*:/, "")), KNOWN_START)
    .optional()
    .describe(
      "duckdb:FILE, parquet:FILES, csv:FILES or jsonl:FILES, relative to the workspace, or in a bucket: parquet:s3://BUCKET/FILES, where {date} is the snapshot's date; postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE",
    ),
  command: z
    .array(z.string())
    .min(1)
    .refine(([program = ""]) => program !== "", "a program and its words, such as [bq, query]")
    .optional()
    .describe("instead of url: a program and its words, which gives the customers; {date} is the snapshot's date"),
  table: z.string().min(1).optional().describe("the table of customers"),
  query: z.string().min(1).optional().describe("instead of a table: a SELECT; {date} is bound to the snapshot's date"),
  files: z
    .array(
      z
        .string()
        .min(1)
        .refine((path) => !beginsUnknown(path), KNOWN_START),
    )
    .optional()
    .describe(
      "folders whose files the query, or the source's views, may read besides the workspace's and the source's own",
    ),
  csv: csvSettings.optional().describe("how csv:FILES are written, where that isn't to be found out"),
  format: z.enum(["parquet", "csv", "jsonl"]).optional().describe("what the command gives"),
  env: z
    .array(z.string().regex(/^[A-Za-z_]\w*$/, "a variable's name"))
    .optional()
    .describe("names of variables that the command gets besides PATH, HOME, LANG, LC_ALL and TZ"),
  limit: z
    .int()
    .min(1)
    .optional()
    .describe("rows at which the command's tool cuts its answer: so many, and nothing is taken"),
  timeout: someTime.optional().describe("how long a server's query or the command may take; 1h where it isn't said"),
  ready: z.string().min(1).optional().describe("a SELECT that is true once the date's customers are all there; {date}"),
  require: z
    .string()
    .regex(/^(?!\.\.?$)[^/\0]+$/, "a file's name, without a folder")
    .optional()
    .describe("a file that lies beside the source's once they are whole, such as _SUCCESS"),
  wait: z
    .strictObject({
      for: duration.describe("how long"),
      every: someTime.default("5m").describe("how long between two looks"),
    })
    .optional()
    .describe("whether today's customers are waited for, where they aren't there yet"),
  memory: byteSize
    .optional()
    .describe("memory that DuckDB takes at most while customers are loaded, such as 1GB; more is spilled to the disk"),
});

type Fields = z.infer<typeof fields>;

/** What a source is, by its words in churn.yaml. */
function kindOf({ url, command }: Fields): "command" | "server" | "duckdb" | "files" {
  if (command !== undefined) return "command";
  if (url !== undefined && isServerUrl(url)) return "server";
  return url?.startsWith("duckdb:") ? "duckdb" : "files";
}

/** Keys that only some kinds have, with the words for those that have them. */
const OF_KINDS: readonly [key: keyof Fields, kinds: readonly ReturnType<typeof kindOf>[], words: string][] = [
  ["table", ["server", "duckdb", "files"], "a url"],
  ["query", ["server", "duckdb", "files"], "a url"],
  ["files", ["duckdb", "files"], "a url of files"],
  ["format", ["command"], "a command"],
  ["env", ["command"], "a command"],
  ["limit", ["command"], "a command"],
  ["timeout", ["command", "server"], "a server or a command"],
  ["ready", ["server", "duckdb"], "a database"],
  ["require", ["duckdb", "files"], "a url of files"],
];

/** The section `source` of churn.yaml: where customers come from. */
export const sourceSection = fields.superRefine((source, { addIssue }) => {
  const { url, command, table, query, csv, format } = source;
  const say = (message: string) => addIssue({ code: "custom", message });
  if (url === undefined && command === undefined) say("source needs a url, or a command that gives the customers");
  if (url !== undefined && command !== undefined) say("source has both a url and a command, leave one out");
  if (url === undefined && command === undefined) return;
  const kind = kindOf(source);
  for (const [key, kinds, words] of OF_KINDS) {
    if (source[key] !== undefined && !kinds.includes(kind)) say(`source.${key} belongs to ${words}`);
  }
  if (table !== undefined && query !== undefined) say("source has both a table and a query, leave one out");
  if (kind === "duckdb" && table === undefined && query === undefined)
    say("source needs a table or a query, since its url is a duckdb: file");
  if (kind === "server" && table === undefined && query === undefined)
    say("source needs a table or a query, since its url is a server's");
  if (kind === "command" && format === undefined)
    say("source.format must say what the command gives: parquet, csv or jsonl");
  if (csv !== undefined && !(url?.startsWith("csv:") || format === "csv"))
    say("source.csv says how csv: files are written, and its url is another");
});
