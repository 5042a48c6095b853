import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test as plain } from "vitest";
import type * as z from "zod";
import { visibleLine } from "../../src/lib/cli/visible.ts";
import { configSchema } from "../../src/lib/config/schema.ts";
import { firstLine, withoutValues } from "../../src/lib/duckdb/errors.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { type ChurnError, QualityGateError, ServiceError, UsageError } from "../../src/lib/errors.ts";
import { NetworkFailure } from "../../src/lib/http/network-failure.ts";
import type { Message } from "../../src/lib/notify/message.ts";
import { namesIn, ownWords, tailWithoutData, withoutData } from "../../src/lib/notify/outgoing.ts";
import { mysqlError } from "../../src/lib/source/mysql/errors.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { postgresError } from "../../src/lib/source/postgres/errors.ts";
import { refusal } from "../../src/lib/source/refusal.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { failed, failedLetter } from "../support/letters.ts";
import { test } from "../support/source-folder.ts";
import { shownOf, toldOf } from "../support/told-failure.ts";

const IDS = [
  "7590-VHVEG",
  "47110815",
  "Müller",
  "O'Brien",
  "Miller",
  "3f2b1c9a-98ae-4c5a-9c1d-5d0f6a3e3f0d",
  "anna.mueller@example.com",
];

/** Ids of customers of many shapes. */
const ids = fc.oneof(
  fc.constantFrom(...IDS, "d'Arcy", "Şahin", "Anna-Lena", "AC/4711-0815", "李雷雷", "+49 170 47110815"),
  fc.integer({ min: 10_000_000, max: 2 ** 40 }).map(String),
  fc.integer({ min: 10_000_000, max: 2 ** 40 }).map((number) => String(-number)),
  fc.uuid(),
  fc.emailAddress(),
  fc.tuple(fc.stringMatching(/^[0-9]{4}$/), fc.stringMatching(/^[A-Z]{5}$/)).map((parts) => parts.join("-")),
  fc.tuple(fc.stringMatching(/^C[A-Z]{2}$/), fc.stringMatching(/^[0-9]{7}$/)).map((parts) => parts.join("")),
);

/** What is said of an id by those who don't know that it is one. All but the last were seen so. */
const sayings: readonly ((id: string) => string)[] = [
  (id) =>
    `Conversion Error: invalid date field format: "${id}", expected format is (YYYY-MM-DD) when casting from source column x\n\nLINE 1: SELECT CAST('${id}' AS DATE)\n               ^`,
  (id) => `Conversion Error: Could not convert string '${id}' to INT32`,
  (id) => `Conversion Error: Type VARCHAR with value '${id}' can't be cast to the destination type INTEGER[]`,
  (id) =>
    `Conversion Error: Type INT64 with value ${id} can't be cast because the value is out of range for the destination type INT8`,
  (id) => `Constraint Error: PRIMARY KEY or UNIQUE constraint violation: duplicate key "${id}"`,
  (id) => `Constraint Error: Duplicate key "customer_id: ${id}" violates primary key constraint.`,
  (id) => `Invalid Input Error: ${id}`,
  (id) => `Invalid Input Error: missing ): ${id}(`,
  (id) => `Invalid Input Error: Could not parse string "${id}" according to format specifier "%Y"\n${id}\n    ^`,
  (id) => `Invalid Input Error: Malformed JSON at byte 4 of input: unexpected content after document.  Input: "${id}"`,
  (id) => `Out of Range Error: Overflow in addition of INT32 (2147483647 + ${id})!`,
  (id) => `Conversion Error: Date out of range: ${id}-13-1`,
  (id) =>
    `Invalid Input Error: CSV Error on Line: 2\nOriginal Line: ${id},Female,0\nExpected Number of Columns: 4 Found: 3`,
  (id) => `invalid input syntax for type integer: "${id}"`,
  (id) =>
    `duplicate key value violates unique constraint "customers_pkey" DETAIL:  Key (customer_id)=(${id}) already exists.`,
  (id) => `new row violates a check DETAIL:  Failing row contains (${id}, Female, 0).`,
  (id) => `Duplicate entry '${id}' for key 'customers.PRIMARY'`,
  (id) => `Incorrect integer value: '${id}' for column 'x' at row 1`,
  (id) => `Unexpected token 'x', "{"id":"${id}" is not valid JSON`,
  (id) => `ValueError: invalid literal for int() with base 10: '${id}'`,
  (id) => `KeyError: ${id}`,
  (id) => id,
  (id) => `customer ${id} of the row before is there twice, says the view`,
];

/** How churn says it on: with other words around it, cut, or said again by somebody else. */
const wrappings: readonly ((error: Error) => unknown)[] = [
  (error) => error,
  (error) => new AggregateError([error], "all failed"),
  (error) => refusal(error, { subject: "source.query", hint: "mend it" }),
  (error) => new UsageError(`source.query: ${firstLine(error)}`, "mend it", { cause: error }),
  (error) =>
    new UsageError(`an expression fails on these customers: ${withoutValues(firstLine(error))}`, "TRY(…)", {
      cause: error,
    }),
  (error) =>
    new ServiceError(`it can't be read (${visibleLine(error.message)}), and nothing was kept`, "mend it", {
      cause: error,
    }),
  (error) =>
    new ServiceError(`it can't be read: ${visibleLine(error.message, 40)}`, `mend this: ${error.message}`, {
      cause: error,
    }),
  (error) => new ServiceError("the program failed", "mend it", { details: error.message.split("\n") }),
  (error) =>
    new ServiceError(`outer: ${error.message.split("\n")[0]}`, undefined, {
      cause: new Error("within", { cause: error }),
    }),
  (error) => {
    const first = new UsageError(`source.url: c.csv: ${firstLine(error)}`, "mend it", {
      cause: error,
      details: [error.message],
    });
    const options = { cause: first, details: first.details };
    return new ServiceError(first.message.replace("source.url", "source.command").split("\n"), first.hint, options);
  },
  (error) =>
    postgresError(Object.assign(error, { code: "22P02", severity: "ERROR" }), {
      place: "db.company.com/crm",
      user: "churn",
      database: "crm",
      subject: "source.query",
      timeout: "60 s",
      query: undefined,
    }),
  (error) =>
    mysqlError(Object.assign(error, { code: "ER_DUP_ENTRY", errno: 1062, sqlState: "42000", fatal: true }), {
      place: "db.company.com/crm",
      server: "MySQL at db.company.com",
      user: "churn",
      database: "crm",
      password: true,
      subject: "source.query",
      limit: 60,
    }),
];

/** Neither it nor the greater part of it. */
function expectWithout(shown: string, id: string): void {
  expect(shown).not.toContain(id);
  if (id.length >= 8) expect(shown).not.toContain(id.slice(0, Math.ceil(id.length * 0.7)));
}

plain("whatever a foreign error quotes of a customer arrives nowhere, however it is said on", () => {
  fc.assert(
    fc.property(fc.constantFrom(...sayings), fc.constantFrom(...wrappings), ids, (say, wrap, id) => {
      expectWithout(shownOf(toldOf(wrap(new Error(say(id))))), id);
    }),
    { numRuns: 1000 },
  );
});

plain("nor where nobody has told whose the words are: in a reason, a detail, a note, the log's end", () => {
  // The last two look like anybody's sentence: of those their origin has to be known.
  fc.assert(
    fc.property(fc.constantFrom(...sayings.slice(0, -2)), ids, (say, id) => {
      const text = say(id).split("\n")[0] ?? "";
      const message = { ...failed, reason: `it failed: ${text}`, details: [text] };
      const letter = { ...failedLetter, message, notes: [text], tail: [text, `05:00 ${text}`] };
      expectWithout(shownOf(withoutData(letter, new Set())), id);
      const decided = withoutData(
        {
          ...failedLetter,
          tail: [],
          message: { kind: "digest", week: "w", nights: [{ night: "n", f1: 1, auc_roc: null, reason: text }] },
        },
        new Set(),
      );
      expectWithout(shownOf(decided), id);
    }),
    { numRuns: 500 },
  );
});

describe("what DuckDB says of planted customers", () => {
  const statements: readonly ((value: string) => string)[] = [
    (value) => `SELECT CAST(x AS DATE) FROM (SELECT ${value} AS x)`,
    (value) => `SELECT CAST(x AS INTEGER[]) FROM (SELECT ${value} AS x)`,
    (value) => `CREATE OR REPLACE TABLE k (id VARCHAR PRIMARY KEY); INSERT INTO k VALUES (${value}), (${value})`,
    (value) => `SELECT error(${value})`,
    (value) => `SELECT CAST(x || 'x' AS UUID) FROM (SELECT ${value} AS x)`,
    (value) => `SELECT regexp_matches('x', ${value} || '(')`,
    (value) => `SELECT json_extract(${value} || '}', '$.a')`,
    (value) => `SELECT date_trunc(${value}, DATE '2026-01-01')`,
  ];
  plain.each(IDS)("%s", async (id) => {
    await using db = await openDatabase();
    for (const statement of statements) {
      const error: unknown = await db.run(statement(literal(id))).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!(error instanceof Error)) throw new Error(`it works: ${statement(id)}`);
      expect(error.message).toContain(id);
      for (const wrap of wrappings) expectWithout(shownOf(toldOf(wrap(error))), id);
    }
  });
});

describe("what sources say of planted customers", () => {
  type Source = z.input<typeof configSchema>["source"];
  const cases: readonly (readonly [string, string, (id: string) => string, Source])[] = [
    ["a quote that isn't closed", "c.csv", (id) => `id,x,churned\n1,a,0\n2,"${id},1\n`, { url: "csv:c.csv" }],
    ["text behind a quote", "c.csv", (id) => `id,x,churned\n1,a,0\n2,"${id}"${id},1\n`, { url: "csv:c.csv" }],
    ["a field too many", "c.csv", (id) => `id,x,churned\n1,a,0\n2,${id},${id},1\n`, { url: "csv:c.csv" }],
    ["one field", "c.csv", (id) => `id;x;churned;${id}\n1;a;0;0\n`, { url: "csv:c.csv", csv: { delimiter: "|" } }],
    ["no object", "c.jsonl", (id) => `{"id": 1, "churned": 0}\n${JSON.stringify(id)}\n`, { url: "jsonl:c.jsonl" }],
    [
      "JSON that is cut",
      "c.jsonl",
      (id) => `{"id": 1, "churned": 0}\n{"id": ${JSON.stringify(id)}\n`,
      { url: "jsonl:c.jsonl" },
    ],
    [
      "a key twice",
      "c.jsonl",
      (id) => `{"id": 1, "churned": 0}\n{"id": 2, ${JSON.stringify(id)}: 1, ${JSON.stringify(id)}: 2}\n`,
      { url: "jsonl:c.jsonl" },
    ],
    [
      "a query's cast",
      "c.csv",
      (id) => `id,x,churned\n1,"${id}",0\n`,
      { url: "csv:c.csv", query: "SELECT id, CAST(x || 'x' AS INTEGER[]) AS x, churned FROM 'c.csv'" },
    ],
    [
      "a query's own error",
      "c.csv",
      (id) => `id,x,churned\n1,"${id}",0\n`,
      { url: "csv:c.csv", query: "SELECT id, error(x) AS x, churned FROM 'c.csv'" },
    ],
    [
      "a command's last words",
      "id.txt",
      (id) => id,
      { format: "csv", command: ["sh", "-c", 'echo "no customer $(cat id.txt)" >&2; exit 3'] },
    ],
    [
      "a command's error in place of rows",
      "id.txt",
      (id) => `Error: customer ${id} is odd`,
      { format: "csv", command: ["sh", "-c", "cat id.txt; exit 3"] },
    ],
    [
      "a command's count of rows",
      "id.txt",
      (id) => `id,x,churned\n1,${id},0\n(1 row for ${id})\n`,
      { format: "csv", command: ["cat", "id.txt"] },
    ],
  ];
  test.for(cases.flatMap((one) => IDS.map((id) => [id, ...one] as const)))(
    "%s: %s",
    async ([id, , file, content, source], { root }) => {
      await writeFile(join(root, file), content(id));
      const config = configSchema.parse({ dataset: { id: "id", target: { column: "churned" } }, source });
      await using db = await openDatabase();
      const error: unknown = await (async () => {
        const environment = readEnvironment({ PATH: process.env.PATH }, root);
        const request = {
          date: "2026-11-23",
          today: "2026-11-23",
          text: [],
          files: { dataset: config.dataset, earlier: undefined },
        };
        await using session = await openSource(config.source, root, environment).open(db, request);
        await session.load("memory.main.loaded", { columns: session.columns.map(({ name }) => name), day: undefined });
      })().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) return expect(file).toMatch(/csv|jsonl|id/);
      expectWithout(shownOf(toldOf(error)), id);
    },
  );
});

describe("churn's own sentences keep their meaning", () => {
  const network = new NetworkFailure("nothing listens there (ECONNREFUSED)", { unsent: true, kind: "temporary" });
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  const own: readonly ChurnError[] = [
    new ServiceError(
      "train was stopped: it took longer than its limit of 3600 s",
      "raise run.timeout or run.stages in churn.yaml",
    ),
    new ServiceError(
      "/srv/churn/raw/2026-11-23/customers.parquet: the disk is full",
      "free some space, then run it again",
      { cause: full },
    ),
    new ServiceError(
      "source.url: customers.csv has no snapshot of 2026-11-23: its newest one is of 2026-11-21",
      "is it late?",
    ),
    new QualityGateError("1 of 13 quality gates failed on raw/2026-11-23/customers.parquet", "look at the source", {
      details: [
        "row_count            992   at least 1,000   failed",
        "duplicate_ids          3   at most 0   failed   3 ids",
      ],
      foreign: [],
    }),
    new ServiceError("MLflow at https://mlflow.company.com fails at runs/create (503)", "MLflow's log says more"),
    new ServiceError(
      "MLflow at http://localhost:5000 can't be reached: nothing listens there (ECONNREFUSED)",
      "is it up?",
      { cause: network },
    ),
    new UsageError("there is no workspace in /srv/churn: churn.yaml is missing", "churn init makes one"),
    new ServiceError("train was ended by SIGKILL", "was the machine out of memory? the kernel's log (dmesg) says so"),
    new UsageError(
      "PostgreSQL at db.company.com/crm refuses the password of churn, or knows no such user",
      "PGPASSWORD in the environment",
    ),
    new ServiceError(
      "the connection to db.company.com:5432/crm was lost while public.customers was read: nothing was kept",
      "is the server up?",
    ),
    new UsageError("the customers' columns changed: MonthlyCharges was numeric, isn't any more", "look at the source"),
    new ServiceError("c.csv line 17, byte 1204: text behind a closing quote, UTF-8 or ISO-8859-1", "mend it"),
    new UsageError(
      "gates.ranges: tenure is of type VARCHAR, a range needs numbers",
      "dataset: { types: { tenure: numeric } } reads text as numbers",
    ),
    new ServiceError("another run holds the lease: 20261123T050000Z-7430 on ml-2 since 05:00", "wait for it"),
  ];
  plain.each(own.map((error) => [error.message, error] as const))("%s", (text, error) => {
    const { message } = toldOf(error);
    if (message.kind !== "failed") throw new Error("it has not failed");
    expect(message.reason).toBe(text);
    expect(message.details).toEqual(error.details);
    expect(message.hint?.startsWith(error.hint ?? "")).toBe(true);
  });

  plain("a name of the configuration may be quoted", () => {
    const known = new Set([...namesIn({ dataset: { id: "customer_id", exclude: ["Phone Number"] } }), "extract"]);
    const reason = 'column \'Phone Number\' of "customer_id" has "Müller" in it, as extract\'s `raw` had';
    const letter = withoutData({ ...failedLetter, message: { ...failed, reason } }, known);
    expect(letter.message).toMatchObject({
      reason: 'column \'Phone Number\' of "customer_id" has "…" in it, as extract\'s `…` had',
    });
  });

  plain("where only a foreign error says why, it says where that is to be found", () => {
    const cause = new Error("Conversion Error: Could not convert string '4711' to INT32");
    const error = new UsageError(`source.query: ${cause.message}`, "TRY_CAST makes null of it", { cause });
    expect(toldOf(error).message).toMatchObject({
      reason: "source.query: the reason may quote customers, and is in the run's log",
      hint: expect.stringMatching(/^TRY_CAST makes null of it\n/),
    });
    expect(toldOf(cause).message).toMatchObject({ reason: "the reason may quote customers, and is in the run's log" });
  });
});

describe("of the log's end", () => {
  plain("the times, the stages and churn's fixed words are left", () => {
    const line = { level: "error", time: "2026-11-23T05:00:09.120Z", run: "r", night: "2026-11-23", stage: "extract" };
    const lines = [
      JSON.stringify({ ...line, message: "stage starts", reason: "forced" }),
      JSON.stringify({ ...line, message: "stage failed", details: ["Müller"], stack: "at 7590-VHVEG" }),
      JSON.stringify({ ...line, message: 'gate new_categories 1 at most 0 failed plan "Müller"' }),
      '{"level":"info","time":"2026-11-23T05:00:09.120Z","message":"cut amid Müll',
      "Traceback: customer '7590-VHVEG'",
    ];
    expect(tailWithoutData(lines, new Set())).toEqual([
      "2026-11-23T05:00:09.120Z  extract  stage starts",
      "2026-11-23T05:00:09.120Z  extract  stage failed",
      '2026-11-23T05:00:09.120Z  extract  gate new_categories 1 at most 0 failed plan "…"',
      "…",
      "Traceback: customer '…'",
    ]);
  });
});

plain("what is left out twice is said once", () => {
  expect(ownWords("it fails at Müller, Miller; why?", ["Müller", "Miller"])).toBe("it fails at …; why?");
  expect(ownWords("one: Müller\ntwo: nothing", ["Müller"])).toBe(
    "one: the reason may quote customers, and is in the run's log\ntwo: nothing",
  );
});

plain("a promotion's reason is a person's", () => {
  const message: Message = {
    kind: "promoted",
    model: "m",
    version: 2,
    replaced: [],
    by: "anna@example.com",
    reason: "'better' for C-12",
  };
  expect(withoutData({ ...failedLetter, message }, new Set()).message).toEqual(message);
});
