// Customers from servers, whole processes in turn: churn's extract beside the server's own client, which writes the same rows to
// a file, and beside pandas. The servers run on this machine, in folders of the bench's own. It asserts nothing: whatever the
// figures, it ends with 0.
//
//     npm run bench:sources [-- --rows 1000000] [--many 5000000] [--runs 5] [--server postgres | mysql] [--markdown] [--json]

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "./about.mjs";
import { summary } from "./median.mjs";
import { measure, say, scratch, withoutOutput } from "./process.mjs";
import { startMariadb, startPostgres } from "./servers.mjs";
import { churn, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    many: { type: "string" },
    runs: { type: "string", default: "5" },
    server: { type: "string" },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  },
});
const rows = Number(options.rows);
// Five times as many rows, unless it is a quick try.
const many = Number(options.many ?? 5 * rows);
const runs = Number(options.runs);
const DAY = "2026-11-23";

/** Telco's kind of table: 22 columns, 248 bytes of CSV a row. */
const COLUMNS = [
  ["customer_id", "text", "varchar(20)", "'C' || lpad(i::text, 9, '0')", "concat('C', lpad(i, 9, '0'))"],
  ["snapshot_date", "date", "date", `date '${DAY}'`, `'${DAY}'`],
  ["signup_date", "date", "date", "date '2026-11-23' - (i % 2000)", "date_sub('2026-11-23', interval (i % 2000) day)"],
  ["last_seen", "timestamptz", "timestamp(6)", "timestamptz '2026-11-22 00:00+00' + i % 86400 * interval '1.000001 second'", "addtime('2026-11-22 00:00:00', sec_to_time(i % 80000))"],
  ["key", "uuid", "char(36)", "md5(i::text)::uuid", "concat_ws('-', left(md5(i), 8), substr(md5(i), 9, 4), substr(md5(i), 13, 4), substr(md5(i), 17, 4), right(md5(i), 12))"],
  ["contract", "text", "varchar(40)", "(array['Month-to-month','One year','Two year'])[1 + i % 3]", "elt(1 + i % 3, 'Month-to-month', 'One year', 'Two year')"],
  ["payment", "text", "varchar(40)", "(array['Electronic check','Mailed check','Bank transfer','Credit card'])[1 + i % 4]", "elt(1 + i % 4, 'Electronic check', 'Mailed check', 'Bank transfer', 'Credit card')"],
  ["internet", "text", "varchar(40)", "(array['DSL','Fiber optic','No'])[1 + i % 3]", "elt(1 + i % 3, 'DSL', 'Fiber optic', 'No')"],
  ["city", "text", "varchar(40)", "'City number ' || i % 5000", "concat('City number ', i % 5000)"],
  ["street", "text", "varchar(60)", "'Street of the ' || i % 977 || 'th, house ' || i % 311", "concat('Street of the ', i % 977, 'th, house ', i % 311)"],
  ["agent", "text", "varchar(40)", "CASE WHEN i % 7 > 0 THEN 'agent ' || i % 400 END", "if(i % 7 > 0, concat('agent ', i % 400), null)"],
  ["segment", "text", "varchar(40)", "'segment ' || i % 12", "concat('segment ', i % 12)"],
  ["note", "text", "varchar(60)", "CASE WHEN i % 5 = 0 THEN 'called, \"twice\"' ELSE '' END", "if(i % 5 = 0, 'called, \"twice\"', '')"],
  ...["partner", "dependents", "phone", "paperless", "senior"].map((name, k) => [name, "boolean", "tinyint(1)", `i % ${k + 2} = 0`, `i % ${k + 2} = 0`]),
  ["tenure", "smallint", "smallint", "(i % 73)::smallint", "i % 73"],
  ["calls", "integer", "int", "(i::bigint * 7919 % 100003)::integer", "i * 7919 % 100003"],
  ["bytes_used", "bigint", "bigint", "i::bigint * 1000003", "i * 1000003"],
  ["monthly_charges", "numeric(10,2)", "decimal(10,2)", "(i % 12000) / 100.0", "(i % 12000) / 100.0"],
  ["total_charges", "numeric(10,2)", "decimal(10,2)", "CASE WHEN i % 73 > 0 THEN (i % 900000) / 100.0 END", "if(i % 73 > 0, (i % 900000) / 100.0, null)"],
  ["score", "double precision", "double", "(i * 0.6180339887498949)::float8", "i * 0.6180339887498949e0"],
  ["share", "real", "float", "((i % 1000) / 7.0)::real", "(i % 1000) / 7.0"],
];
/** What is predicted is a column as the others are. */
const TARGET = "partner";

requireBuild();
const comparisons = [
  ...(options.server === "mysql" ? [] : await postgresComparisons()),
  ...(options.server === "postgres" ? [] : await mysqlComparisons()),
];
const result = { date: new Date().toISOString().slice(0, 10), machine: machine(), rows, many, comparisons };
process.stdout.write(`${options.json ? JSON.stringify(result, withoutOutput, 2) : render(result)}\n`);

async function postgresComparisons() {
  const server = await startPostgres();
  try {
    for (const [table, count] of [["customers", rows], ["many", many]]) {
      say(`PostgreSQL: ${count} rows`);
      const made = COLUMNS.map(([name, , , sql]) => `${sql} AS ${name}`);
      const columns = COLUMNS.map(([name, type]) => `${name} ${type}`);
      server.run(`CREATE TABLE ${table} (${columns.join(", ")}); INSERT INTO ${table} SELECT ${made.join(", ")} FROM generate_series(1, ${count}) AS s(i); VACUUM ANALYZE ${table}; CHECKPOINT`);
    }
    const source = (table, more = "") => `{ url: "${server.url}", table: ${table}${more} }`;
    const copy = (table) => server.copy(`SELECT * FROM ${table} WHERE snapshot_date = '${DAY}'`, join(scratch, "copy.csv"));
    const first = compare({
      name: `extract of ${count(rows)} rows from PostgreSQL`,
      work: extract("postgres", source("customers")),
      beside: copy("customers"),
      besideName: "psql \\copy",
      goal: 1.9,
    });
    const second = compare({
      name: `extract of ${count(many)} rows, source.memory: 1GB`,
      work: extract("postgres-many", source("many", ", memory: 1GB")),
      beside: copy("many"),
      besideName: "psql \\copy",
      goal: 2.1,
      goalMb: 1300,
      runs: Math.min(3, runs),
    });
    const python = pandas();
    if (python === undefined) return [first, second];
    const third = compare({
      name: `extract of ${count(rows)} rows from PostgreSQL`,
      work: extract("postgres", source("customers")),
      beside: [python, fileURLToPath(new URL("sources_pandas.py", import.meta.url)), server.url, `SELECT * FROM customers WHERE snapshot_date = '${DAY}'`, join(scratch, "pandas.parquet")],
      besideName: "pandas read_sql, to_parquet",
      goal: 0.2,
      runs: Math.min(3, runs),
    });
    return [first, third, second];
  } finally {
    await server.stop();
  }
}

async function mysqlComparisons() {
  const server = await startMariadb();
  if (server === undefined) {
    say("there is no MariaDB here: nothing is measured with it");
    return [];
  }
  try {
    say(`MariaDB: ${rows} rows`);
    const made = COLUMNS.map(([name, , , , sql]) => `${sql} AS \`${name}\``);
    const columns = COLUMNS.map(([name, , type]) => `\`${name}\` ${type}${type.startsWith("timestamp") ? " NULL" : ""}`);
    server.run(`CREATE TABLE customers (${columns.join(", ")}); INSERT INTO customers SELECT ${made.join(", ")} FROM (SELECT seq AS i FROM seq_1_to_${rows}) s; ANALYZE TABLE customers`);
    return [
      compare({
        name: `extract of ${count(rows)} rows from MariaDB`,
        work: extract("mysql", `{ url: "${server.url}", table: customers }`),
        beside: server.batch(`SELECT * FROM customers WHERE snapshot_date = '${DAY}'`, join(scratch, "batch.tsv")),
        besideName: "mariadb --batch --quick",
        goal: 2.6,
      }),
    ];
  } finally {
    await server.stop();
  }
}

/** churn's extract in a workspace of its own. */
function extract(name, source) {
  const folder = join(scratch, name);
  if (!existsSync(folder)) mkdirSync(folder);
  const dataset = `{ id: customer_id, date: snapshot_date, target: { column: ${TARGET}, positive: true } }`;
  writeFileSync(join(folder, "churn.yaml"), `timezone: UTC\ndataset: ${dataset}\nsource: ${source}\n`);
  return churn("-C", folder, "extract", "--force", "--date", DAY);
}

/** In turn, so that what else the machine does falls on both. */
function compare({ name, work, beside, besideName, goal, goalMb, runs: times = runs }) {
  say(`${name} beside ${besideName}`);
  const [ours, theirs] = [[], []];
  for (let round = 0; round < times; round += 1) {
    theirs.push(measure(beside));
    ours.push(measure(work));
  }
  const [mine, other] = [summary(ours), summary(theirs)];
  return { name, work: mine, besideName, beside: other, ratio: mine.seconds / other.seconds, goal, goalMb };
}

/** A Python that has what the peer needs, made once; undefined where it can't be had. */
function pandas() {
  const folder = fileURLToPath(new URL("../../node_modules/.cache/churn-venvs/bench-sources", import.meta.url));
  const python = join(folder, "bin", "python");
  try {
    if (!existsSync(python)) {
      say("pandas' Python");
      execFileSync("python3", ["-m", "venv", folder], { stdio: "ignore" });
    }
    const packages = ["pandas", "pyarrow", "sqlalchemy", "psycopg2-binary"];
    const flags = ["--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:"];
    execFileSync(python, ["-m", "pip", "install", ...flags, ...packages], { stdio: ["ignore", "ignore", "inherit"] });
    return python;
  } catch (error) {
    say(`no Python with pandas here, which is not measured: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    return undefined;
  }
}

function count(number) {
  return number.toLocaleString("en-US");
}

function render({ date, machine, comparisons }) {
  const head = ["work", "median", "largest process", "beside", "its median", "ratio", "goal", ""];
  const lines = comparisons.map(({ name, work, besideName, beside, ratio, goal, goalMb }) => [
    name,
    `${work.seconds.toFixed(2)} s`,
    work.peakMb === null ? "" : `${Math.round(work.peakMb)} MB`,
    besideName,
    `${beside.seconds.toFixed(2)} s`,
    ratio.toFixed(2),
    `≤ ${goal}${goalMb === undefined ? "" : `, ${goalMb} MB`}`,
    ratio <= goal && (goalMb === undefined || (work.peakMb ?? 0) <= goalMb) ? "met" : "not met",
  ]);
  if (options.markdown) {
    return [head, head.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
  }
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column].length)));
  const text = (line) => line.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd();
  return [`${date}. ${machine}.`, ...[head, ...lines].map(text)].join("\n");
}
