import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** What a server does instead of answering. */
type Answer = string | "close" | "nothing";

/** What a mail server says where it isn't what it usually says. */
export interface MailScript {
  readonly greeting?: Answer;
  /** behind EHLO's first line */
  readonly extensions?: readonly string[];
  /** by how a command begins, the first that fits */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** as soon as a message begins */
  readonly amidMessage?: Answer;
  /** once a message is kept */
  readonly afterMessage?: Answer;
}

export interface OddMailServer extends AsyncDisposable {
  readonly port: number;
  /** commands, line by line */
  readonly seen: string[];
  /** messages as they came, dots and all, up to the last one */
  readonly kept: string[];
}

/** A server on loopback that speaks as much SMTP as a client asks for, and what no server should. */
export async function oddMailServer(script: MailScript = {}): Promise<OddMailServer> {
  const seen: string[] = [];
  const kept: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    const say = (answer: Answer) => {
      if (answer === "close") socket.destroy();
      else if (answer !== "nothing") socket.write(`${answer}\r\n`);
    };
    let text = "";
    let isMessage = false;
    say(script.greeting ?? "220 odd ESMTP");
    socket.on("data", (chunk) => {
      if (isMessage && script.amidMessage !== undefined) return say(script.amidMessage);
      text += chunk.toString("latin1");
      for (;;) {
        const end = isMessage ? "\r\n.\r\n" : "\r\n";
        const at = text.indexOf(end);
        if (at < 0) return;
        const part = text.slice(0, at);
        text = text.slice(at + end.length);
        if (isMessage) {
          kept.push(part);
          isMessage = false;
          say(script.afterMessage ?? "250 kept");
          continue;
        }
        seen.push(part);
        const answer = answerTo(part, script);
        isMessage = answer.startsWith("354");
        say(answer);
        // It says that TLS may begin, and means nothing by it.
        if (part === "STARTTLS" && answer.startsWith("220")) socket.end();
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    seen,
    kept,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function answerTo(command: string, { answers = {}, extensions = [] }: MailScript): Answer {
  const own = Object.entries(answers).find(([start]) => command.startsWith(start));
  if (own !== undefined) return own[1];
  if (command.startsWith("EHLO")) return ["250-odd", ...extensions.map((one) => `250-${one}`), "250 HELP"].join("\r\n");
  if (command === "STARTTLS") return "502 not here";
  if (command.startsWith("AUTH")) return "235 come in";
  return command === "DATA" ? "354 go on" : "250 fine";
}
