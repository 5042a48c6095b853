import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type Login, passwordOfFile } from "../../../src/lib/source/postgres/pass-file.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { test as withFolder } from "../../support/folder.ts";

const LOGIN: Login = { host: "db", port: 5432, database: "shop", user: "ann" };

/** The password that ~/.pgpass has for somebody. */
const test = withFolder.extend<{ of: (text: string, login?: Partial<Login>) => Promise<string | undefined> }>({
  of: async ({ folder }, use) =>
    use(async (text, login = {}) => {
      await writeFile(join(folder, ".pgpass"), text, { mode: 0o600 });
      return passwordOfFile(readEnvironment({ HOME: folder }, folder), { ...LOGIN, ...login });
    }),
});

test("the first line that fits counts", async ({ of }) => {
  const text = [
    "# db:5432:shop:ann:comment",
    "",
    "no line at all",
    "db:5432:shop:ann",
    "other:5432:shop:ann:1",
    "db:5433:shop:ann:2",
    "db:5432:crm:ann:3",
    "db:5432:shop:bob:4",
    "db:5432:shop:ann:5",
    "*:*:*:*:6",
    "",
  ].join("\n");
  expect(await of(text)).toBe("5");
  expect(await of(text.replaceAll("\n", "\r\n"))).toBe("5");
  expect(await of(text, { user: "bob" })).toBe("4");
  expect(await of(text, { port: 5433, database: "x" })).toBe("6");
  expect(await of("db:5432:shop:bob:x\n")).toBeUndefined();
  expect(await of("")).toBeUndefined();
});

test("a star fits all where it stands alone, in each place", async ({ of }) => {
  for (const line of ["*:5432:shop:ann", "db:*:shop:ann", "db:5432:*:ann", "db:5432:shop:*", "*:*:*:*"])
    expect(await of(`${line}:p`), line).toBe("p");
  for (const line of ["d*:5432:shop:ann", "db:54*:shop:ann", "\\*:5432:shop:ann"])
    expect(await of(`${line}:p`), line).toBeUndefined();
});

test("a backslash takes a colon and a backslash as they are", async ({ of }) => {
  expect(await of("\\:\\:1:5432:a\\\\b:ann:p\\:w\\\\x\\y", { host: "::1", database: "a\\b" })).toBe("p:w\\xy");
  expect(await of("db:5432:shop:ann: p@ss#w/o?rd ")).toBe(" p@ss#w/o?rd ");
  expect(await of("db:5432:shop:ann:é😀*")).toBe("é😀*");
  expect(await of("db:5432:shop:ann:ends\\")).toBe("ends\\");
  // As libpq reads it: a bare colon ends a password.
  expect(await of("db:5432:shop:ann:a:b")).toBe("a");
});

test("a socket is called localhost, or by its folder", async ({ of }) => {
  const login = { host: "/run/pg" };
  expect(await of("localhost:5432:shop:ann:p", login)).toBe("p");
  expect(await of("/run/pg:5432:shop:ann:p", login)).toBe("p");
  expect(await of("/run/other:5432:shop:ann:p", login)).toBeUndefined();
  expect(await of("localhost:5432:shop:ann:p", { host: "127.0.0.1" })).toBeUndefined();
});

test("PGPASSFILE names another file, which has to be there", async ({ folder, of }) => {
  expect(await of("*:*:*:*:home")).toBe("home");
  const PGPASSFILE = join(folder, "pass");
  const read = () => passwordOfFile(readEnvironment({ HOME: folder, PGPASSFILE }, folder), LOGIN);
  expect(read).toThrow(`PGPASSFILE names ${PGPASSFILE}, which is not there`);
  await writeFile(PGPASSFILE, "*:*:*:*:named", { mode: 0o600 });
  expect(read()).toBe("named");
  await writeFile(PGPASSFILE, "x:*:*:*:named");
  expect(read()).toBeUndefined();
});

test("no file at all, and no home, is no password", ({ folder }) => {
  expect(passwordOfFile(readEnvironment({ HOME: folder }, folder), LOGIN)).toBeUndefined();
});

test("a file that others may read is refused, and so is what is none", async ({ folder, of }) => {
  await of("*:*:*:*:s3cret");
  const path = join(folder, ".pgpass");
  const read = () => passwordOfFile(readEnvironment({ HOME: folder }, folder), LOGIN);
  for (const mode of [0o644, 0o640, 0o604, 0o620]) {
    await chmod(path, mode);
    expect(read, mode.toString(8)).toThrow(`${path} holds secrets and is open to others (mode ${mode.toString(8)})`);
  }
  await chmod(path, 0o400);
  expect(read()).toBe("s3cret");
  const PGPASSFILE = join(folder, "folder");
  await mkdir(PGPASSFILE);
  expect(() => passwordOfFile(readEnvironment({ PGPASSFILE }, folder), LOGIN)).toThrow("is not a file");
});
