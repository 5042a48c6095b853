import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import * as z from "zod";
import { configSchema } from "../../../src/lib/config/schema.ts";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { literal } from "../../../src/lib/duckdb/sql.ts";
import { ChurnError } from "../../../src/lib/errors.ts";
import { openSource } from "../../../src/lib/source/open.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { test as base } from "../../support/source-folder.ts";

const TODAY = "2026-11-23";
const PATH = process.env.PATH ?? "";
type Given = z.input<typeof configSchema>;
type GivenSource = Given["source"];

/** Private files lie in a folder of the test's own, and none is left in the end. */
const test = base.extend<{ temporary: string }>({
  temporary: [
    async ({ root }, use) => {
      const temporary = join(root, "tmp");
      await mkdir(temporary);
      vi.stubEnv("TMPDIR", temporary);
      await use(temporary);
      vi.unstubAllEnvs();
      expect(await readdir(temporary)).toEqual([]);
    },
    { auto: true },
  ],
});

interface Asked {
  readonly date?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly dataset?: Partial<Given["dataset"]>;
}

/** All that a command gives, and what is said of it. */
async function read(root: string, source: GivenSource, { date = TODAY, env = {}, dataset }: Asked = {}) {
  const config = configSchema.parse({ dataset: { id: "id", target: { column: "churned" }, ...dataset }, source });
  await using db = await openDatabase();
  const opened = openSource(config.source, root, readEnvironment({ PATH, ...env }, root));
  await using session = await opened.open(db, {
    date,
    today: TODAY,
    text: [],
    files: { dataset: config.dataset, earlier: undefined },
  });
  const columns = session.columns.map(({ name }) => name);
  await session.load("memory.main.loaded", { columns, day: undefined });
  const rows = await db.rows("FROM memory.main.loaded ORDER BY ALL", z.record(z.string(), z.unknown()));
  const types = Object.fromEntries(session.columns.map(({ name, type }) => [name, type]));
  return { description: opened.description, name: session.name, choosesDate: opened.choosesDate, types, rows };
}

/** The error of a read that fails. */
async function refused(root: string, source: GivenSource, asked: Asked = {}) {
  try {
    await read(root, source, asked);
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    const { exitCode, message, hint, details } = error;
    return { exitCode, message, hint, details };
  }
  throw new Error("nothing was refused");
}

/** A shell's script as a command that gives CSV. */
function script(text: string, ...words: string[]): GivenSource {
  return { command: ["sh", "-c", text, "sh", ...words], format: "csv" };
}

const CSV = "id,churned,plan\nC1,true,basic\nC2,false,\n";
const ROWS = [
  { id: "C1", churned: true, plan: "basic" },
  { id: "C2", churned: false, plan: null },
];

/** A command that prints a text as it is. */
function printing(text: string): GivenSource {
  return { command: ["printf", "%s", text], format: "csv" };
}

describe("what a command gives", () => {
  test("CSV on stdout", async ({ root }) => {
    expect(await read(root, printing(CSV))).toEqual({
      description: "command printf",
      name: "command printf",
      choosesDate: false,
      types: { id: "VARCHAR", churned: "BOOLEAN", plan: "VARCHAR" },
      rows: ROWS,
    });
  });

  test("Parquet, with its types", async ({ root }) => {
    await using db = await openDatabase();
    const path = join(root, "made.parquet");
    await db.run(`COPY (SELECT 'C1' AS id, true AS churned, 1.50::DECIMAL(9,2) AS fee) TO ${literal(path)}`);
    const { types, rows } = await read(root, { command: ["cat", "made.parquet"], format: "parquet" });
    expect(types).toEqual({ id: "VARCHAR", churned: "BOOLEAN", fee: "DECIMAL(9,2)" });
    expect(rows).toHaveLength(1);
  });

  test("JSON lines", async ({ root }) => {
    const lines = '{"id": "C1", "churned": true, "plan": "basic"}\n{"id": "C2", "churned": false, "plan": null}\n';
    expect((await read(root, { command: ["printf", "%s", lines], format: "jsonl" })).rows).toEqual(ROWS);
  });

  test("the file that it writes to {out}, and nothing of what it says meanwhile", async ({ root }) => {
    await writeFile(join(root, "customers.csv"), CSV);
    expect((await read(root, script('cp customers.csv "$1"; echo 2 rows', "{out}"))).rows).toEqual(ROWS);
    const { rows } = await read(root, { command: ["sh", "-c", "cat customers.csv > {out}"], format: "csv" });
    expect(rows).toEqual(ROWS);
  });

  test("{date} is the date within any word, and what chooses it", async ({ root }) => {
    const source = script('printf "id,churned,day\\nC1,true,%s\\n" "$1"', "{date}");
    expect(await read(root, source, { date: "2026-11-20" })).toMatchObject({
      choosesDate: true,
      rows: [{ id: "C1", churned: true, day: expect.anything() }],
    });
    const quoted: GivenSource = {
      command: ["printf", "%s", "id,churned,day\nC1,true,'{date}'/{date}\n"],
      format: "csv",
    };
    expect((await read(root, quoted)).rows).toEqual([{ id: "C1", churned: true, day: `'${TODAY}'/${TODAY}` }]);
  });

  test("a private file in a folder that nobody else may enter", async ({ root, temporary }) => {
    const look = `printf "id,churned,mode\\n"; for f in ${temporary}/.*.part ${temporary}/.*.part/*; do printf "%s,true,%s\\n" "$(stat -c %F "$f")" "$(stat -c %a "$f")"; done`;
    const { rows } = await read(root, { ...script(look), csv: { delimiter: "," } });
    expect(rows.map(({ id, mode }) => `${id} ${mode}`).sort()).toEqual(["directory 700", "regular file 600"]);
  });

  test("the answer to each date asked of it: it is run once a time that it is opened", async ({ root }) => {
    const source = script(`echo run >> runs; printf '%s' "$1"`, CSV);
    await read(root, source);
    await read(root, source);
    expect(await readFile(join(root, "runs"), "utf8")).toBe("run\nrun\n");
  });
});

describe("what a command gets", () => {
  test("PATH, HOME, TZ, a plain language, what source.env names, and nothing else", async ({ root }) => {
    await writeFile(join(root, ".env"), "WAREHOUSE_TOKEN=from-dotenv-4711\nOTHER=other\n", { mode: 0o600 });
    await writeFile(join(root, "key"), "from-a-file-0815\n", { mode: 0o600 });
    const command = ["sh", "-c", "env > seen; cat customers.csv"];
    await writeFile(join(root, "customers.csv"), CSV);
    const env = {
      HOME: "/home/me",
      TZ: "Europe/Berlin",
      LANG: "de_DE.UTF-8",
      AWS_SECRET_ACCESS_KEY: "no-business-of-its",
      WAREHOUSE_USER: "me",
      WAREHOUSE_KEY_FILE: join(root, "key"),
    };
    await read(root, { command, format: "csv", env: ["WAREHOUSE_TOKEN", "WAREHOUSE_USER", "WAREHOUSE_KEY"] }, { env });
    const seen = (await readFile(join(root, "seen"), "utf8")).trim().split("\n");
    // The shell sets PWD by itself, and some set more.
    expect(seen.filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_)=/.test(line)).sort()).toEqual([
      "HOME=/home/me",
      "LANG=C.UTF-8",
      "LC_ALL=C.UTF-8",
      `PATH=${PATH}`,
      "TZ=Europe/Berlin",
      "WAREHOUSE_KEY=from-a-file-0815",
      "WAREHOUSE_TOKEN=from-dotenv-4711",
      "WAREHOUSE_USER=me",
    ]);
  });

  test("the workspace's folder, where a relative program is looked for too", async ({ root }) => {
    await writeFile(join(root, "export.sh"), `#!/bin/sh\ncat customers.csv\n`);
    await chmod(join(root, "export.sh"), 0o755);
    await writeFile(join(root, "customers.csv"), CSV);
    const given = await read(root, { command: ["./export.sh"], format: "csv" });
    expect(given).toMatchObject({ description: "command export.sh", rows: ROWS });
  });
});

describe("what is refused before it is run", () => {
  test("a variable that isn't set", async ({ root }) => {
    expect(await refused(root, { ...printing(CSV), env: ["WAREHOUSE_TOKEN"] })).toMatchObject({
      exitCode: 2,
      message: "source.env: WAREHOUSE_TOKEN isn't set",
      hint: "set WAREHOUSE_TOKEN in the environment or in the workspace's .env (mode 0600), or name a file that holds it in WAREHOUSE_TOKEN_FILE",
    });
  });

  test.for([
    ["as it is", "--token=tall-orders-9"],
    ["within a shell's words", "bq --token='tall-orders-9' | cat"],
    ["where its field is called so", "jdbc:x;password=tall-orders-9"],
  ])("a secret of the environment in a word, %s", async ([, word = ""], { root }) => {
    const source: GivenSource = { command: ["touch", "started", word], format: "csv" };
    const said = await refused(root, source, { env: { WAREHOUSE_TOKEN: "tall-orders-9" } });
    expect(said).toMatchObject({
      exitCode: 2,
      message: "source.command: word 3 holds a secret, and every user of this machine sees it while the command runs",
      hint: "source.env in churn.yaml names variables that the command gets: their values are seen by its user alone",
    });
    expect(await stat(join(root, "started")).catch(() => undefined)).toBeUndefined();
  });
});

test("a word that only asks the shell for a secret holds none", async ({ root }) => {
  await writeFile(join(root, "customers.csv"), CSV);
  const source = script('cat customers.csv --password="$WAREHOUSE_TOKEN" 2> /dev/null || cat customers.csv');
  const env = { WAREHOUSE_TOKEN: "tall-orders-9" };
  expect((await read(root, { ...source, env: ["WAREHOUSE_TOKEN"] }, { env })).rows).toEqual(ROWS);
});

describe("what is no good end", () => {
  test("a status other than 0, though what came looks like all", async ({ root }) => {
    expect(await refused(root, script(`printf '%s' "$1"; echo 'quota exceeded' >&2; exit 3`, CSV))).toEqual({
      exitCode: 5,
      message: "source.command: sh ended with status 3; nothing that it gave was kept",
      hint: "run it by hand in the workspace's folder; of the environment it has PATH, HOME and TZ, LANG=C.UTF-8, and what source.env names",
      details: ["quota exceeded"],
    });
  });

  test("its last words are shown without secrets, colours and what else moves a cursor", async ({ root }) => {
    const said = [
      'for line in 1 2 3 4 5 6; do echo "line $line" >&2; done',
      `printf '\\033[31mno login with %s at https://me:%s@host\\033[0m\\r\\a%s\\n' "$WAREHOUSE_TOKEN" other-word done >&2; exit 1`,
    ];
    await writeFile(join(root, "export.sh"), said.join("\n"));
    const source: GivenSource = { command: ["sh", "export.sh"], format: "csv", env: ["WAREHOUSE_TOKEN"] };
    const { details } = await refused(root, source, { env: { WAREHOUSE_TOKEN: "tall-orders-9" } });
    expect(details).toEqual(["line 4", "line 5", "line 6", "no login with *** at https://me:***@host", "�done"]);
  });

  test("an error that it prints in the place of rows is shown, and rows are not", async ({ root }) => {
    const said = "BigQuery error in query operation: Unrecognized name: fee for tall-orders-9\nat [1:8]\n";
    const env = { WAREHOUSE_TOKEN: "tall-orders-9" };
    await writeFile(join(root, "said"), said);
    const { details } = await refused(root, script("cat said; exit 1"), { env });
    expect(details).toEqual(["BigQuery error in query operation: Unrecognized name: fee for ***", "at [1:8]"]);
    for (const rows of [
      CSV,
      "error,id\nnone,C1\n",
      "C1,an error,basic\n",
      `{"id": "error"}\n`,
      `${said}${CSV.repeat(1000)}`,
    ]) {
      await writeFile(join(root, "said"), rows);
      expect((await refused(root, script("cat said; exit 1"))).details).toEqual([]);
    }
  });

  test("megabytes of words are no burden, and the last ones are shown", async ({ root }) => {
    const source = script("head -c 20000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo the end >&2; exit 1");
    const { details } = await refused(root, source);
    expect(details.at(-1)).toBe("the end");
    expect(details.join("").length).toBeLessThan(1000);
  });

  test("a signal", async ({ root }) => {
    expect(await refused(root, script(`printf '%s' "$1"; kill -SEGV $$`, CSV))).toMatchObject({
      exitCode: 5,
      message: "source.command: sh was ended by SIGSEGV; nothing that it gave was kept",
    });
  });

  test("more time than source.timeout", async ({ root }) => {
    expect(await refused(root, { ...script(`printf '%s' "$1"; sleep 60`, CSV), timeout: "1s" })).toMatchObject({
      exitCode: 5,
      message: "source.command: sh was stopped: it took longer than 1 s",
      hint: "source.timeout in churn.yaml says how long it may take",
    });
  });

  test("a program that isn't there", async ({ root }) => {
    expect(await refused(root, { command: ["bq-is-not-here", "query"], format: "csv" })).toMatchObject({
      exitCode: 2,
      message: "source.command: there is no program bq-is-not-here, or not the one that its first line names",
      hint: `it is looked for in PATH, ${PATH}; an absolute path in source.command finds it anywhere`,
    });
    await writeFile(join(root, "export.py"), "#!/nowhere/python\n");
    await chmod(join(root, "export.py"), 0o755);
    expect(await refused(root, { command: ["./export.py"], format: "csv" })).toMatchObject({
      exitCode: 2,
      hint: "a relative path starts at the workspace's folder",
    });
  });

  test("a file that isn't to be run", async ({ root }) => {
    await writeFile(join(root, "export.py"), "print(1)\n");
    expect(await refused(root, { command: ["./export.py"], format: "csv" })).toMatchObject({
      exitCode: 2,
      message: "source.command: ./export.py isn't a program that this user may run",
      hint: "chmod +x makes one of it, or name its interpreter before it: [python3, FILE]",
    });
  });

  test.for<[string, GivenSource]>([
    ["no output", script("true")],
    ["no file", script("true", "{out}")],
    ["blank lines alone", printing("\n\n")],
    ["no JSON line", { command: ["printf", "\n"], format: "jsonl" }],
    ["no row of Parquet", { command: ["cat", "none.parquet"], format: "parquet" }],
  ])("nothing: %s", async ([, source], { root }) => {
    await using db = await openDatabase();
    await db.run(
      `COPY (SELECT 1 AS id, 1 AS day, true AS churned WHERE false) TO ${literal(join(root, "none.parquet"))} (FORMAT parquet)`,
    );
    const today = await refused(root, source);
    expect(today).toMatchObject({
      exitCode: 75,
      message: expect.stringContaining(`ended well and gave nothing for ${TODAY}`),
      hint: `once it is there:\nchurn run-all --date ${TODAY}`,
    });
    expect(await refused(root, source, { date: "2026-11-20" })).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("ended well and gave nothing for 2026-11-20"),
      hint: "does it give the customers of a past date? {date} in source.command is the date",
    });
  });
});

describe("what its file has to be", () => {
  test("whole: half a one is an error and nothing that may come later", async ({ root }) => {
    const cut = "printf ended as if all were well: have it end with another status than 0 where it doesn't finish";
    expect(await refused(root, printing("id,churned\nC1,tru"))).toMatchObject({
      exitCode: 5,
      message: "source.command: what printf gives: the last line has no end, so its last value may be cut",
      hint: `${cut}\nsource: { csv: { last_line_end: optional } } in churn.yaml, where the last line never has an end`,
    });
    expect(await refused(root, { command: ["printf", "PAR1abcdefgh"], format: "parquet" })).toMatchObject({
      exitCode: 5,
      message: "source.command: what printf gives is not whole: its end is missing",
      hint: cut,
    });
    expect(await refused(root, { command: ["printf", '{"id": 1}\n{"id":'], format: "jsonl" })).toMatchObject({
      exitCode: 5,
      message: "source.command: what printf gives is not whole: its last line is cut",
    });
  });

  test("what source.format says", async ({ root }) => {
    const format = "source.format in churn.yaml says what the command gives: parquet, csv or jsonl";
    expect(await refused(root, { ...printing(CSV), format: "parquet" })).toMatchObject({
      exitCode: 2,
      message: "source.command: what printf gives is not a Parquet file",
      hint: format,
    });
    const wrong = await refused(root, { ...printing(CSV), format: "jsonl" });
    expect(wrong).toMatchObject({ exitCode: 2, message: expect.stringContaining("source.command: what printf gives") });
    expect(wrong.message).not.toContain(root);
    expect(await refused(root, printing("PAR1\u0015abc\n"))).toMatchObject({
      message: "source.command: what printf gives: this is Parquet, not CSV",
      hint: format,
    });
  });

  test.for([
    ["a banner", `Connected to db\n${CSV}`, "the header with id is line 2"],
    ["a trailer", `${CSV}(2 rows affected)\n`, "the last line of what printf gives counts rows: (2 rows affected)"],
    ["a trailer behind a blank line", `${CSV}\n(2 rows affected)\n`, "counts rows: (2 rows affected)"],
    ["a trailer of psql's", `${CSV}(2 rows)\n`, "counts rows: (2 rows)"],
    [
      "a trailer of snowsql's",
      `${CSV}2 Row(s) produced. Time Elapsed: 0.123s\n`,
      "counts rows: 2 Row(s) produced. Time",
    ],
    ["a trailer under one column", "id\nC1\n(1 rows affected)\n", "counts rows: (1 rows affected)"],
    ["a rule", "id,churned,plan\n--,-------,----\nC1,true,basic\n", "line 2 of what printf gives is a rule of dashes"],
    ["a rule under one column", "id\n--\nC1\n", "line 2 of what printf gives is a rule of dashes"],
    ["a frame", "+----+\n| id |\n+----+\n| C1 |\n+----+\n", "line 1 of what printf gives is a rule of dashes"],
    ["no header", "C1,true,1.5\nC2,false,2.5\n", "the first line is no header with id: C1, true, 1.5"],
    ["a time behind it", `${CSV}Time: 12 ms\n`, "line 4: "],
  ] as const)("plain, without %s", async ([, text, says], { root }) => {
    const { exitCode, message } = await refused(root, printing(text));
    expect(message).toContain(says);
    expect(message).toMatch(/^source\.command: /);
    expect(exitCode).toBe(2);
  });

  test("lines that source.csv says are none may stand there", async ({ root }) => {
    const framed = `banner\nid,churned,plan\n-- --\nC1,true,basic\nC2,false,\n(2 rows affected)\n`;
    const source = { ...printing(framed), csv: { skip: 1, comment: "-", bad_lines: "leave_out" } } as const;
    expect((await read(root, source)).rows).toEqual(ROWS);
  });

  test("NULL in words is none among numbers, and a text among texts, unless source.csv says otherwise", async ({
    root,
  }) => {
    const source = printing("id,churned,fee,plan\nC1,true,1.5,basic\nC2,false,NULL,NULL\n");
    const [, second] = (await read(root, source)).rows;
    expect(second).toEqual({ id: "C2", churned: false, fee: null, plan: "NULL" });
    const [, other] = (await read(root, { ...source, csv: { nulls: ["NULL"] } })).rows;
    expect(other).toEqual({ id: "C2", churned: false, fee: null, plan: null });
  });

  test.for([
    ["csv", "printf 'id,churned\\nC1,true\\nC2,false\\n'"],
    ["jsonl", `printf '{"id": "C1", "churned": true}\\n{"id": "C2", "churned": false}\\n'`],
  ] as const)("not of exactly as many rows as source.limit: %s", async ([format, text], { root }) => {
    const source = { ...script(text), format };
    expect(await refused(root, { ...source, limit: 2 })).toMatchObject({
      exitCode: 2,
      message: "source.command: sh gave exactly 2 rows, which is source.limit: there may be more, cut off by it",
      hint: "raise the limit of the command's tool above the number of customers, and source.limit in churn.yaml with it",
    });
    for (const limit of [1, 3]) expect((await read(root, { ...source, limit })).rows).toHaveLength(2);
  });
});

test("what a killed process left is gone with the next start", async ({ root, temporary }) => {
  const left = join(temporary, ".churn-source-rows.999999999-0123abcd.part");
  await mkdir(left);
  await writeFile(join(left, "customers.csv"), CSV);
  await read(root, printing(CSV));
  expect(await readdir(temporary)).toEqual([]);
});

describe("before a night", () => {
  const ask = (root: string, command: string[], env: string[] = []) =>
    openSource({ command, format: "csv", env }, root, readEnvironment({ PATH }, root)).requirePresent?.();

  test("its program is looked for, and not run", async ({ root }) => {
    await writeFile(join(root, "gives.sh"), `#!/bin/sh\ntouch ${literal(join(root, "ran"))}\n`, { mode: 0o755 });
    await ask(root, ["./gives.sh"]);
    await ask(root, ["sh", "gives.sh", "{date}"]);
    expect(await readdir(root)).toEqual(expect.not.arrayContaining(["ran"]));
  });

  test("one that isn't there, and a variable that isn't set, are told as they are when it is run", async ({ root }) => {
    await expect(ask(root, ["no-such-program"])).rejects.toMatchObject({
      exitCode: 2,
      message: "source.command: there is no program no-such-program, or not the one that its first line names",
    });
    await expect(ask(root, ["sh"], ["NOT_SET"])).rejects.toMatchObject({ message: "source.env: NOT_SET isn't set" });
  });
});
