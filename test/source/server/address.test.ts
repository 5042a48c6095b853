import fc from "fast-check";
import { expect, test } from "vitest";
import {
  parseServerAddress,
  serverDescription,
  serverPlace,
  withoutPassword,
} from "../../../src/lib/source/server/address.ts";

const KNOWN = ["sslmode", "sslrootcert", "application_name"];
const parsed = (url: string) => {
  const { parameters, ...fields } = parseServerAddress(url, KNOWN);
  return { ...fields, parameters: Object.fromEntries(parameters) };
};
const NOTHING = { user: undefined, password: undefined, host: undefined, port: undefined, database: undefined };

test.each<[url: string, parts: object]>([
  ["postgres://", {}],
  ["postgres:///shop", { database: "shop" }],
  ["postgresql://db", { host: "db" }],
  ["postgres://db:5433", { host: "db", port: 5433 }],
  ["postgres://ann@/shop", { user: "ann", database: "shop" }],
  ["postgres://ann@db:/shop", { user: "ann", host: "db", database: "shop" }],
  ["mysql://ann@[::1]:3307/shop", { user: "ann", host: "::1", port: 3307, database: "shop" }],
  ["postgres://[fe80::1%25eth0]/shop", { host: "fe80::1%eth0", database: "shop" }],
  ["postgres://a%40b@db/a%2Fb%20c", { user: "a@b", host: "db", database: "a/b c" }],
  // The folder of a socket, as libpq takes it.
  ["postgres://ann@%2Frun%2Fpg:5433/shop", { user: "ann", host: "/run/pg", port: 5433, database: "shop" }],
  ["postgres:///shop?host=/run/pg&port=6&user=a%26b", { host: "/run/pg", port: 6, user: "a&b", database: "shop" }],
  ["postgres://db/shop?dbname=crm", { host: "db", database: "crm" }],
])("%s", (url, parts) => {
  expect(parsed(url)).toMatchObject({ ...NOTHING, ...parts });
});

test("parameters are those that mean something, and the last of a name counts", () => {
  expect(parsed("postgres://db/shop?sslmode=require&&sslrootcert=a%3Db=c&sslmode=verify-ca&application_name=").parameters)
    // biome-ignore format: one line
    .toEqual({ sslmode: "verify-ca", sslrootcert: "a=b=c", application_name: "" });
  expect(() => parsed("postgres://db/shop?constructor=1")).toThrow('unknown parameter "constructor"');
  expect(() => parsed("postgres://db/shop?connection=a@b:c")).toThrow("unknown parameter");
});

/** All ASCII that can be typed, and some that is not ASCII. */
const words = fc.string({
  unit: fc.constantFrom(...("abcXYZ09 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~é😀".match(/./gu) ?? [])),
});
const hosts = fc.constantFrom("db", "db.example.com", "10.0.0.1", "[::1]", "[2001:db8::7]");

test("what an address is put together from is what is taken from it", () => {
  fc.assert(
    fc.property(
      fc.record({
        user: words.filter((word) => word !== ""),
        password: fc.option(words, { nil: undefined }),
        host: hosts,
        port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        database: words.filter((word) => word !== ""),
        application_name: words,
      }),
      ({ user, password, host, port, database, application_name }) => {
        const end = `${host}${port === undefined ? "" : `:${port}`}/${encodeURIComponent(database)}?application_name=${encodeURIComponent(application_name)}`;
        const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
        const url = `postgres://${encodeURIComponent(user)}${secret}@${end}`;
        expect(parsed(url)).toEqual({
          ...{ user, password, host: host.replace(/[[\]]/g, ""), port, database, parameters: { application_name } },
        });
        expect(withoutPassword(url)).toBe(`postgres://${encodeURIComponent(user)}@${end}`);
      },
    ),
  );
});

test("a password is understood as it was typed, whatever sign is in it", () => {
  const signs = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
  for (const sign of signs) {
    const password = `p${sign}${sign}w`;
    const url = `postgres://ann:${password}@db:5433/shop?sslmode=require`;
    expect(parsed(url), password).toMatchObject({ user: "ann", password, host: "db", port: 5433, database: "shop" });
    expect(withoutPassword(url), password).toBe("postgres://ann@db:5433/shop?sslmode=require");
  }
  expect(parsed("postgres://ann:p@ss:w#d@db/shop")).toMatchObject({ password: "p@ss:w#d", host: "db" });
  expect(parsed("postgres://ann:a/b@c@db/shop")).toMatchObject({ password: "a/b@c", host: "db" });
  expect(parsed("postgres://ann:a?b@db/shop")).toMatchObject({ password: "a?b", host: "db" });
  expect(parsed("postgres://ann:a/b@db/shop?application_name=x@y")).toMatchObject({ password: "a/b", host: "db" });
  expect(parsed("postgres://ann:100%@db/shop").password).toBe("100%");
  expect(parsed("postgres://ann:%41%2f@db/shop").password).toBe("A/");
  expect(parsed("postgres://ann:@db/shop").password).toBe("");
});

test("an @ elsewhere begins no password", () => {
  expect(parsed("postgres://db:5432/shop?user=ann@corp")).toMatchObject({ user: "ann@corp", password: undefined });
  expect(parsed("postgres://db/a@b")).toMatchObject({ host: "db", database: "a@b", password: undefined });
  expect(withoutPassword("postgres://db:5432/shop?user=ann@corp")).toBe("postgres://db:5432/shop?user=ann@corp");
});

test("what is wrong is told, and no password with it", () => {
  const says = (url: string) => {
    try {
      return JSON.stringify(parsed(url));
    } catch (error) {
      return error instanceof Error ? `${error.message}` : "";
    }
  };
  for (const url of [
    "postgres://ann:s3cret",
    "postgres://ann:s3cret/x",
    // Where its @ ends nobody can say.
    "postgres://ann:p@ss3cret/x@db/shop",
    "postgres://ann:p@h/o?s3cret@db/shop",
    "postgres://ann:p@s3cret:w/o@db/shop",
    "postgres://ann:s3cret@db:port/shop",
    "postgres://ann:s3cret@db:99999/shop",
    "postgres://ann:s3cret@a,b/shop",
    "postgres://ann:s3cret@db/%",
    "postgres://ann:s3cret@db/%00",
    "postgres://ann:s3cret@db/shop?password=s3cret",
    "postgres://ann:s3cret@db/shop?host=a,b",
    "postgres://ann:s3cret@db/shop?port=0",
    "postgres://ann:s3cret@db/shop?sslpassword=s3cret",
  ]) {
    expect(says(url), url).toMatch(/^source\.url/);
    expect(says(url), url).not.toContain("s3cret");
  }
});

test("a server is described without its user, and without what is usual", () => {
  const of = (host: string, port: number, database = "shop") => serverDescription("postgres", { host, port, database });
  expect(of("db", 5432)).toBe("postgres://db/shop");
  expect(of("db", 3306)).toBe("postgres://db:3306/shop");
  expect(of("::1", 5433)).toBe("postgres://[::1]:5433/shop");
  expect(of("/run/pg", 5433)).toBe("postgres:///run/pg/shop");
  expect(serverDescription("mysql", { host: "db", port: 3306, database: "shop" })).toBe("mysql://db/shop");
});

test("a server's place is where it listens", () => {
  expect(serverPlace({ host: "db", port: 5432 })).toBe("db:5432");
  expect(serverPlace({ host: "::1", port: 3307 })).toBe("[::1]:3307");
  expect(serverPlace({ host: "/run/mysqld/mysqld.sock", port: 3306 })).toBe("/run/mysqld/mysqld.sock");
});
