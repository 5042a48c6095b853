import { request as ask, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

export interface CompanyProxy extends AsyncDisposable {
  /** host and port */
  readonly name: string;
  /** METHOD and target of each request */
  readonly seen: string[];
}

/**
 * A proxy as companies have them: it passes plain requests on and makes tunnels, for those who know a password. What isn't on this
 * machine answers `passed on`.
 */
export async function startCompanyProxy(): Promise<CompanyProxy> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const { "proxy-authorization": authorization, ...headers } = request.headers;
    if (authorization === undefined) return response.writeHead(407).end();
    const url = new URL(request.url ?? "");
    if (url.hostname !== "127.0.0.1") return response.writeHead(200).end("passed on");
    const onward = ask(url, { method: request.method ?? "GET", headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.writeHead(502).end());
    return request.pipe(onward);
  });
  server.on("connect", (request, socket, head) => {
    seen.push(`CONNECT ${request.url}`);
    if (request.headers["proxy-authorization"] === undefined) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    target.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    socket.on("error", () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: `127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
