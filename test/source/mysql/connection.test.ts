import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { connect } from "../../../src/lib/source/mysql/connection.ts";

/** A packet of the protocol: a length, a number, and what it says. */
function packet(number: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = number;
  return Buffer.concat([head, payload]);
}
const OK = new Uint8Array([0, 0, 0, 2, 0, 0, 0]);
/** @see https://mariadb.com/kb/en/connection/#initial-handshake-packet */
const GREETING = Buffer.concat([
  ...[Buffer.from("\u000a10.11-MariaDB\0"), Buffer.from([1, 0, 0, 0]), Buffer.from("12345678\0")],
  ...[Buffer.from([0x0d, 0x82, 45, 2, 0, 8, 0, 21]), Buffer.alloc(10), Buffer.from("123456789012\0")],
  Buffer.from("mysql_native_password\0"),
]);

test("a server that answers a question with no rows at all is heard as one that failed", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(packet(0, GREETING));
    socket.once("data", () => {
      socket.write(packet(2, OK));
      socket.on("data", () => socket.write(packet(1, OK)));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const login = { host: "127.0.0.1", port, database: "shop", user: "ann", password: undefined };
  const connection = await connect({ ...login, answerSeconds: 60, tls: { kind: "none" } });
  await connection.run("SET NAMES utf8mb4");
  await expect(connection.ask("SELECT 1")).rejects.toMatchObject({ fatal: true, message: "no rows in the answer" });
  await connection.close();
  server.close();
});
