import { connect, createServer, type Socket } from "node:net";

/** What happens to a message of the server's: it passes on, others go in its place, or the connection ends before it. */
type Fate = "pass" | "fin" | "rst" | Buffer;

/** Something that is on its way from the server to the client. */
export interface Passing {
  /** the protocol's letter: "d" is a row of COPY, "c" its end, "C" a command's tag */
  readonly type: string;
  /** all of it, letter and length included */
  readonly bytes: Buffer;
  /** rows that the connection has had before it */
  readonly rows: number;
  /** of the connection, from 1 */
  readonly connection: number;
}

/** A proxy that knows where a message of PostgreSQL's ends, for connections without TLS. */
export interface PostgresProxy extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
}

/**
 * Starts a proxy before a PostgreSQL.
 *
 * @param fate  of each message; what it awaits holds up all behind it
 * @param greeting  bytes that a connection gets in place of the server, by its number from 1
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function startPostgresProxy(
  target: number,
  fate: (passing: Passing) => Fate | Promise<Fate> = () => "pass",
  greeting: (connection: number) => Buffer | undefined = () => undefined,
): Promise<PostgresProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const connection = connections;
    sockets.add(client);
    client.on("error", () => undefined);
    const told = greeting(connection);
    if (told !== undefined) {
      client.once("data", () => client.end(told));
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    sockets.add(upstream);
    upstream.on("error", () => client.destroy());
    client.on("data", (bytes) => upstream.write(bytes));
    client.on("close", () => upstream.destroy());
    client.on("end", () => upstream.end());
    relay(upstream, client, connection, fate).catch(() => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server on a port has none");
  return {
    port: address.port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function relay(
  upstream: Socket,
  client: Socket,
  connection: number,
  fate: (passing: Passing) => Fate | Promise<Fate>,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let rows = 0;
  for await (const chunk of upstream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const passed: Buffer[] = [];
    let at = 0;
    while (rest.length - at >= 5) {
      const size = 1 + rest.readInt32BE(at + 1);
      if (rest.length - at < size) break;
      const bytes = rest.subarray(at, at + size);
      at += size;
      const type = String.fromCharCode(bytes[0] ?? 0);
      const asked = fate({ type, bytes, rows, connection });
      // A promise alone is waited for: a turn of the loop for each of a million rows takes its time.
      if (typeof asked === "object" && "then" in asked) await written(client, passed.splice(0));
      const decided = typeof asked === "object" && "then" in asked ? await asked : asked;
      if (decided === "fin" || decided === "rst") {
        await written(client, passed);
        upstream.destroy();
        if (decided === "fin") client.end();
        else client.resetAndDestroy();
        return;
      }
      passed.push(decided === "pass" ? bytes : decided);
      if (type === "d") rows += 1;
    }
    rest = rest.subarray(at);
    await written(client, passed);
  }
  client.end();
}

async function written(client: Socket, buffers: readonly Buffer[]): Promise<void> {
  if (buffers.length === 0 || client.destroyed) return;
  await new Promise<void>((resolve) => client.write(Buffer.concat(buffers), () => resolve()));
}

/** An error of the server's, as it comes in place of a greeting. */
export function serverError(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
