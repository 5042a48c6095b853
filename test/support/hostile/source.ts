import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identifier, literal } from "../../../src/lib/duckdb/sql.ts";
import { writeDuckdb } from "../data-night.ts";
import { gymConfig } from "../gym.ts";
import { copyTo } from "../other-table.ts";
import type { Dice } from "./dice.ts";
import { harmFile, replaceFile } from "./places.ts";
import type { Way } from "./registry.ts";
import { FORGED, hostileText } from "./values.ts";

export const sourceKinds = ["duckdb", "csv", "parquet", "jsonl"] as const;

/** What churn.yaml says of a source. */
type Source = Readonly<Record<string, string>>;

/** Makes a sound source of the members. @returns what churn.yaml is to say of it */
export async function makeSource(root: string, kind: (typeof sourceKinds)[number]): Promise<Source> {
  const path = fileOf(root, kind);
  const members = `FROM read_parquet(${literal(join(root, "members.parquet"))})`;
  if (kind === "duckdb") await writeDuckdb(path, `CREATE TABLE members AS ${members}`);
  else await copyTo(path, members, { csv: "FORMAT csv", parquet: "FORMAT parquet", jsonl: "FORMAT json" }[kind]);
  return { url: `${kind}:source.${kind}`, ...(kind === "duckdb" ? { table: "members" } : {}) };
}

const fileOf = (root: string, kind: string) => join(root, `source.${kind}`);

/** Makes a source that nobody can rely on. */
export async function harmSource(
  root: string,
  way: Way,
  dice: Dice,
  others: string,
): Promise<{ readonly source: Source; readonly how: string }> {
  const isDatabase = way === "structure" && dice.happens(0.8);
  const kind = isDatabase ? "duckdb" : dice.one(sourceKinds);
  const source = await makeSource(root, kind);
  const path = fileOf(root, kind);
  if (isDatabase) return await harmDatabase(root, path, dice, others);
  const how = way === "byte" ? await harmFile(path, dice) : await replaceFile(path, dice, undefined);
  return { source, how: `${kind}: ${how}` };
}

/** A database whose views, macros and names are somebody else's, or a query over it. */
async function harmDatabase(root: string, file: string, dice: Dice, others: string) {
  const url = "duckdb:source.duckdb";
  const value = hostileText(dice, others).replaceAll("\0", "");
  const name = identifier(value.slice(0, 60) || "x");
  const hostile = identifier(`x\x1b[2J\n${FORGED}`);
  // A view is bound when it is made: what it names is there by then.
  const view = dice.one([
    `SELECT *, content FROM members, read_text('${others}/secret.txt')`,
    `SELECT *, secret FROM members, '${others}/customers.csv'`,
    `SELECT *, file FROM members, glob('${others}/*')`,
    `SELECT *, content FROM members, read_text('${root}/../../../../../..${others}/*.txt')`,
    "SELECT *, content FROM members, read_blob('/proc/self/environ')",
    `SELECT *, 1 AS ${hostile}, '\x1b]0;x\x07\n${FORGED}' || mitgliedsnummer % 3 AS note FROM members`,
    `SELECT *, ${literal(value)} AS ${name} FROM members`,
    `SELECT *, mitgliedsnummer % 2 AS ${identifier(dice.one(["__churn_x", "alter ", "row", "GEKÜNDIGT"]))} FROM members`,
    "SELECT *, [1, 2] AS list, {a: 1} AS struct, 'a'::BLOB AS binary, NULL AS nothing FROM members",
    "SELECT *, error('stop' || tarif) AS broken FROM members",
    `SELECT * REPLACE (${literal(value)} AS mitgliedsnummer) FROM members`,
    `SELECT * REPLACE ('\x1b[2J' || filiale AS filiale) FROM members`,
    "SELECT * FROM members WHERE false",
    "SELECT 1 AS mitgliedsnummer",
  ]);
  const function_ = identifier(dice.one(["rtrim", "isfinite", "count", "max", "left", "hash", "=", "+", "sha256"]));
  const macro = `CREATE MACRO ${function_}(a) AS ${literal(value)}, (a, b) AS ${literal(value)}`;
  await writeDuckdb(file, `CREATE VIEW seen AS ${view}`, ...(dice.happens(0.5) ? [macro] : []));
  if (dice.happens(0.6)) return { source: { url, table: "seen" }, how: view };
  const query = dice.one([
    `SELECT * FROM members); COPY (SELECT 1) TO '${others}/written.csv'; SELECT * FROM (SELECT * FROM members`,
    `SELECT * FROM members; COPY members TO '${others}/written.csv'`,
    `COPY members TO '${others}/written.csv'`,
    `ATTACH '${others}/new.duckdb'`,
    "SET enable_external_access = true",
    `SELECT * FROM members, read_text('${others}/secret.txt')`,
    `SELECT * FROM seen`,
    "SELECT * FROM members WHERE eintritt <= {date}",
    "PIVOT members ON tarif USING count(*)",
    value,
  ]);
  return { source: { url, query }, how: query };
}

/** Writes the gym's churn.yaml with another source. */
export async function configure(root: string, source: Source): Promise<void> {
  const { exclude: _, ...dataset } = gymConfig.dataset;
  // An id that files without types have is text, where it was a number of a database's.
  const whole = { timezone: "UTC", ...gymConfig, dataset, source, gates: { columns: "warn" } };
  // JSON is YAML.
  await writeFile(join(root, "churn.yaml"), JSON.stringify(whole));
}
