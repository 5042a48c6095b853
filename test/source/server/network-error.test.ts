import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { expect } from "vitest";
import { UnreachableError } from "../../../src/lib/errors.ts";
import { networkError } from "../../../src/lib/source/server/network-error.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { test } from "../../support/folder.ts";

function told(error: unknown, place = "db:5432") {
  const said = networkError(error, { name: "PostgreSQL", place });
  return said === undefined
    ? undefined
    : { code: said.exitCode, again: said instanceof UnreachableError, says: said.message };
}
const of = (code: string, message = "words") => Object.assign(new Error(message), { code });

/** The error of a socket that can't be connected. */
async function refused(socket: NodeJS.EventEmitter): Promise<unknown> {
  const [error] = await once(socket, "error");
  return error;
}

test("a port and a socket that nobody listens at", async ({ folder }) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const place = `127.0.0.1:${port}`;
  const answer = { code: 5, again: true };
  expect(told(await refused(connect(port, "127.0.0.1")), place)).toEqual({
    ...answer,
    says: `nothing listens at ${place}: is PostgreSQL up?`,
  });
  const path = join(folder, "socket");
  expect(told(await refused(connect(path)), path)).toEqual({
    ...answer,
    says: `nothing listens at ${path}: is PostgreSQL up?`,
  });
});

test("a host that there isn't", async () => {
  const error = await refused(connect(5432, "no-such-host.invalid"));
  const said = told(error, "no-such-host.invalid:5432");
  // Where no name server can be asked it may be there all the same.
  expect([2, 5]).toContain(said?.code);
  expect(said?.says).toContain("no-such-host.invalid");
  expect(told(of("ENOTFOUND"))).toMatchObject({ code: 2, again: false });
  expect(told(of("EAI_AGAIN"))).toMatchObject({ code: 5, again: true });
});

test("no answer is one sentence, whoever gives up", () => {
  const errors = [
    ...["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"].map((code) => of(code)),
    new Error("timeout expired"),
  ];
  for (const error of errors) {
    expect(told(error)).toEqual({ code: 5, again: true, says: "db:5432 did not answer within 15 s" });
  }
});

test("what breaks while rows are read is a lost connection, and no question of who answers", () => {
  const read = (code: string) => Object.assign(new Error(`read ${code}`), { code, syscall: "read" });
  for (const error of [
    ...["ETIMEDOUT", "EHOSTUNREACH", "ECONNRESET"].map(read),
    of("PROTOCOL_CONNECTION_LOST"),
    of("EPIPE"),
  ]) {
    const said = networkError(error, { name: "PostgreSQL", place: "db:5432", subject: "table t" });
    expect(said).toBeInstanceOf(UnreachableError);
    expect(said?.message).toBe("the connection to db:5432 was lost while table t was read: nothing was kept");
  }
  expect(told(new Error("Connection terminated unexpectedly"))).toEqual({
    ...{ code: 5, again: true, says: "the connection to db:5432 was lost: nothing was kept" },
  });
});

test("of several addresses the first one's failure is told, and of a wrapped one what is within", () => {
  const both = Object.assign(new AggregateError([of("ECONNREFUSED"), of("ENETUNREACH")]), { code: "ECONNREFUSED" });
  expect(told(both)?.says).toBe("nothing listens at db:5432: is PostgreSQL up?");
  expect(told(new Error("failed", { cause: of("ECONNREFUSED") }))?.says).toBe(
    "nothing listens at db:5432: is PostgreSQL up?",
  );
});

test("certificates, as Node refuses them", async ({ folder }) => {
  const makes = async (name: string, names?: string, days?: number) => {
    const { ca, certificate, key } = await makeCertificates(join(folder, name), names, days);
    return { ca: await readFile(ca), cert: await readFile(certificate), key: await readFile(key) };
  };
  const says = async ({ cert, key }: { cert: Buffer; key: Buffer }, ca?: Buffer, servername = "localhost") => {
    const server = createTlsServer({ cert, key }).listen(0, "127.0.0.1");
    server.on("tlsClientError", () => {});
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const socket = connectTls({ port, host: "127.0.0.1", servername, ...(ca === undefined ? {} : { ca }) });
    const error = await refused(socket);
    socket.destroy();
    server.close();
    return told(error);
  };
  const good = await makes("good");
  const unknown = { code: 2, again: false, says: "the certificate of db:5432 is signed by no authority known here" };
  expect(await says(good)).toEqual(unknown);
  expect(await says(good, (await makes("other")).ca)).toEqual(unknown);
  const elsewhere = await makes("elsewhere", "DNS:db.example.com,DNS:other.example.com");
  expect(await says(elsewhere, elsewhere.ca)).toEqual({
    ...{ code: 2, again: false },
    says: "the certificate of db:5432 is for another host: db.example.com, other.example.com",
  });
  // An address is asked in a list of its own.
  expect((await says(elsewhere, elsewhere.ca, ""))?.says).toMatch(/ is for another host: db\.example\.com, /);
  const expired = await makes("expired", undefined, -1);
  expect(await says(expired, expired.ca)).toEqual({
    ...{ code: 5, again: false, says: "the certificate of db:5432 has expired" },
  });
});

test("what listens and speaks no TLS", async () => {
  const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const error = await refused(connectTls({ port, host: "127.0.0.1" }));
  server.close();
  expect(told(error)).toMatchObject({
    ...{ code: 2, again: false, says: expect.stringMatching(/^db:5432 doesn't speak TLS as PostgreSQL does \(E/) },
  });
  expect(told(new Error("The server does not support SSL connections"))?.says).toBe(
    "PostgreSQL at db:5432 speaks no TLS",
  );
  expect(told(of("HANDSHAKE_NO_SSL_SUPPORT"))?.says).toBe("PostgreSQL at db:5432 speaks no TLS");
  // MySQL's driver puts its own code in the place of Node's.
  expect(told(of("HANDSHAKE_SSL_ERROR", "wrong version number"))).toMatchObject({
    ...{ code: 2, says: "db:5432 doesn't speak TLS as PostgreSQL does (wrong version number)" },
  });
});

test("anything else isn't the way's", () => {
  for (const error of [of("ENOSPC"), of("42P01"), new Error("words"), "text", undefined])
    expect(told(error)).toBeUndefined();
});
