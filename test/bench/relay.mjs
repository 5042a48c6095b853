// A relay in front of a server on loopback: each request waits before it goes on, as on the way to a bucket elsewhere, and is noted.
// A process of its own, since a bench waits for the processes that it measures.
//
//     node relay.mjs PORT OF-THE-SERVER MILLISECONDS NOTES

import { appendFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";

const [port, server, delay, notes] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

const relay = createServer((incoming, answer) => {
  const arrived = performance.now();
  answer.on("finish", () => {
    const kind = incoming.url?.includes("list-type") === true ? "LIST" : incoming.method;
    appendFileSync(notes, `${kind} ${(performance.now() - arrived).toFixed(1)}\n`);
  });
  setTimeout(() => {
    const { method, url, headers } = incoming;
    const onwards = request({ host: "127.0.0.1", port: Number(server), method, path: url, headers, agent }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    onwards.on("error", () => answer.destroy());
    incoming.pipe(onwards);
  }, Number(delay));
});
relay.keepAliveTimeout = 60_000;
relay.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
