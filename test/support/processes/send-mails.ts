import { readFileSync } from "node:fs";
import * as z from "zod";
import { notifySection } from "../../../src/lib/config/notify-section.ts";
import { openEmailChannel } from "../../../src/lib/notify/email/email.ts";
import { letter } from "../../../src/lib/notify/letter.ts";

const sendings = z.array(
  z.strictObject({
    email: notifySection.shape.email,
    secrets: z.record(z.string(), z.string()),
    letter,
    seconds: z.number(),
  }),
);

/** Sends the mails that a file holds, one after the other, and prints what became of them: FILE */
async function sendMails([file = ""]: readonly string[]): Promise<void> {
  const attempts = [];
  for (const { email, secrets, letter: one, seconds } of sendings.parse(JSON.parse(readFileSync(file, "utf8")))) {
    const environment = { get: () => undefined, secret: (name: string) => secrets[name] };
    attempts.push(await openEmailChannel({ settings: { email }, environment }).send(one, seconds));
  }
  process.stdout.write(JSON.stringify(attempts));
}

void sendMails(process.argv.slice(2));
