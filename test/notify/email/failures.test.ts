import fc from "fast-check";
import { expect, test } from "vitest";
import { failedAttempt } from "../../../src/lib/notify/email/failures.ts";
import { hostileText } from "../../support/letters.ts";

const smtp = { host: "smtp.company.com", port: 587, tls: "required", login: undefined } as const;
const towards = { smtp, proxy: undefined, messageId: "<1@company.com>" };
const server = "the mail server smtp.company.com:587";

function error(fields: object, message = "it failed"): Error {
  return Object.assign(new Error(message), fields);
}

test.each([
  ["no such host (ENOTFOUND); look at its name", { code: "EDNS", originalCode: "ENOTFOUND" }, undefined],
  [
    "its name can't be looked up at the moment (EAI_AGAIN); look at its name",
    { code: "EDNS", originalCode: "EAI_AGAIN" },
    { after: 0 },
  ],
  [
    "its certificate has expired (CERT_HAS_EXPIRED); have it renewed, and look at this machine's clock",
    { code: "ESOCKET", originalCode: "CERT_HAS_EXPIRED" },
    undefined,
  ],
  [
    "its certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID); take the name that it is certified for",
    { code: "ESOCKET", originalCode: "ERR_TLS_CERT_ALTNAME_INVALID" },
    undefined,
  ],
  [
    "the host can't be reached (EHOSTUNREACH); is it up, and is the port right?",
    { code: "ESOCKET", originalCode: "EHOSTUNREACH" },
    { after: 0 },
  ],
])("%s", (says, fields, retry) => {
  expect(failedAttempt(error({ command: "CONN", ...fields }), "nothing", towards)).toEqual({
    kind: "unsent",
    reason: `${server}: ${says}`,
    retry,
  });
});

test("an IPv6 address stands in brackets, and what nobody expected is told in its own words", () => {
  const there = { ...towards, smtp: { ...smtp, host: "::1" } };
  expect(failedAttempt(error({ code: "ECONNECTION", command: "CONN" }), "nothing", there)).toMatchObject({
    reason: "the mail server [::1]:587 cut the connection",
  });
  expect(failedAttempt(error({ code: "EODD" }, "of its own kind"), "nothing", towards)).toEqual({
    kind: "unsent",
    reason: "the mail can't be sent: of its own kind",
    retry: undefined,
  });
});

test("503 says that the session went wrong, not the mail: it is tried again", () => {
  const refused = error({
    code: "EENVELOPE",
    command: "DATA",
    response: "503 no",
    responseCode: 503,
    permanent: false,
  });
  expect(failedAttempt(refused, "nothing", towards)).toMatchObject({ kind: "unsent", retry: { after: 10 } });
});

test("whatever the error: unknown is exactly what had the whole mail and said no number, and the reason is one line", () => {
  const code = fc.constantFrom(
    ...["ECONNECTION", "ETIMEDOUT", "ESOCKET", "EDNS", "ETLS", "EPROTOCOL", "EENVELOPE", "EMESSAGE", "ESTREAM"],
    ...["EAUTH", "EABORT", "EPROXY", "ECONNREFUSED", undefined],
  );
  const failure = fc.record({
    code,
    originalCode: fc.option(fc.constantFrom("ECONNRESET", "CERT_HAS_EXPIRED", "EPROTO"), { nil: undefined }),
    command: fc.option(fc.constantFrom("CONN", "STARTTLS", "AUTH PLAIN", "MAIL FROM", "RCPT TO", "DATA", "API"), {
      nil: undefined,
    }),
    response: fc.option(hostileText, { nil: undefined }),
    responseCode: fc.option(fc.constantFrom(354, 421, 451, 454, 503, 535, 550, 554), { nil: undefined }),
    message: hostileText,
  });
  const handed = fc.constantFrom("nothing", "part", "whole");
  const proxy = fc.option(fc.constant("proxy.company.com:3128"), { nil: undefined });
  fc.assert(
    fc.property(failure, handed, proxy, ({ message, ...given }, so, by) => {
      const number = given.responseCode ?? 0;
      const permanent = number === 0 ? undefined : number >= 500 && number !== 503;
      const attempt = failedAttempt(error({ ...given, permanent }, message), so, { ...towards, proxy: by });
      const isDecided = number >= 400;
      expect(attempt.kind).toBe(so === "whole" && !isDecided ? "unknown" : "unsent");
      if (attempt.kind === "sent") return;
      expect(attempt.reason).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(attempt.reason.length).toBeLessThan(700);
    }),
    { numRuns: 1000 },
  );
});

test("what is no error of anybody's sending is no reason", () => {
  expect(() => failedAttempt("a text", "nothing", towards)).toThrow("a text");
});
