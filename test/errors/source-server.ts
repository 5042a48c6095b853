import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { UnreachableError } from "../../src/lib/errors.ts";
import { parseServerAddress } from "../../src/lib/source/server/address.ts";
import { networkError } from "../../src/lib/source/server/network-error.ts";
import { type Server, type ServerTransaction, serverSource } from "../../src/lib/source/server/source.ts";
import { loadStaged, type StagedRows } from "../../src/lib/source/server/staged.ts";
import { noTable } from "../../src/lib/source/server/table-name.ts";
import { type TlsWords, tlsSettings } from "../../src/lib/source/server/tls.ts";
import type { Row } from "./row.ts";

const ADDRESS = "source.url in churn.yaml: postgres://USER@HOST:PORT/DATABASE or mysql://USER@HOST:PORT/DATABASE";
const PLACE = "source.url in churn.yaml names host and port";

const address = (url: string) => () => parseServerAddress(url, ["sslmode"]);

/** Words for TLS to a host elsewhere; files lie in the folder. */
function tls(words: Partial<TlsWords>) {
  return (root: string) =>
    tlsSettings({ mode: undefined, rootcert: undefined, cert: undefined, key: undefined, ...words }, "db", {
      root,
      home: root,
    });
}

/** What Node or a driver throws on the way to a server. */
function network(code: string | undefined, message = "words", place = "db:5432") {
  return () => {
    throw networkError(Object.assign(new Error(message), code === undefined ? {} : { code }), {
      name: "PostgreSQL",
      place,
    });
  };
}

/** One row of one integer, loaded by the one loader. */
async function load(rows: Partial<StagedRows>): Promise<void> {
  await using db = await openDatabase();
  await loadStaged(db, "memory.main.loaded", [{ name: "id", declared: "INTEGER" }], {
    place: "table customers in postgres://db/shop",
    write: async ([file]) => {
      await file.writeFile("1\n");
      return { rows: 1, longest: 1 };
    },
    ...rows,
  });
}

/** A table whose column has another name in the second transaction, the first one being lost. */
async function changing(): Promise<void> {
  let begun = 0;
  const server: Server = {
    description: "postgres://db/shop",
    choosesDate: false,
    requirePresent: async () => {},
    catalogue: async () => ({ columns: [], rows: undefined }),
    begin: async (): Promise<ServerTransaction> => {
      begun += 1;
      return {
        name: "table customers",
        columns: [{ name: begun === 1 ? "id" : "number", type: "INTEGER", declared: "INTEGER" }],
        warnings: [],
        newestDate: async () => ({ date: "2026-11-23" }),
        count: async () => 0,
        estimate: async () => undefined,
        write: async () => {
          throw new UnreachableError("the connection is gone");
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
  await using db = await openDatabase();
  await using session = await serverSource(server, [0]).open(db, { date: "2026-11-23", text: [] });
  await session.load("memory.main.loaded", { columns: ["id"], day: undefined });
}

export const sourceServer: readonly Row[] = [
  {
    cause: "source.url: several hosts",
    by: address("postgres://ann@a:5432,b:5432/shop"),
    code: 2,
    says: "source.url names several hosts, and churn asks one",
    next: "name the one that customers are to be read from: a replica does",
  },
  {
    cause: "source.url: a password that ends nowhere",
    by: address("postgres://ann:p@ss/w@db/shop"),
    code: 2,
    says: "source.url: where the password ends can't be told: there is an @ behind a slash or a question mark",
    next: "write @ as %40, / as %2F and ? as %3F, or set PGPASSWORD, or MYSQL_PWD, and leave it out of the address",
  },
  {
    cause: "source.url: no host",
    by: address("postgres://ann@fe80::1/shop"),
    code: 2,
    says: 'source.url: "fe80:…" is no HOST or HOST:PORT',
    next: ADDRESS,
  },
  {
    cause: "source.url: a password among the parameters",
    by: address("postgres://ann@db/shop?password=s3cret"),
    code: 2,
    says: "source.url: password is a password, which doesn't belong into an address",
    next: "put it into the environment or the workspace's .env (mode 0600): PGPASSWORD, or MYSQL_PWD",
  },
  {
    cause: "source.url: an unknown parameter",
    by: address("postgres://ann@db/shop?sslmod=require"),
    code: 2,
    says: 'source.url: unknown parameter "sslmod"',
    next: "did you mean sslmode?",
  },
  {
    cause: "source.url: no port",
    by: address("postgres://ann@db:65536/shop"),
    code: 2,
    says: 'source.url: "65536" is no port',
    next: ADDRESS,
  },
  {
    cause: "source.url: a percent sign that begins nothing",
    by: address("postgres://ann@db/100%"),
    code: 2,
    says: "source.url: the database's name has a % that begins no %XX",
    next: "write %25 for a percent sign",
  },
  {
    cause: "TLS: prefer",
    by: tls({ mode: "prefer" }),
    code: 2,
    says: "sslmode=prefer lets a server choose to speak without TLS, which churn doesn't",
    next: "write sslmode=verify-full, verify-ca or require; sslmode=disable where the way is safe otherwise",
  },
  {
    cause: "TLS: an unknown word",
    by: tls({ mode: "always" }),
    code: 2,
    says: 'sslmode="always" is no word for TLS',
    next: "disable, require, verify-ca and verify-full are known",
  },
  {
    cause: "TLS: the system's authorities, and a name that isn't asked",
    by: tls({ mode: "verify-ca", rootcert: "system" }),
    code: 2,
    says: "sslrootcert=system can't go with sslmode=verify-ca: anybody has a certificate of one of those authorities",
    next: "write sslmode=verify-full, or name the authority's own file",
  },
  {
    cause: "TLS: a certificate without its key",
    by: tls({ cert: "card.pem" }),
    code: 2,
    says: "source.url names sslcert and no sslkey",
    next: "a client's certificate needs both",
  },
  {
    cause: "nothing listens",
    by: network("ECONNREFUSED"),
    code: 5,
    says: "nothing listens at db:5432: is PostgreSQL up?",
    next: PLACE,
  },
  {
    cause: "no such socket",
    by: network("ENOENT", "words", "/run/.s.PGSQL.5432"),
    code: 5,
    says: "nothing listens at /run/.s.PGSQL.5432: is PostgreSQL up?",
    next: PLACE,
  },
  {
    cause: "a socket of others",
    by: network("EACCES", "words", "/run/.s.PGSQL.5432"),
    code: 2,
    says: "the socket /run/.s.PGSQL.5432 may not be opened",
    next: "ls -l /run/.s.PGSQL.5432",
  },
  {
    cause: "an unknown host",
    by: network("ENOTFOUND"),
    code: 2,
    says: "no host has the name in db:5432",
    next: "source.url in churn.yaml names it",
  },
  {
    cause: "a name server that doesn't answer",
    by: network("EAI_AGAIN"),
    code: 5,
    says: "the name in db:5432 can't be looked up at the moment",
    next: "is the network up?",
  },
  {
    cause: "a server that doesn't answer",
    by: network(undefined, "timeout expired"),
    code: 5,
    says: "db:5432 did not answer within 15 s",
    next: "is it up, and does a firewall let this machine through?",
  },
  {
    cause: "a server without TLS",
    by: network(undefined, "The server does not support SSL connections"),
    code: 2,
    says: "PostgreSQL at db:5432 speaks no TLS",
    next: "add ?sslmode=disable to source.url where the way is safe otherwise",
  },
  {
    cause: "a certificate that has expired",
    by: network("CERT_HAS_EXPIRED", "certificate has expired"),
    code: 5,
    says: "the certificate of db:5432 has expired",
    next: "its server needs a new one",
  },
  {
    cause: "a certificate for other names",
    by: network(
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "Hostname/IP does not match certificate's altnames: Host: db. is not in the cert's altnames: DNS:db.example.com",
    ),
    code: 2,
    says: "the certificate of db:5432 is for another host…",
    next: "name the host as its certificate does; sslmode=verify-ca asks the authority alone",
  },
  {
    cause: "a certificate of an unknown authority",
    by: network("SELF_SIGNED_CERT_IN_CHAIN"),
    code: 2,
    says: "the certificate of db:5432 is signed by no authority known here",
    next: "add ?sslrootcert=FILE.pem to source.url, which names the authority's; sslmode=require looks at no certificate",
  },
  {
    cause: "TLS that can't be agreed on",
    by: network("ERR_SSL_WRONG_VERSION_NUMBER"),
    code: 2,
    says: "db:5432 doesn't speak TLS as PostgreSQL does (ERR_SSL_WRONG_VERSION_NUMBER)",
    next: "source.url in churn.yaml names host and port; sslmode says whether there is TLS",
  },
  {
    cause: "no such table on a server",
    by: () => {
      throw noTable("custmers", "postgres://db/shop", [{ schema: "public", name: "customers" }], "public");
    },
    code: 2,
    says: "postgres://db/shop has no table custmers, or none that this user may see",
    next: "source.table: did you mean customers?",
  },
  {
    cause: "columns change between two transactions",
    by: changing,
    code: 5,
    says: "the columns of table customers in postgres://db/shop changed while it was read: nothing was kept",
    next: "run it again",
  },
  {
    cause: "no room for a server's rows",
    by: () => load({ bytes: 1e18 }),
    code: 5,
    says: "table customers in postgres://db/shop needs some 1000000000.0 GB in … while it is loaded, and … GB are free",
    next: "free some space, or set TMPDIR to a folder that has it",
  },
  {
    cause: "fewer rows than the server says it sent",
    by: () =>
      load({
        write: async ([file]) => {
          await file.writeFile("1\n");
          return { rows: 1001, longest: 1 };
        },
      }),
    code: 1,
    says: "table customers in postgres://db/shop: 1,001 rows were sent and 1 arrived; nothing was kept",
    next: "this is a defect of churn: please report it",
  },
  {
    cause: "a server's value that DuckDB doesn't hold",
    by: () =>
      load({
        write: async ([file]) => {
          await file.writeFile("1\nAnn\n");
          return { rows: 2, longest: 3 };
        },
      }),
    code: 2,
    says: "table customers in postgres://db/shop: id has a value that can't be read as INTEGER",
    next: "source.query in churn.yaml can cast it, or make NULL of it; dataset.exclude leaves the column in the source",
  },
  {
    cause: "a server's row that is torn",
    by: () =>
      load({
        write: async ([file]) => {
          await file.writeFile("1\n2,3\n");
          return { rows: 2, longest: 3 };
        },
      }),
    code: 2,
    says: "table customers in postgres://db/shop: a row can't be read",
    next: "source.query in churn.yaml can cast it, or make NULL of it; dataset.exclude leaves the column in the source",
  },
];
