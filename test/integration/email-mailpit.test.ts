import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { notifySection } from "../../src/lib/config/notify-section.ts";
import type { Attempt } from "../../src/lib/notify/channel.ts";
import { mailOf } from "../../src/lib/notify/email/mail.ts";
import { bundle } from "../support/bundled.ts";
import { makeCertificates } from "../support/certificates.ts";
import { failed, letterOf, registered } from "../support/letters.ts";
import { freePort, startService } from "./support/service.ts";

const found = z.object({ messages: z.array(z.object({ ID: z.string() })) });
const message = z.object({
  MessageID: z.string(),
  Subject: z.string(),
  From: z.object({ Name: z.string(), Address: z.string() }),
  To: z.array(z.object({ Address: z.string() })),
  Text: z.string(),
  HTML: z.string(),
  Attachments: z.array(z.unknown()),
  Inline: z.array(z.unknown()),
});

/** A second server, by others again. `make soak` builds it and says so. */
describe.runIf(process.env.CHURN_TEST_MAILPIT)("Mailpit", () => {
  test("takes the mails by STARTTLS from a known user, shows them as they were written, and refuses a wrong password", async () => {
    const folder = await mkdtemp(join(tmpdir(), "churn-mailpit-"));
    await using sender = await bundle("send-mails");
    const { ca, certificate, key } = await makeCertificates(join(folder, "certificates"));
    const [smtpPort, webPort] = [await freePort(), await freePort()];
    const users = join(folder, "users");
    await writeFile(users, "churn:a-w0rd-for-mail\n");
    const { stdout: file } = await execa(new URL("support/install-mailpit.sh", import.meta.url).pathname);
    const web = `http://127.0.0.1:${webPort}`;
    const server = await startService({
      file,
      words: [
        ...["--smtp", `127.0.0.1:${smtpPort}`, "--listen", `127.0.0.1:${webPort}`, "--disable-version-check"],
        ...[
          "--smtp-tls-cert",
          certificate,
          "--smtp-tls-key",
          key,
          "--smtp-require-starttls",
          "--smtp-auth-file",
          users,
        ],
      ],
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      log: join(folder, "log"),
      isReady: async () => (await fetch(`${web}/livez`).catch(() => undefined))?.ok === true,
    });
    try {
      const from = "churn@company.com";
      const to = ["ml-team@company.com", "ops@company.com"];
      const { email } = notifySection.parse({
        email: { from, to, smtp: { host: "localhost", port: smtpPort, user: "churn" } },
      });
      const letters = [letterOf(registered), letterOf(failed, { key: "2026-11-23.failed.7f3a", tail: ["ü 😀 <b>"] })];
      const sendings = [
        ...letters.map((letter) => ({ email, letter, seconds: 20, secrets: { SMTP_PASSWORD: "a-w0rd-for-mail" } })),
        { email, letter: letters[0], seconds: 20, secrets: { SMTP_PASSWORD: "another" } },
      ];
      await writeFile(join(folder, "sendings.json"), JSON.stringify(sendings));
      process.env.NODE_EXTRA_CA_CERTS = ca;
      const { stdout } = await sender.run(join(folder, "sendings.json"));
      const attempts = z.array(z.custom<Attempt>()).parse(JSON.parse(stdout));
      expect(attempts.map(({ kind }) => kind)).toEqual(["sent", "sent", "unsent"]);
      expect(attempts[2]).toMatchObject({ reason: expect.stringContaining("refuses the user or the password") });

      const ask = async (path: string): Promise<unknown> => (await fetch(`${web}/api/v1/${path}`)).json();
      for (const letter of letters) {
        const mail = mailOf(letter, from, to);
        const { messages } = found.parse(await ask(`search?query=message-id:${mail.messageId.slice(1, -1)}`));
        expect(messages).toHaveLength(1);
        const { Text, HTML, ...read } = message.parse(await ask(`message/${messages[0]?.ID}`));
        expect(read).toEqual({
          MessageID: mail.messageId.slice(1, -1),
          Subject: mail.subject,
          From: { Name: "churn", Address: from },
          To: to.map((Address) => ({ Address })),
          Attachments: [],
          Inline: [],
        });
        expect(Text.replaceAll("\r\n", "\n")).toBe(mail.text);
        expect(HTML.replaceAll("\r\n", "\n")).toBe(mail.html);
      }
    } finally {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
