import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { mulberry32 } from "./mulberry32.ts";

/** What happens to a request on its way. */
export type Fault =
  /** the connection is cut before the server sees the request */
  | "cut"
  /** the server acts, and its answer is lost with the connection */
  | "lost"
  /** the server acts, and half of its answer comes */
  | "half"
  | "late"
  /** refused before the server sees it */
  | 429
  | 500
  | 503
  /** the server acts, and something on the way answers for it */
  | "502 after";

const FAULTS: readonly Fault[] = ["cut", "lost", "half", "late", 429, 500, 503, "502 after"];

export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly fault: Fault | undefined;
}

/** A proxy in front of a server: what passed through it, and an address in place of the server's. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  readonly passed: readonly Passed[];
}

/** The plan of a seed: how likely a request meets a fault, and which faults there are. The same seed is the same plan. */
export function faultPlan(seed: number): () => Fault | undefined {
  const random = mulberry32(seed);
  const share = 0.05 + 0.25 * random();
  const kinds = FAULTS.filter(() => random() < 0.6);
  const chosen = kinds.length === 0 ? FAULTS : kinds;
  // A server that is busy is so for the next request as well.
  let burst: { fault: Fault | undefined; left: number } = { fault: undefined, left: 0 };
  return () => {
    if (burst.left > 0) {
      burst = { ...burst, left: burst.left - 1 };
      return burst.fault;
    }
    if (random() >= share) return undefined;
    const fault = chosen[Math.floor(random() * chosen.length)];
    burst = { fault, left: random() < 0.2 ? 1 : 0 };
    return fault;
  };
}

/** Starts a proxy before a server of plain HTTP. Without a plan it counts alone. */
export async function startProxy(
  target: string,
  plan: () => Fault | undefined = () => undefined,
): Promise<FaultyProxy> {
  const passed: Passed[] = [];
  const server = createServer((asked, answer) => {
    const fault = plan();
    passed.push({ method: asked.method ?? "", path: asked.url ?? "", fault });
    handle(new URL(target), asked, answer, fault).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    passed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(
  target: URL,
  asked: IncomingMessage,
  answer: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const body = await whole(asked);
  if (fault === "cut") return void answer.destroy();
  if (typeof fault === "number") return refuse(answer, fault);
  if (fault === "late") await sleep(700);
  const got = await forward(target, asked, body);
  if (fault === "lost") return void answer.destroy();
  if (fault === "502 after") return refuse(answer, 502);
  const { "transfer-encoding": _, connection: __, ...headers } = got.headers;
  answer.writeHead(got.status, { ...headers, "content-length": got.body.length });
  if (fault !== "half") return void answer.end(got.body);
  answer.write(got.body.subarray(0, got.body.length / 2), () => answer.destroy());
}

function refuse(answer: ServerResponse, status: number): void {
  const wait = status === 429 ? { "retry-after": "1" } : {};
  answer.writeHead(status, { "content-type": "text/html", ...wait });
  answer.end(`<html><body>${status} of a test</body></html>`);
}

function forward(target: URL, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }>((resolve, reject) => {
    const { "transfer-encoding": _, connection: __, host: ___, ...kept } = headers;
    const options = { method, headers: { ...kept, "content-length": body.length, host: target.host }, agent: false };
    const sent = request(new URL(url ?? "/", target), options, (got) => {
      whole(got).then(
        (content) => resolve({ status: got.statusCode ?? 0, headers: got.headers, body: content }),
        reject,
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function whole(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function portOf(address: string | AddressInfo | null): number {
  if (typeof address !== "object" || address === null) throw new Error("a server on a port has none");
  return address.port;
}
