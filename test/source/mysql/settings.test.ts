import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { driverOptions } from "../../../src/lib/source/mysql/connection.ts";
import { mysqlPlace, mysqlSettings } from "../../../src/lib/source/mysql/settings.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { test } from "../../support/folder.ts";

function settings(url: string, environment: Record<string, string> = {}, root = "/nowhere") {
  return mysqlSettings({ url, root, environment: readEnvironment(environment, root) });
}

test("the address wins over the environment, and the environment over what is usual", () => {
  expect(settings("mysql://ann@localhost:3307/shop")).toEqual({
    answerSeconds: 3610,
    ...{ user: "ann", password: undefined, host: "localhost", port: 3307, database: "shop", tls: { kind: "none" } },
  });
  const environment = { USER: "me", MYSQL_HOST: "127.0.0.2", MYSQL_TCP_PORT: "3308", MYSQL_PWD: "s3cret!" };
  expect(settings("mysql:///shop", environment)).toMatchObject({
    ...{ user: "me", password: "s3cret!", host: "127.0.0.2", port: 3308 },
  });
  expect(settings("mariadb://ann@[::1]:9/a%20b", environment)).toMatchObject({
    ...{ user: "ann", host: "::1", port: 9, database: "a b" },
  });
  expect(settings("mysql:///shop", { USER: "me" })).toMatchObject({ host: "localhost", port: 3306 });
  const whole = { ...environment, CHURN_SOURCE_URL: "mysql://ann:from%20the%20address@localhost/shop" };
  expect(settings("mysql://ann@localhost/shop", whole).password).toBe("from the address");
});

test("a socket is a host, and needs no TLS", () => {
  const { host, tls } = settings("mysql://ann@db/shop?socket=/run/mysqld/mysqld.sock");
  expect({ host, tls }).toEqual({ host: "/run/mysqld/mysqld.sock", tls: { kind: "none" } });
  const options = driverOptions(settings("mysql://ann@db/shop?socket=/run/s"));
  expect(options).toMatchObject({ socketPath: "/run/s", user: "ann", database: "shop" });
  expect(options).not.toHaveProperty("host");
});

test("words for TLS, libpq's and MySQL's, become plain fields of the driver", async ({ folder }) => {
  const pem = "-----BEGIN CERTIFICATE-----\n";
  for (const name of ["ca", "cert", "key"]) await writeFile(join(folder, name), `${pem}${name}`);
  const ssl = (words: string) => driverOptions(settings(`mysql://ann@db/shop${words}`, {}, folder)).ssl;
  expect(ssl("")).toEqual({ rejectUnauthorized: true, verifyIdentity: true });
  expect(ssl("?sslmode=require")).toEqual({ rejectUnauthorized: false, verifyIdentity: false });
  expect(ssl("?ssl-mode=VERIFY_CA&ssl-ca=ca")).toEqual({
    ...{ rejectUnauthorized: true, verifyIdentity: false, ca: `${pem}ca` },
  });
  expect(ssl("?sslmode=require&sslrootcert=ca")).toEqual(ssl("?ssl-mode=VERIFY_CA&ssl-ca=ca"));
  expect(ssl("?ssl-mode=VERIFY_IDENTITY&sslrootcert=ca&ssl-cert=cert&sslkey=key")).toEqual({
    ...{ rejectUnauthorized: true, verifyIdentity: true, ca: `${pem}ca`, cert: `${pem}cert`, key: `${pem}key` },
  });
  expect(ssl("?sslmode=disable")).toBeUndefined();
});

test("an IP address isn't checked by the driver, so verify-full is refused for it", () => {
  for (const url of ["mysql://a@10.0.0.1/s", "mysql://a@[fd00::1]/s", "mysql://a@127.0.0.1/s?sslmode=verify-full"]) {
    expect(() => settings(url)).toThrow("MySQL's driver checks names alone");
  }
  expect(settings("mysql://a@10.0.0.1/s?sslmode=verify-ca").tls).toMatchObject({ mode: "verify-ca" });
});

test("the driver is asked for nothing that it would do by itself: no local files, one statement at a time", () => {
  expect(driverOptions(settings("mysql://ann@localhost/shop", { MYSQL_PWD: "p" }))).toEqual({
    ...{ user: "ann", password: "p", host: "localhost", port: 3306, database: "shop", charset: "utf8mb4" },
    ...{ connectTimeout: 15_000, keepAliveInitialDelay: 30_000, multipleStatements: false },
    flags: ["-LOCAL_FILES", "-IGNORE_SPACE", "-FOUND_ROWS"],
  });
});

test("to know the place, neither a user nor a password nor a file is needed", () => {
  const url = "mysql://db.example:3307/shop?sslrootcert=/nowhere/ca.pem";
  const environment = readEnvironment({ MYSQL_PWD_FILE: "/nowhere/password" }, "/nowhere");
  expect(mysqlPlace({ url, environment })).toEqual({ host: "db.example", port: 3307, database: "shop" });
});
