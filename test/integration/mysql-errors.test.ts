import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { mysqlServer } from "../../src/lib/source/mysql/mysql.ts";
import { serverSource } from "../../src/lib/source/server/source.ts";
import { makeCertificates } from "../support/certificates.ts";
import { test } from "../support/folder.ts";
import { type Mariadb, startMariadb } from "./support/mariadb.ts";
import { DATE, leftFiles, read, said, startShop, until } from "./support/mysql-shop.ts";

let shop: Awaited<ReturnType<typeof startShop>>;
let server: Mariadb;
beforeAll(async () => {
  shop = await startShop();
  ({ server } = shop);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const lostAt = (port: number) =>
  new RegExp(`^the connection to 127\\.0\\.0\\.1:${port} was lost .*: nothing was kept$`);

/** More rows than can be read within a test; each with a text, so that the network is busy. */
const ENDLESS = "SELECT seq AS id, REPEAT('x', 100) AS t FROM seq_1_to_2000000000";

describe("what goes wrong", () => {
  test("a query that writes, or is none, is refused, and nothing is written", async () => {
    await server.run(
      `GRANT ALL ON shop.* TO writer IDENTIFIED BY '';
      CREATE FUNCTION shop.writes() RETURNS INT BEGIN INSERT INTO shop.written VALUES (1); RETURN 1; END`.replace(
        /BEGIN (.*?); (.*?); END/,
        "DETERMINISTIC MODIFIES SQL DATA RETURN 1",
      ),
    );
    const url = server.url("writer");
    const cases: [query: string, says: string | RegExp][] = [
      ["INSERT INTO written VALUES (1)", "source.query is a statement of the kind INSERT"],
      ["/* x */ delete from written", "source.query is a statement of the kind DELETE"],
      ["  -- nothing\n ", "source.query is empty"],
      ["SELECT id FROM written FOR UPDATE", "source.query writes, and only reading is allowed"],
      [
        "SELECT 1 AS id; DELETE FROM written",
        /^source\.query of .*: a mistake of grammar near '; DELETE FROM written' at line 1$/,
      ],
      ["SELECT 1 AS a, 2 AS a", /: Duplicate column name 'a'$/],
      [
        "SELECT 1 AS a INTO OUTFILE '/tmp/churn-outfile'",
        /a mistake of grammar near 'INTO OUTFILE '\/tmp\/churn-outfile'' at line 1$/,
      ],
      [
        "SELECT 1) AS x; COMMIT; INSERT INTO written VALUES (1); SELECT * FROM (SELECT 1",
        /a mistake of grammar near 'COMMIT; INSERT/,
      ],
      ["SELECT id FROM written WHERE d = '{date}'", "source.query: {date} stands in quotes"],
      ["SELECT nope FROM written", /: Unknown column 'nope' in 'SELECT'$/],
      ["SELECT id FROM nope", /: Table 'shop.nope' doesn't exist$/],
    ];
    for (const [query, says] of cases) {
      expect(await said(() => read(shop.sourceOf({ url, query })))).toMatchObject({
        code: 2,
        says: typeof says === "string" ? says : expect.stringMatching(says),
      });
    }
    expect(await server.run("SELECT COUNT(*) FROM shop.written")).toBe("0");
  });

  test("a table is found by its name, or what was meant is said", async () => {
    await server.run(`CREATE DATABASE other; CREATE TABLE other.customers (id INT); INSERT INTO other.customers VALUES (7);
      CREATE TABLE shop.\`a.b\` (id INT); INSERT INTO shop.\`a.b\` VALUES (8);
      CREATE VIEW shop.seen AS SELECT id + 1 AS id FROM shop.\`a.b\`; GRANT SELECT ON other.* TO churn`);
    expect((await read(shop.sourceOf({ table: "other.customers" }))).rows).toEqual([{ id: "7" }]);
    expect((await read(shop.sourceOf({ table: "`other`.`customers`" }))).rows).toEqual([{ id: "7" }]);
    expect((await read(shop.sourceOf({ table: "`a.b`" }))).rows).toEqual([{ id: "8" }]);
    expect((await read(shop.sourceOf({ table: "seen" }))).rows).toEqual([{ id: "9" }]);
    const place = `mysql://127.0.0.1:${server.port}/shop`;
    for (const [table, asked, meant] of [
      ["Customers", "Customers", "did you mean customers?"],
      ["custmers", "custmers", "did you mean customers?"],
      ["other.custmers", "other.custmers", "did you mean other.customers?"],
      ["othr.customers", "othr.customers", "did you mean other.customers?"],
    ]) {
      expect(await said(() => read(shop.sourceOf({ table })))).toEqual({
        code: 2,
        says: `${place} has no table ${asked}, or none that this user may see`,
        next: `source.table: ${meant}`,
      });
    }
    await server.run(
      "CREATE TABLE other.dropped (id INT); CREATE VIEW shop.broken AS SELECT * FROM other.dropped; DROP TABLE other.dropped",
    );
    expect(await said(() => read(shop.sourceOf({ table: "broken" })))).toMatchObject({
      code: 2,
      says: expect.stringMatching(/^table broken of .*: View 'shop.broken' references invalid/),
    });
  });

  test("who may not log in, or not read, is told so, and passwords are shown to nobody", async () => {
    const password = " p@:/?#[]%\"'\\`$&é😀%41~";
    await server.run(`CREATE USER odd IDENTIFIED BY '${password.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}';
      GRANT SELECT ON shop.customers TO odd; CREATE USER stranger; CREATE USER crowded WITH MAX_USER_CONNECTIONS 1; GRANT SELECT ON shop.* TO crowded;
      CREATE USER old PASSWORD EXPIRE; GRANT SELECT ON shop.* TO old`);
    const url = server.url("odd");
    const place = `mysql://127.0.0.1:${server.port}/shop`;
    expect((await read(shop.sourceOf({ url, table: "customers" }, { MYSQL_PWD: password }))).rows).toEqual([]);
    const inAddress = `mysql://odd:${encodeURIComponent(password)}@127.0.0.1:${server.port}/shop`;
    expect((await read(shop.sourceOf({ url, table: "customers" }, { CHURN_SOURCE_URL: inAddress }))).rows).toEqual([]);
    const bySocket = `mysql://odd@localhost/shop?socket=${encodeURIComponent(server.socket)}`;
    expect((await read(shop.sourceOf({ url: bySocket, table: "customers" }, { MYSQL_PWD: password }))).rows).toEqual(
      [],
    );
    const hint = "MYSQL_PWD in the environment or in the workspace's .env (mode 0600)";
    expect(await said(() => read(shop.sourceOf({ url, table: "customers" }, { MYSQL_PWD: `${password}x` })))).toEqual({
      ...{ code: 2, says: `${place} refuses odd: the password is wrong, or there is no such user`, next: hint },
    });
    expect(await said(() => read(shop.sourceOf({ url, table: "customers" })))).toEqual({
      ...{ code: 2, says: `${place} refuses odd without a password`, next: hint },
    });
    expect(await said(() => read(shop.sourceOf({ url: server.url("nobody"), table: "customers" })))).toMatchObject({
      code: 2,
    });
    expect(await said(() => read(shop.sourceOf({ url: server.url("stranger"), table: "customers" })))).toEqual({
      code: 2,
      says: `stranger may not use the database shop of ${place}, or there is none`,
      next: "GRANT SELECT ON shop.* TO stranger",
    });
    expect(await said(() => read(shop.sourceOf({ url, table: "secret" }, { MYSQL_PWD: password })))).toMatchObject({
      code: 2,
    });
    expect(
      await said(() => read(shop.sourceOf({ url, query: "SELECT id FROM written" }, { MYSQL_PWD: password }))),
    ).toMatchObject({
      code: 2,
      says: expect.stringMatching(/^source\.query of .*: odd may not do that: SELECT command denied/),
    });
    expect(await said(() => read(shop.sourceOf({ url: server.url("old"), table: "customers" })))).toMatchObject({
      code: 2,
      says: expect.stringMatching(/^mysql:.* refuses old: .*(?:expired|SET PASSWORD|password)/),
    });
    const nowhere = server.url("root").replace(/shop$/, "nowhere");
    expect(await said(() => read(shop.sourceOf({ url: nowhere, table: "customers" })))).toMatchObject({
      code: 2,
      says: `mysql://127.0.0.1:${server.port}/nowhere: there is no database nowhere`,
    });
    await using db = await openDatabase();
    await using _ = await shop.sourceOf({ url: server.url("crowded"), table: "customers" }).open(db, {
      date: DATE,
      text: [],
    });
    expect(await said(() => read(shop.sourceOf({ url: server.url("crowded"), table: "customers" })))).toMatchObject({
      ...{ code: 5, says: `${place} has no free connection for crowded` },
    });
  });

  test("a server that isn't there, or is none, is told so", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    silent.close();
    await once(silent, "close");
    expect(
      await said(() => read(shop.sourceOf({ url: `mysql://u@127.0.0.1:${port}/shop`, table: "t" }))),
    ).toMatchObject({
      ...{ code: 5, says: `nothing listens at 127.0.0.1:${port}: is MySQL or MariaDB up?` },
    });
    expect(
      await said(() => read(shop.sourceOf({ url: "mysql://u@/shop?socket=/nowhere/s", table: "t" }))),
    ).toMatchObject({
      ...{ code: 5, says: "nothing listens at /nowhere/s: is MySQL or MariaDB up?" },
    });
    expect(
      await said(() => read(shop.sourceOf({ url: "mysql://u@no-such-host.invalid/shop?sslmode=disable", table: "t" }))),
    ).toMatchObject({
      says: expect.stringMatching(/^(?:no host has|the) .*name in no-such-host\.invalid:3306/),
    });
    const mute = createServer(() => {}).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const there = mute.address();
    const asked = `127.0.0.1:${typeof there === "object" ? there?.port : ""}`;
    expect(await said(() => read(shop.sourceOf({ url: `mysql://u@${asked}/shop`, table: "t" })))).toMatchObject({
      ...{ code: 5, says: `${asked} did not answer within 15 s` },
    });
    mute.close();
  });

  test("a connection that is killed while rows come ends at once: no table, no file", async () => {
    const lost = `the connection to 127.0.0.1:${server.port} was lost while source.query was read: nothing was kept`;
    for (const [how, says] of [
      ["KILL", lost],
      ["KILL QUERY", `somebody ended the query of source.query on mysql://127.0.0.1:${server.port}/shop`],
    ] as const) {
      await using db = await openDatabase();
      await using session = await shop.sourceOf({ query: ENDLESS }).open(db, { date: DATE, text: [] });
      const loading = said(() => session.load("memory.main.loaded", { columns: ["id", "t"], day: undefined }));
      const [id] = await until(10, async () => (await shop.running())[0]);
      await sleep(500);
      expect(await leftFiles()).toHaveLength(1);
      const start = performance.now();
      await server.run(`${how} ${id}`);
      expect(await loading).toMatchObject({ code: 5, says });
      expect(performance.now() - start).toBeLessThan(2000);
      expect(await leftFiles()).toEqual([]);
      await expect(db.run("FROM memory.main.loaded")).rejects.toThrow("does not exist");
      expect(await shop.running()).toEqual([]);
    }
  });

  test("an end of the network, exactly behind a row, is taken for no end of the rows", async () => {
    const query = "SELECT seq AS id FROM seq_1_to_100";
    for (const packets of [30, 31, 60, 100, 115]) {
      await using proxy = await cuttingProxy(server.port, packets);
      const url = `mysql://churn@127.0.0.1:${proxy.port}/shop`;
      expect(await said(() => read(shop.sourceOf({ url, query })))).toMatchObject({
        ...{ code: 5, says: expect.stringMatching(lostAt(proxy.port)) },
      });
      expect(await leftFiles()).toEqual([]);
    }
    await using proxy = await cuttingProxy(server.port, 1_000_000);
    expect((await read(shop.sourceOf({ url: `mysql://churn@127.0.0.1:${proxy.port}/shop`, query }))).rows).toHaveLength(
      100,
    );
  });

  test("what fails in passing is read anew, whole", async () => {
    let times = 0;
    await using proxy = await cuttingProxy(server.port, () => (times++ === 0 ? 60 : 1_000_000));
    const url = `mysql://churn@127.0.0.1:${proxy.port}/shop`;
    const source = serverSource(
      mysqlServer(shop.settingsOf({ url, query: "SELECT seq AS id FROM seq_1_to_100" })),
      [0],
    );
    expect((await read(source)).rows).toHaveLength(100);
    expect(times).toBeGreaterThan(1);
  });

  test("a query has source.timeout on the server, and no longer", async () => {
    const start = performance.now();
    expect(await said(() => read(shop.sourceOf({ query: "SELECT SLEEP(30) AS id", timeout: "1s" })))).toEqual({
      code: 5,
      says: `source.query took mysql://127.0.0.1:${server.port}/shop longer than 1 s`,
      next: "source.timeout in churn.yaml, or an index on the column of dataset.date",
    });
    expect(performance.now() - start).toBeLessThan(8000);
    expect(await shop.running()).toEqual([]);
  });
});

describe("kills", () => {
  const SLOW = "SELECT a.seq AS id, COUNT(*) AS n FROM seq_1_to_100000 a, seq_1_to_100000 b GROUP BY a.seq";

  test("a killed program leaves no query behind", async ({ folder }) => {
    await writeFile(
      join(folder, "churn.yaml"),
      JSON.stringify({
        dataset: { id: "id", target: { column: "n" }, date: null },
        source: { url: server.url("churn"), query: SLOW },
      }),
    );
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const stage = spawn(process.execPath, [resolve("bin/churn"), "-C", folder, "extract"], { stdio: "pipe" });
      let text = "";
      stage.stderr.on("data", (chunk) => {
        text += String(chunk);
      });
      await until(20, async () => {
        if (stage.exitCode !== null) throw new Error(text);
        return (await shop.running()).some(([, info]) => info?.includes("GROUP BY"));
      });
      stage.kill(signal);
      await once(stage, "exit");
      const start = performance.now();
      await until(10, async () => (await shop.running()).length === 0);
      expect(performance.now() - start).toBeLessThan(10_000);
    }
    // Nor is the guard there any longer.
    await until(10, async () => (await guards()).length === 0);
  });

  test("the guard goes with the rows, and shows nobody whom it is for", async () => {
    const password = "kept-to-itself";
    await server.run(`CREATE USER quiet IDENTIFIED BY '${password}'; GRANT SELECT ON shop.* TO quiet`);
    await using db = await openDatabase();
    {
      const source = shop.sourceOf(
        { url: server.url("quiet"), query: "SELECT seq AS id FROM seq_1_to_10" },
        { MYSQL_PWD: password },
      );
      await using session = await source.open(db, { date: DATE, text: [] });
      expect(await guards()).toEqual([]);
      await session.load("memory.main.loaded", { columns: ["id"], day: undefined });
      const shown = await guards();
      expect(shown).toHaveLength(1);
      for (const secret of [password, "quiet"]) expect(shown.join()).not.toContain(secret);
    }
    await until(5, async () => (await guards()).length === 0);
  });

  test("a server that dies or is stopped while rows come", async () => {
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      await using db = await openDatabase();
      await using session = await shop.sourceOf({ query: ENDLESS }).open(db, { date: DATE, text: [] });
      const loading = said(() => session.load("memory.main.loaded", { columns: ["id", "t"], day: undefined }));
      await until(10, async () => (await shop.running())[0]);
      await sleep(300);
      server.signal(signal);
      expect(await loading).toMatchObject({
        ...{ code: 5, says: expect.stringMatching(lostAt(server.port)) },
      });
      expect(await leftFiles()).toEqual([]);
      await server.restart();
    }
  });
});

describe("TLS", () => {
  test("sslmode keeps what it says", async ({ folder }) => {
    await chmod(folder, 0o755);
    const known = await makeCertificates(join(folder, "known"));
    const other = await makeCertificates(join(folder, "other"), "DNS:elsewhere.example");
    const stale = await expiredCertificate(join(folder, "known"));
    const encrypted =
      "SELECT VARIABLE_VALUE <> '' AS tls FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'";
    const asked = async (tls: Mariadb, words: string, host = "localhost") => {
      const source = shop.sourceOf({ url: `mysql://churn@${host}:${tls.port}/shop?${words}`, query: encrypted });
      return (await read(source)).rows[0]?.tls;
    };
    for (const { key } of [known, other]) await chmod(key, 0o644);
    const begun = (certificate: string, key: string) =>
      startMariadb([`--ssl-cert=${certificate}`, `--ssl-key=${key}`, "--skip-name-resolve"]);
    {
      await using tls = await begun(known.certificate, known.key);
      expect(await asked(tls, "")).toBe("0");
      expect(await asked(tls, "sslmode=disable")).toBe("0");
      expect(await asked(tls, "sslmode=require")).toBe("1");
      expect(await asked(tls, "ssl-mode=REQUIRED", "127.0.0.1")).toBe("1");
      expect(await asked(tls, `sslmode=verify-full&sslrootcert=${known.ca}`)).toBe("1");
      expect(await asked(tls, `ssl-mode=VERIFY_CA&ssl-ca=${known.ca}`, "127.0.0.1")).toBe("1");
      const unsigned = {
        ...{
          code: 2,
          says: `the certificate of localhost:${tls.port} is signed by no authority known here`,
        },
        next: "add ?sslrootcert=FILE.pem to source.url, which names the authority's; sslmode=require looks at no certificate",
      };
      for (const words of ["sslmode=verify-full", "sslmode=verify-ca", `sslmode=verify-full&sslrootcert=${other.ca}`]) {
        expect(await said(() => asked(tls, words))).toEqual(unsigned);
      }
      expect(await said(() => asked(tls, `sslmode=verify-full&sslrootcert=${known.ca}`, "127.0.0.1"))).toMatchObject({
        code: 2,
        says: "sslmode=verify-full can't be kept: 127.0.0.1 is an IP address, and MySQL's driver checks names alone",
      });
    }
    {
      await using tls = await begun(other.certificate, other.key);
      expect(await said(() => asked(tls, `sslmode=verify-full&sslrootcert=${other.ca}`))).toMatchObject({
        code: 2,
        says: `the certificate of localhost:${tls.port} is for another host: elsewhere.example`,
      });
      expect(await asked(tls, `sslmode=verify-ca&sslrootcert=${other.ca}`)).toBe("1");
    }
    {
      await using tls = await begun(stale.certificate, stale.key);
      expect(await said(() => asked(tls, `sslmode=verify-full&sslrootcert=${known.ca}`))).toMatchObject({
        ...{ code: 5, says: `the certificate of localhost:${tls.port} has expired` },
      });
    }
    const plain = `mysql://churn@localhost:${server.port}/shop?sslmode=require`;
    expect(await said(() => read(shop.sourceOf({ url: plain, table: "t" })))).toEqual({
      code: 2,
      says: `MySQL or MariaDB at localhost:${server.port} speaks no TLS`,
      next: "add ?sslmode=disable to source.url where the way is safe otherwise",
    });
  });
});

/** The words and the variables of the processes that guard a query. */
async function guards() {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!words.includes("kill-query.cjs")) continue;
    found.push(words + (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")));
  }
  return found;
}

/** A proxy that ends behind so many packets of the server's, as a network does. */
async function cuttingProxy(port: number, packets: number | (() => number)) {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connectSocket(port, "127.0.0.1");
    let left = typeof packets === "number" ? packets : packets();
    let behind = Buffer.alloc(0);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => client.destroy());
      socket.on("close", () => upstream.destroy());
    }
    client.pipe(upstream);
    upstream.on("data", (chunk) => {
      behind = Buffer.concat([behind, chunk]);
      while (behind.length >= 4 && behind.length >= 4 + behind.readUIntLE(0, 3) && left > 0) {
        const length = 4 + behind.readUIntLE(0, 3);
        client.write(behind.subarray(0, length));
        behind = behind.subarray(length);
        left -= 1;
      }
      if (left === 0) client.end();
    });
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, "close");
    },
  };
}

/** A certificate of the same authority for localhost that was good for a day, long ago. */
async function expiredCertificate(folder: string) {
  const key = join(folder, "stale.key");
  const certificate = join(folder, "stale.pem");
  const words = (text: string) => execa("openssl", text.split(" "), { cwd: folder });
  await words(
    `req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${key} -out stale.csr -subj /CN=localhost`,
  );
  await writeFile(join(folder, "stale.cnf"), STALE);
  await writeFile(join(folder, "index.txt"), "");
  await writeFile(join(folder, "serial"), "1000\n");
  await words(
    `ca -batch -config stale.cnf -startdate 20200101000000Z -enddate 20200102000000Z -in stale.csr -out ${certificate} -extensions names -notext`,
  );
  await chmod(key, 0o644);
  return { certificate, key };
}

const STALE = `[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost
`;
