import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { postgresSettings } from "../../../src/lib/source/postgres/settings.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { test } from "../../support/folder.ts";

/** What a connection is made with, its password and TLS asked for. */
function settings(url: string, environment: Record<string, string> = {}, root = "/nonexistent") {
  const read = postgresSettings({ url, root, environment: readEnvironment({ HOME: root, ...environment }, root) });
  return { ...read, tls: read.tls(), password: read.password() };
}

test("the address wins over the environment, and the environment over what is usual", () => {
  const environment = { PGHOST: "127.0.0.2", PGPORT: "5433", PGUSER: "bob", PGDATABASE: "crm", USER: "me" };
  expect(settings("postgres://ann@localhost:5434/shop", environment)).toEqual({
    answerSeconds: 3610,
    ...{ host: "localhost", port: 5434, user: "ann", database: "shop", tls: { kind: "none" }, password: undefined },
  });
  expect(settings("postgres://", environment)).toMatchObject({
    ...{ host: "127.0.0.2", port: 5433, user: "bob", database: "crm" },
  });
  expect(settings("postgres:///?host=127.0.0.3&port=5435&user=cid&dbname=x", environment)).toMatchObject({
    ...{ host: "127.0.0.3", port: 5435, user: "cid", database: "x" },
  });
  const usual = existsSync("/var/run/postgresql") ? "/var/run/postgresql" : "localhost";
  const { username } = userInfo();
  // A database without a name is the user's, and an empty variable is none.
  expect(settings("postgres://", { PGHOST: "" })).toMatchObject({
    ...{ host: usual, port: 5432, user: username, database: username },
  });
  expect(settings("postgres://ann@localhost")).toMatchObject({ user: "ann", database: "ann" });
});

test("a socket's folder is a host, and needs no TLS", () => {
  for (const url of ["postgres://ann@%2Frun%2Fpg/shop", "postgres://ann@/shop?host=/run/pg"]) {
    expect(settings(url)).toMatchObject({ host: "/run/pg", tls: { kind: "none" } });
  }
  expect(settings("postgres://ann@/shop", { PGHOST: "/run/pg", PGSSLMODE: "verify-full" })).toMatchObject({
    ...{ host: "/run/pg", tls: { kind: "none" } },
  });
});

test("words for TLS come from the address, then from the environment", async ({ folder }) => {
  const pem = "-----BEGIN CERTIFICATE-----\n";
  await writeFile(join(folder, "ca.pem"), pem);
  const environment = { PGSSLMODE: "require", PGSSLROOTCERT: "ca.pem" };
  const tls = (words: string, env: Record<string, string> = {}) =>
    settings(`postgres://ann@db/shop${words}`, env, folder).tls;
  expect(tls("")).toMatchObject({ kind: "tls", mode: "verify-full", ca: undefined });
  expect(tls("", environment)).toMatchObject({ kind: "tls", mode: "verify-ca", ca: pem });
  expect(tls("?sslmode=verify-full", environment)).toMatchObject({ mode: "verify-full", ca: pem });
  expect(tls("?sslmode=disable", environment)).toEqual({ kind: "none" });
  expect(tls("?sslmode=", environment)).toMatchObject({ mode: "verify-ca" });
  expect(() => tls("", { PGSSLMODE: "prefer" })).toThrow("sslmode=prefer lets a server choose");
});

test("a password comes from the address of the environment, PGPASSWORD, its file, then the pass file", async ({
  folder,
}) => {
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const password = (environment: Record<string, string>) =>
    settings("postgres://ann@localhost/shop", environment, folder).password;
  expect(password({})).toBeUndefined();
  await file(".pgpass", "localhost:5432:shop:ann:from the pass file\n");
  expect(password({})).toBe("from the pass file");
  const PGPASSWORD_FILE = await file("secret", "from the file\n");
  expect(password({ PGPASSWORD_FILE })).toBe("from the file");
  const CHURN_SOURCE_URL = "postgres://ann:from%20the%20address@localhost/shop";
  expect(password({ PGPASSWORD: "from PGPASSWORD" })).toBe("from PGPASSWORD");
  expect(password({ PGPASSWORD: "from PGPASSWORD", CHURN_SOURCE_URL })).toBe("from the address");
});

test("neither a password nor a certificate is looked for before a connection needs it", () => {
  const environment = readEnvironment({ PGPASSFILE: "/nonexistent", PGSSLROOTCERT: "/nonexistent" }, "/nonexistent");
  const read = postgresSettings({ url: "postgres://ann@db/shop", root: "/nonexistent", environment });
  expect(read.password).toThrow("PGPASSFILE names /nonexistent, which is not there");
  expect(read.tls).toThrow("sslrootcert names /nonexistent, which is not there");
});

test("what churn can't follow is refused, where to pass over it would be another server", () => {
  for (const name of ["PGSERVICE", "PGHOSTADDR", "PGTARGETSESSIONATTRS"])
    expect(() => settings("postgres://ann@db/shop", { [name]: "x" })).toThrow(`${name} is set`);
  for (const port of ["5432,5433", "0", "65536", "5432 ", "0x10", "-1"])
    expect(() => settings("postgres://ann@db/shop", { PGPORT: port }), port).toThrow("PGPORT: ");
  expect(settings("postgres://ann@localhost:5432/shop", { PGPORT: "none" }).port).toBe(5432);
  expect(() => settings("postgres://ann@db/shop?target_session_attrs=any")).toThrow("unknown parameter");
});
