import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import * as z from "zod";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { pythonPrograms, runPython } from "./python.ts";

const ports = z.strictObject({
  clear: z.int().describe("no TLS, no login"),
  starttls: z.int().describe("STARTTLS, and a login"),
  tls: z.int().describe("TLS from the start, and a login"),
  nobody: z.int().describe("STARTTLS, and no login"),
});

const kept = z.strictObject({
  envelope: z.strictObject({
    from: z.string(),
    to: z.array(z.string()),
    tls: z.boolean(),
    user: z.string().nullable(),
  }),
  headers: z.array(z.tuple([z.string(), z.string()])),
  from: z.array(z.tuple([z.string(), z.string()])),
  to: z.array(z.tuple([z.string(), z.string()])),
  date: z.string(),
  type: z.string(),
  defects: z.array(z.string()),
  parts: z.array(z.strictObject({ type: z.string(), text: z.string() })),
  bare_line_end: z.boolean(),
});
/** A mail as it was kept, and as Python reads it. */
export type KeptMail = z.infer<typeof kept>;

export interface MailServer extends AsyncDisposable {
  readonly ports: z.infer<typeof ports>;
  readonly certificates: Certificates;
  /** All that was kept, in order. */
  mails(): Promise<readonly KeptMail[]>;
}

/** Whom the servers know. */
export const mailUser = { user: "churn", password: "gehe1m wörd/of:mail@" } as const;

const script = fileURLToPath(new URL("../mail_server.py", import.meta.url));

/** Starts aiosmtpd on free ports of this machine, by an authority of its own. It is ready when this returns. */
export async function startMailServer(folder: string): Promise<MailServer> {
  const certificates = await makeCertificates(join(folder, "certificates"));
  const mails = join(folder, "mails");
  await mkdir(mails);
  const { bin } = await pythonPrograms("mail");
  // A client that breaks off the handshake makes it print a traceback, which is nobody's concern.
  const server = execa(join(bin, "python"), [script, mails, certificates.certificate, certificates.key], {
    cwd: dirname(script),
    buffer: false,
    stderr: "ignore",
    reject: false,
  });
  const lines = createInterface({ input: server.stdout });
  const { value } = await lines[Symbol.asyncIterator]().next();
  return {
    ports: ports.parse(JSON.parse(String(value))),
    certificates,
    mails: () => runPython("mail", "reads_mails.py", { args: [mails], schema: z.array(kept) }),
    async [Symbol.asyncDispose]() {
      server.stdin.end();
      await server;
    },
  };
}
