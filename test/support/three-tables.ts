import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { projectFile } from "./docs.ts";

/** The two days that each of the tables has. */
export const TABLE_BEFORE = "2026-11-22";
export const TABLE_DAY = "2026-11-23";

/** A table of docs/your-table.md: who has it, and how it is written into a workspace. */
export interface RealTable {
  readonly name: "energy" | "bank" | "software";
  /** the heading above its churn.yaml in docs/your-table.md */
  readonly heading: string;
  readonly write: (root: string) => Promise<void>;
}

const days = `(VALUES (DATE '${TABLE_BEFORE}'), (DATE '${TABLE_DAY}')) AS days(day)`;

/** A number in [0, 1) of a row's number `i`, the same in every run. */
const draw = (salt: string) => `(('0x' || left(md5('${salt}' || i), 8))::UBIGINT / 4294967296.0)`;
const oneOf = (salt: string, values: readonly string[]) =>
  `[${values.map(literal).join(", ")}][1 + floor(${draw(salt)} * ${values.length})::INTEGER]`;

/** An energy supplier's export as Excel in Germany writes it: semicolons, decimal commas, day.month.year, windows-1252. */
async function writeEnergy(root: string): Promise<void> {
  const euros = (value: string) => `replace(format('{:.2f}', ${value}), '.', ',')`;
  const usage = `(900 + 6000 * ${draw("usage")} ** 2)`;
  // 3.411,5: with dots between the thousands.
  const grouped = `regexp_replace(replace(format('{:.1f}', ${usage}), '.', ','), '(\\d)(\\d{3}),', '\\1.\\2,')`;
  const leaves = `${draw("leaves")} < CASE WHEN ${draw("months")} < 0.3 THEN 0.55 ELSE 0.1 END`;
  const rows = await texts(`
    SELECT concat_ws(';',
      format('{:06d}', 1000 + i), strftime(day, '%d.%m.%Y'),
      ${oneOf("tariff", ["Grundversorgung", "Ökostrom", "Wärmestrom"])},
      CASE WHEN ${draw("unknown")} < 0.02 THEN 'NA' ELSE floor(${draw("months")} * 120)::INTEGER::VARCHAR END,
      ${euros(`25 + 200 * ${draw("rate")}`)}, ${grouped},
      '"kunde' || i || '@example.org"', strftime(DATE '2026-11-01' - floor(${draw("months")} * 3600)::INTEGER, '%d.%m.%Y'),
      ${oneOf("pays", ["Lastschrift", "Überweisung"])},
      CASE WHEN i % 7 = 0 THEN '"' || i || ' rief an: ""zu teuer"";\n#2 am Montag"' ELSE '' END,
      CASE WHEN ${leaves} THEN 'ja' ELSE 'nein' END) AS line
    FROM range(1500) AS r(i), ${days} ORDER BY day, i`);
  const header =
    "kundennummer;stichtag;tarif;laufzeit_monate;abschlag;verbrauch_kwh;email;vertragsbeginn;zahlweise;bemerkung;gekuendigt";
  await writeFile(join(root, "kunden.csv"), Buffer.from(`${[header, ...rows].join("\r\n")}\r\n`, "latin1"));
}

/** A bank's table as a job on Spark leaves it: a folder a day, part files, a mark that it is whole. */
async function writeBank(root: string): Promise<void> {
  const folder = join(root, "warehouse", "customers");
  const leaves = `${draw("leaves")} < CASE WHEN ${draw("products")} < 0.4 THEN 0.5 ELSE 0.1 END`;
  await using db = await openDatabase();
  for (const day of [TABLE_BEFORE, TABLE_DAY]) {
    const place = join(folder, `snapshot_date=${day}`);
    await mkdir(place, { recursive: true });
    // On the second day a column of codes has its first nulls: pandas and Spark's own users write a floating number then.
    const code = `1 + floor(${draw("branch")} * 12)::INTEGER`;
    const branch = day === TABLE_DAY ? `CASE WHEN i % 211 > 0 THEN (${code})::DOUBLE END` : code;
    for (const part of [0, 1]) {
      await db.run(`COPY (
        SELECT 50000 + i AS customer_id, ${branch} AS branch_code,
          CASE WHEN ${draw("known")} < 0.95 THEN round(40000 * ${draw("balance")} ** 3, 2) END AS balance,
          1 + floor(${draw("products")} * 4)::INTEGER AS products, ${draw("card")} < 0.7 AS has_card,
          ${oneOf("segment", ["private", "student", "business"])} AS segment,
          DATE '2026-11-01' - floor(${draw("since")} * 4000)::INTEGER AS customer_since,
          (i * 7919) % 1600 AS __index_level_0__, (${leaves})::INTEGER AS exited
        FROM range(1600) AS r(i) WHERE i % 2 = ${part}
      ) TO ${literal(join(place, `part-0000${part}-5f0c.snappy.parquet`))} (FORMAT parquet, COMPRESSION snappy)`);
    }
  }
  await writeFile(join(folder, "_SUCCESS"), "");
}

/** A software company's accounts as JSON lines, one file a day; what nobody has set isn't there. */
async function writeSoftware(root: string): Promise<void> {
  const leaves = `${draw("leaves")} < CASE WHEN ${draw("active")} < 0.3 THEN 0.6 ELSE 0.08 END`;
  const lines = await texts(`
    SELECT to_json({
      account: format('acc-{:05d}', i), day: day, plan: ${oneOf("plan", ["free", "team", "enterprise"])},
      seats: 1 + floor(${draw("seats")} * 80)::INTEGER,
      active_seats: floor(${draw("active")} * (1 + floor(${draw("seats")} * 80)))::INTEGER,
      monthly_fee: round(9 + 190 * ${draw("fee")}, 2),
      owner: 'owner' || i || '@example.com',
      settings: { theme: ${oneOf("theme", ["dark", "light"])}, beta: ${draw("beta")} < 0.1 },
      signed_up: DATE '2026-11-01' - floor(${draw("since")} * 1500)::INTEGER, cancelled: ${leaves}
    })::VARCHAR AS line
    FROM range(1400) AS r(i), ${days} ORDER BY day, i`);
  // The last tenth has a key that the others don't have.
  const whole = lines.map((line, index) =>
    index % 1400 < 1260 ? line : line.replace(/\}$/, `,"discount":${(index % 7) * 5}}`),
  );
  await mkdir(join(root, "accounts"), { recursive: true });
  for (const day of [TABLE_BEFORE, TABLE_DAY]) {
    const own = whole.filter((line) => line.includes(`"day":"${day}"`));
    await writeFile(join(root, "accounts", `${day}.jsonl`), `${own.join("\n")}\n`);
  }
}

export const TABLES: readonly RealTable[] = [
  { name: "energy", heading: "An export of Excel's", write: writeEnergy },
  { name: "bank", heading: "A folder of Spark's", write: writeBank },
  { name: "software", heading: "JSON lines", write: writeSoftware },
];

/** Makes a workspace of one of the tables, with the churn.yaml that docs/your-table.md shows. */
export async function writeWorkspace(root: string, table: RealTable): Promise<void> {
  await mkdir(root, { recursive: true });
  await table.write(root);
  await writeFile(join(root, "churn.yaml"), await shownConfig(table));
}

/** The first block of YAML below the table's heading. */
export async function shownConfig({ heading }: RealTable): Promise<string> {
  const [, section = ""] = (await projectFile("docs/your-table.md")).split(`\n## ${heading}\n`);
  const [, yaml] = /^```yaml\n(.*?)^```/ms.exec(section) ?? [];
  if (yaml === undefined) throw new Error(`docs/your-table.md has no churn.yaml below ${heading}`);
  return yaml;
}

async function texts(sql: string): Promise<string[]> {
  await using db = await openDatabase();
  return (await db.rows(sql, z.object({ line: z.string() }))).map(({ line }) => line);
}
