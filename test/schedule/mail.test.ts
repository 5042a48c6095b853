import { describe, expect } from "vitest";
import { mailSentence } from "../../src/lib/schedule/mail.ts";
import { test } from "../support/folder.ts";

const sendmail = "/bin/sh";
const lost = "is thrown away; the log has it, and notify.channels tell the team";

describe("what a failure prints", () => {
  test.for([
    [[], "cron mails what a failure prints to maria"],
    [["MAILTO=ops@company.com"], "cron mails what a failure prints to ops@company.com"],
    [['MAILTO = "a@b.c"', "0 5 * * * x", " MAILTO='d@e.f' "], "cron mails what a failure prints to d@e.f"],
    [["# MAILTO=x", "NOMAILTO=x"], "cron mails what a failure prints to maria"],
    [['MAILTO=""'], `MAILTO is empty in this crontab: what a failure prints ${lost}`],
    [["MAILTO=ops", "MAILTO="], `MAILTO is empty in this crontab: what a failure prints ${lost}`],
  ] as const)("%j", ([before, sentence]) => {
    expect(mailSentence(before, "maria", sendmail)).toBe(sentence);
  });

  test("is lost where nothing sends mails", ({ folder }) => {
    const nothing = `${folder}/sendmail`;
    expect(mailSentence([], "maria", nothing)).toBe(`there is no ${nothing}, so what a failure prints ${lost}`);
  });
});
