import { expect, test } from "vitest";
import { ChurnError, UnreachableError, UsageError } from "../../../src/lib/errors.ts";
import { type Asked, postgresError } from "../../../src/lib/source/postgres/errors.ts";

const ASKED: Asked = { place: "db:5432", user: "ann", database: "shop", subject: "source.query", timeout: "1h" };

function server(code: string, message = "words", position?: number, asked: Partial<Asked> = {}) {
  const more = position === undefined ? {} : { position: String(position) };
  return postgresError(Object.assign(new Error(message), { code, severity: "ERROR", ...more }), { ...ASKED, ...asked });
}
const exitCode = (error: unknown) => (error instanceof ChurnError ? error.exitCode : error);
const says = (error: unknown) => (error instanceof ChurnError ? error.message : error);

test("what a machine mends is 5, what a person mends is 2", () => {
  const machine =
    "08000 08006 25P03 40001 40P01 53000 53100 53200 53300 53400 54000 55P03 57014 57P01 57P02 57P03 58000 58030 F0000 XX000 XX001";
  for (const code of machine.split(" ")) expect(exitCode(server(code)), code).toBe(5);
  const person =
    "08P01 0A000 22003 22007 22008 22012 22023 22P02 25001 25006 28000 28P01 3D000 3F000 42501 42601 42702 42703 42883 42P01 P0001";
  for (const code of person.split(" ")) expect(exitCode(server(code)), code).toBe(2);
});

test("only what may pass in a moment is tried again", () => {
  for (const code of ["08006", "40001", "40P01", "53300", "57P01", "57P02", "57P03"])
    expect(server(code), code).toBeInstanceOf(UnreachableError);
  for (const code of ["28P01", "42P01", "53100", "53200", "53400", "55P03", "57014", "25P03", "58030", "XX000"])
    expect(server(code), code).not.toBeInstanceOf(UnreachableError);
  const lost = [
    "Connection terminated unexpectedly",
    "read ECONNRESET",
    "write EPIPE",
    "Client has encountered a connection error and is not queryable",
  ];
  for (const text of lost) {
    const error = postgresError(new Error(text), ASKED);
    expect(error, text).toBeInstanceOf(UnreachableError);
    expect(says(error)).toBe("the connection to db:5432 was lost while source.query was read: nothing was kept");
  }
  for (const text of ["query_wait_timeout", "no more connections allowed (max_client_conn)", "server conn crashed?"])
    expect(server("08P01", text), text).toBeInstanceOf(UnreachableError);
  expect(server("08P01", "unsupported startup parameter: x")).not.toBeInstanceOf(UnreachableError);
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" });
  expect(postgresError(refused, ASKED)).toBeInstanceOf(UnreachableError);
});

test("a place in what was sent is one in the query", () => {
  const text = "\nSELECT id,\n  '😀', nme FROM t WHERE d = {date} AND x";
  const sent = text.trim().replace("{date}", "'2026-11-23'");
  const query = { text, sent, before: 15 };
  const at = (word: string) => {
    const position = 15 + [...sent.slice(0, sent.indexOf(word))].length + 1;
    return says(server("42703", "words", position, { query }));
  };
  expect(at("id")).toBe("source.query (line 2, column 8): words");
  // A line that has {date} is longer as it was sent.
  expect(at("nme")).toBe("source.query (line 3): words");
  expect(says(server("42703", "words", 3, { query }))).toBe("source.query: words");
  expect(says(server("42703", "words", 500, { query }))).toBe("source.query: words");
  expect(says(server("42703", "words", 20))).toBe("source.query: words");
});

test("a customer's value is not shown, and what the query itself says is", () => {
  const value = 'invalid input syntax for type integer: "Ann "Q" Smith"';
  expect(says(server("22P02", value))).toBe("source.query: invalid input syntax for type integer: …");
  expect(says(server("22003", 'value "99999999999" is out of range for type integer'))).toBe(
    "source.query: value … is out of range for type integer",
  );
  expect(says(server("22P02", "ungültige Eingabesyntax für Typ integer: »Ann«"))).toBe(
    "source.query: ungültige Eingabesyntax für Typ integer: …",
  );
  expect(says(server("22007", 'invalid input syntax for type date: "Ann'))).toBe(
    "source.query: invalid input syntax for type date: …",
  );
  expect(says(server("22012", "division by zero"))).toBe("source.query: division by zero");
  const query = { text: "SELECT 'x'", sent: "SELECT 'x'", before: 15 };
  expect(says(server("22P02", 'invalid input syntax for type integer: "x"', 23, { query }))).toBe(
    'source.query (line 1, column 8): invalid input syntax for type integer: "x"',
  );
});

test("the server's words are one line that is what it looks like, and no longer than a few", () => {
  const said = String(says(server("XX000", `a\nb\u001b[31m${"x".repeat(5000)}`)));
  expect(said).not.toMatch(/[\n\p{Cc}]/u);
  expect(said.length).toBeLessThan(300);
});

test("a name in SQL to paste stands in quotes where it needs them", () => {
  const hint = (user: string, message = "words") => {
    const error = server("42501", message, undefined, { user, database: "My Shop" });
    return error instanceof ChurnError ? error.hint : undefined;
  };
  expect(hint("ann")).toBe("GRANT USAGE ON SCHEMA and GRANT SELECT ON the table TO ann, by its owner");
  expect(hint('Ann"; DROP')).toContain('TO "Ann""; DROP", by its owner');
  expect(hint("ann", "permission denied for database My Shop")).toBe(
    'GRANT CONNECT ON DATABASE "My Shop" TO ann, by its owner',
  );
});

test("what isn't the server's stays what it is: the disk's, churn's own, a defect", () => {
  const disk = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  expect(postgresError(disk, ASKED)).toBe(disk);
  const own = new UsageError("said before");
  expect(postgresError(own, ASKED)).toBe(own);
  const defect = new TypeError("x is not a function");
  expect(postgresError(defect, ASKED)).toBe(defect);
  expect(postgresError("text", ASKED)).toBe("text");
  // A code that is no SQLSTATE, or an error without the server's severity.
  expect(postgresError(Object.assign(new Error("x"), { code: "42P01" }), ASKED)).not.toBeInstanceOf(ChurnError);
  const sockets = Object.assign(new Error("connect EMFILE"), { code: "EMFILE", syscall: "connect" });
  expect(exitCode(postgresError(sockets, ASKED))).toBe(5);
});
