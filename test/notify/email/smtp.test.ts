import fc from "fast-check";
import { expect, test } from "vitest";
import { notifySection } from "../../../src/lib/config/notify-section.ts";
import { readSmtp } from "../../../src/lib/notify/email/smtp.ts";

function read(smtp: object, secrets: Readonly<Record<string, string>> = {}) {
  const { email } = notifySection.parse({ email: { smtp } });
  return readSmtp(email, { get: () => undefined, secret: (name) => secrets[name] });
}

test.each([
  [{ host: "smtp.company.com" }, {}, { host: "smtp.company.com", port: 587, tls: "required", login: undefined }],
  [{ host: "smtp.company.com", port: 465, require_tls: false }, {}, { port: 465, tls: "first" }],
  [{ host: "localhost", port: 25, require_tls: false }, {}, { host: "localhost", port: 25, tls: "offered" }],
  [{ host: "[::1]" }, {}, { host: "::1" }],
  [{ host: "::1" }, {}, { host: "::1" }],
  [{ host: "10.0.0.7" }, {}, { host: "10.0.0.7" }],
  [
    { host: "h", user: "churn" },
    { SMTP_PASSWORD: "p4ss word" },
    { login: { user: "churn", password: "p4ss word", named: "notify.email.smtp.user and SMTP_PASSWORD" } },
  ],
])("%j with %j is a way", (smtp, secrets, way) => {
  expect(read(smtp, secrets)).toMatchObject({ kind: "smtp", smtp: way });
});

test.each([
  ["smtp://mail.company.com", { host: "mail.company.com", port: 587, tls: "required", login: undefined }],
  ["smtp://mail.company.com:2525/", { port: 2525, tls: "required" }],
  ["smtp://mail.company.com:465", { port: 465, tls: "first" }],
  ["smtps://mail.company.com", { port: 465, tls: "first" }],
  ["SMTPS://mail.company.com:8465", { port: 8465, tls: "first" }],
  ["smtp://[::1]:25", { host: "::1", port: 25 }],
  ["smtp://me@company.com:w0rd@mail.company.com", { login: { user: "me@company.com", password: "w0rd" } }],
  ["smtp://me:p%40ss%2Fw%23rd@mail.company.com:587", { login: { user: "me", password: "p@ss/w#rd" } }],
])("SMTP_URL=%s is all of it, whatever churn.yaml has", (url, way) => {
  expect(read({ host: "other", port: 25, user: "other" }, { SMTP_URL: url, SMTP_PASSWORD: "other" })).toMatchObject({
    kind: "smtp",
    smtp: way,
  });
});

test("require_tls: false of churn.yaml counts for an SMTP_URL, too", () => {
  expect(read({ require_tls: false }, { SMTP_URL: "smtp://h" })).toMatchObject({ smtp: { tls: "offered" } });
  expect(read({ require_tls: false }, { SMTP_URL: "smtps://h" })).toMatchObject({ smtp: { tls: "first" } });
});

test.each([
  "mail.company.com:587",
  "http://me:s3cretword@mail.company.com",
  "smtp:me:s3cretword@mail.company.com",
  "smtp://",
  "smtp://me:s3cretword@",
  "smtp://me:s3cretword@host:0",
  "smtp://me:s3cretword@host:65536",
  "smtp://me:s3cretword@host:587/path",
  "smtp://me:s3cretword@host:587?pool=true",
  "smtp://me:s3cret/word@host:587",
  "smtp://me:s3cret#word@host:587",
  "smtp://me:s3cret%word@host:587",
  "smtp://me:s3cretword%0d%0a@host:587",
  "smtp://me:s3cretword@host\r\nRCPT TO:<evil@example.com>",
  "smtp://me:s3cretword@ho%00st",
  "smtp://me@host",
  "smtp://:s3cretword@host",
  " smtp://me:s3cretword@host",
])("SMTP_URL=%s is refused, and nothing of it is said", (url) => {
  const found = read({}, { SMTP_URL: url });
  expect(found).toEqual({ kind: "missing", reason: expect.stringMatching(/^SMTP_URL is no mail server's address: /) });
  expect(JSON.stringify(found)).not.toMatch(/s3cret|company/);
});

test.each([
  [{}, {}, /^no mail server is named: set notify\.email\.smtp\.host in churn\.yaml, or SMTP_URL/],
  [{ host: "smtp://mail" }, {}, /^notify\.email\.smtp\.host is no host: /],
  [{ host: "mail:587" }, {}, /^notify\.email\.smtp\.host is no host: /],
  [{ host: "mail\r\nHost: evil" }, {}, /^notify\.email\.smtp\.host is no host: /],
  [{ host: "mail", user: "me" }, {}, /^notify\.email\.smtp\.user is set, but no SMTP_PASSWORD: /],
  [{ host: "mail" }, { SMTP_PASSWORD: "s3cretword" }, /^SMTP_PASSWORD is set, but no notify\.email\.smtp\.user: /],
])("%j with %j is none", (smtp, secrets, reason) => {
  expect(read(smtp, secrets)).toEqual({ kind: "missing", reason: expect.stringMatching(reason) });
});

test("whatever user and password are, escaped they come out as they were", () => {
  const word = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/\p{Cc}/u.test(text));
  fc.assert(
    fc.property(word, word, (user, password) => {
      const url = `smtp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@mail.company.com`;
      expect(read({}, { SMTP_URL: url })).toMatchObject({
        smtp: { host: "mail.company.com", login: { user, password } },
      });
    }),
  );
});

test("no text leads to a server that has another name than a host's", () => {
  const letters = [..."ab.-:@%/?#\\[]0 \r\n\0é", "%40", "%0a", ":25", "@host"];
  const text = fc.array(fc.constantFrom(...letters), { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (address) => {
      const found = read({}, { SMTP_URL: `smtp://${address}` });
      const host = found.kind === "smtp" ? found.smtp.host : "none";
      expect(host).toMatch(/^[\w.:-]+$/);
      // Whatever a browser would have made of it.
      expect(found.kind === "smtp" && !new URL(`smtp://${address}`).host.includes(host)).toBe(false);
    }),
    { numRuns: 1000 },
  );
});
