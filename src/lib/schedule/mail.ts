import { isProgram } from "./start.ts";

/** What cron hands mails to. */
const SENDMAIL = "/usr/sbin/sendmail";

/**
 * Who gets what a failed night prints under cron, which mails it, as a sentence. A night that ends well prints nothing.
 *
 * @param before    lines of the crontab that stand before churn's: the last MAILTO among them holds
 * @param user      whose crontab it is
 * @param sendmail  the program that cron hands mails to
 */
export function mailSentence(before: readonly string[], user: string, sendmail = SENDMAIL): string {
  const to = before.flatMap((line) => /^\s*MAILTO\s*=\s*(["']?)(.*?)\1\s*$/.exec(line)?.[2] ?? []).at(-1) ?? user;
  const lost = "is thrown away; the log has it, and notify.channels tell the team";
  if (to === "") return `MAILTO is empty in this crontab: what a failure prints ${lost}`;
  if (!isProgram(sendmail)) return `there is no ${sendmail}, so what a failure prints ${lost}`;
  return `cron mails what a failure prints to ${to}`;
}
