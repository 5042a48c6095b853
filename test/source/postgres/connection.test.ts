import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { connectPostgres } from "../../../src/lib/source/postgres/connection.ts";

/** A message of the protocol: a letter, a length that counts itself, and what it says. */
function message(letter: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5, letter);
  head.writeUInt32BE(4 + payload.length, 1);
  return Buffer.concat([head, payload]);
}

test("a server that asks for the password in clear and says it again is heard without it", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(message("R", Buffer.from([0, 0, 0, 3]))));
    socket.on("data", (bytes: Buffer) => {
      if (bytes[0] !== "p".charCodeAt(0)) return;
      const [password = ""] = bytes.subarray(5).toString().split("\0");
      socket.end(message("E", Buffer.from(`SFATAL\0VFATAL\0C28000\0Mnobody has ${password} here\0\0`)));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connecting = connectPostgres({
    ...{ host: "127.0.0.1", port, database: "shop", user: "ann", answerSeconds: 60 },
    tls: () => ({ kind: "none" }),
    password: () => "correct horse",
  });
  await expect(connecting).rejects.toThrow(/^nobody has \*\*\* here$/);
  server.close();
});
