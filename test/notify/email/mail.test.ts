import fc from "fast-check";
import MailComposer from "nodemailer/lib/mail-composer";
import { expect, test } from "vitest";
import { notifySection } from "../../../src/lib/config/notify-section.ts";
import { mailOf, subject, text } from "../../../src/lib/notify/email/mail.ts";
import { asOptions } from "../../../src/lib/notify/email/nodemailer.ts";
import type { Message } from "../../../src/lib/notify/message.ts";
import {
  backfilled,
  failed,
  hostileLetter,
  hostileText,
  letterOf,
  notRegistered,
  registered,
} from "../../support/letters.ts";

const from = "churn@company.com";
const to = ["ml-team@company.com", "ops@company.com"];
const moved = { model: "churn-model", version: 4, replaced: [3], by: "maria", reason: null };
const nights = [
  { night: "2026-11-20", f1: 0.55, auc_roc: 0.83, reason: "worse" },
  { night: "2026-11-21", f1: 0.55, auc_roc: 0.83, reason: "worse" },
];

const SUBJECTS: readonly [subject: string, message: Message][] = [
  ["[churn-model] registered version 4: F1 0.573 (+2.1 % over version 3)", registered],
  [
    "[churn-model] registered version 4: F1 0.573",
    { ...registered, outcome: "first_model", production: null, improvement: null },
  ],
  [
    "[churn-model] registered version 4 without a contest: F1 0.573",
    { ...registered, outcome: "champion_unscorable", production: { version: 3, f1: null }, improvement: null },
  ],
  [
    "[churn-model] registered version 4 without a fair contest: F1 0.573 (2.1 % below version 3)",
    { ...registered, outcome: "champion_saw_test", improvement: -0.021 },
  ],
  ["[churn-model] no new model: F1 0.573 (0.6 % below version 3)", notRegistered],
  ["[churn] FAILED at validate, night of 2026-11-23", failed],
  ["[churn-model] version 4 is in production", { kind: "promoted", ...moved }],
  ["[churn-model] version 4 is back in production", { kind: "rolled_back", ...moved }],
  ["[churn] no new model on 2 nights, up to 2026-11-21", { kind: "digest", week: "2026-11-23", nights }],
  ["[churn] backfill of 2026-11-18 to 2026-11-21: 2 nights decided, 1 failed, 1 day left", backfilled],
  ["[churn] a test message: nothing has happened", { kind: "test" }],
];

test.each(SUBJECTS)("%s", (line, message) => {
  expect(subject(letterOf(message))).toBe(line);
});

test("a failure that goes on says since when; a first one doesn't count", () => {
  const told = (nightsOfIt: number) =>
    subject(letterOf(failed, { series: { since: "2026-11-21", nights: nightsOfIt } }));
  expect(told(3)).toBe("[churn] FAILED at validate, night of 2026-11-23 (3 nights since 2026-11-21)");
  expect(told(1)).toBe("[churn] FAILED at validate, night of 2026-11-23");
});

test("the plain part has the message, the log's end, what comes next and where it comes from", () => {
  const letter = letterOf(registered, {
    notes: ["The night before was missed"],
    tail: ["06:00:03 train done"],
    next: ["churn promote --version 4", "churn why 2026-11-23"],
    link: "https://mlflow.company.com/#/runs/1",
  });
  expect(text(letter)).toBe(`✅ New churn model registered!
Version 4   F1 0.573 (+2.1 % over version 3)   AUC-ROC 0.841
Model is now in Staging. Please review and promote to Production.
MLflow run df77cb73e3444e229fdc4dfb47bea9f3
churn promote --version 4
The night before was missed

The log's last lines:
    06:00:03 train done

Next:
    churn why 2026-11-23

https://mlflow.company.com/#/runs/1

night of 2026-11-23, /srv/churn on ml-1
`);
});

test("each attempt has the same Message-ID, each letter its own, and all of a workspace one thread", () => {
  const one = mailOf(letterOf(registered), from, to);
  expect(mailOf(letterOf(failed, { host: "ml-2" }), from, to)).toMatchObject({
    messageId: one.messageId,
    thread: one.thread,
  });
  const next = mailOf(letterOf(registered, { key: "2026-11-24" }), from, to);
  expect(next.thread).toBe(one.thread);
  const elsewhere = mailOf(letterOf(registered, { workspace: { id: "other", folder: "/srv/churn" } }), from, to);
  const ids = [one.messageId, one.thread, next.messageId, elsewhere.messageId, elsewhere.thread];
  expect(new Set(ids).size).toBe(5);
  for (const id of ids) expect(id).toMatch(/^<[0-9a-f]{32}@company\.com>$/);
});

test("who is named twice gets one mail, and its date is the letter's", () => {
  expect(mailOf(letterOf(registered), from, ["a@b.c", "d@e.f", "a@b.c"])).toMatchObject({
    to: ["a@b.c", "d@e.f"],
    date: new Date("2026-11-23T05:00:09.000Z"),
    headers: { "Auto-Submitted": "auto-generated", "X-Churn-Kind": "registered" },
  });
});

const HEADERS = [
  "auto-submitted",
  "content-type",
  "date",
  "from",
  "in-reply-to",
  "message-id",
  "mime-version",
  "references",
  "subject",
  "to",
  "x-churn-kind",
];

/** The names of a message's headers, in the order of the alphabet, and its parts by their types. */
async function built(mail: Parameters<typeof asOptions>[0]) {
  const composed = new MailComposer(asOptions(mail)).compile();
  const bytes = await composed.build();
  const raw = bytes.toString("latin1");
  const [head = ""] = raw.split("\r\n\r\n", 1);
  const names = head
    .replaceAll(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .map((line) => line.replace(/:.*$/s, "").toLowerCase());
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? "";
  const parts = raw.split(`\n--${boundary}\r\n`).slice(1);
  return {
    names: names.sort(),
    types: parts.map((part) => /^content-type: ([a-z/]+)/im.exec(part)?.[1]),
    envelope: composed.getEnvelope(),
  };
}

test("whatever a letter holds stays text: no header, part or recipient comes of it", async () => {
  await fc.assert(
    fc.asyncProperty(hostileLetter, async (letter) => {
      const mail = mailOf(letter, from, to);
      expect(mail.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(await built(mail)).toEqual({
        names: HEADERS,
        types: ["text/plain", "text/html"],
        envelope: { from, to },
      });
    }),
  );
});

test("whatever churn.yaml takes for an address is that one recipient", async () => {
  const address = fc.oneof(
    fc.emailAddress(),
    fc.stringMatching(/^[\w.!#$%&'*+/=?^`{|}~-]{1,20}@([A-Za-z0-9]{1,5}\.){0,2}[a-z]{2,5}$/),
    hostileText,
    hostileText.map((text) => `ops@company.com${text}`),
    hostileText.map((text) => `${text}ops@company.com`),
  );
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(address, async (one) => {
      const { success, data } = notifySection.safeParse({ email: { from: one, to: [one] } });
      if (!success) return;
      taken += 1;
      const { names, envelope } = await built(mailOf(letterOf(registered), data.email.from ?? "", data.email.to));
      expect(names).toEqual(HEADERS);
      // A name that begins or ends with a dot has to be quoted, and is the same mailbox.
      const plain = (text: unknown) => String(text).replaceAll('"', "").toLowerCase();
      expect([plain(envelope.from), envelope.to.map(plain)]).toEqual([one.toLowerCase(), [one.toLowerCase()]]);
    }),
    { numRuns: 300 },
  );
  expect(taken).toBeGreaterThan(30);
});
