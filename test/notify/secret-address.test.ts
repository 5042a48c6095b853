import { expect, test } from "vitest";
import { readEnvironment } from "../../src/lib/workspace/env.ts";

/** By variable: its value, and what of it nobody may see. */
const PLANTED = {
  NOTIFY_WEBHOOK_URL: ["https://hooks.company.com/in/T0-5f1c7a9c?team=ml", "T0-5f1c7a9c"],
  NOTIFY_WEBHOOK_SECRET: ["whsec of the team, 5f1c", "team, 5f1c"],
  HEARTBEAT_URL: ["https://hc.company.com/ping-key-7a9c4c2c/nightly?create=1", "ping-key-7a9c4c2c"],
  SMTP_URL: ["smtps://churn:ge%2Fheim-9@mail.company.com:465", "ge%2Fheim-9"],
} as const;
const environment = Object.fromEntries(Object.entries(PLANTED).map(([name, [value]]) => [name, value]));

const inBase64 = (value: string) => Buffer.from(value).toString("base64");

test.each(Object.entries(PLANTED))("%s is masked however it is spelt", (name, [value, secret]) => {
  const { redact } = readEnvironment({ [name]: value }, "/nowhere");
  for (const spell of [(text: string) => text, encodeURIComponent]) {
    const shown = redact(`before ${spell(value)} after`);
    expect(shown).toMatch(/^before .*\*\*\*.* after$/);
    expect(shown).not.toContain(spell(secret));
  }
  expect(redact(`before ${inBase64(value)} after`)).toBe("before *** after");
  // Amid other bytes: no run of it is left that tells anything.
  const amid = inBase64(`a${value}b`);
  const shown = redact(amid);
  for (let at = 4; at + 12 < amid.length; at += 1) expect(shown).not.toContain(amid.slice(at, at + 8));
});

test("so is what becomes of a heartbeat's address", () => {
  const { redact } = readEnvironment(environment, "/nowhere");
  const asked =
    "https://hc.company.com/ping-key-7a9c4c2c/nightly/start?create=1&rid=0b5a3a0c-98ae-8c5a-9c1d-5d0f6a3e3f0d";
  expect(redact(`POST ${asked}`)).not.toContain("7a9c4c2c");
  expect(redact("POST /ping-key-7a9c4c2c/nightly/0 HTTP/1.1")).toBe("POST /***/0 HTTP/1.1");
  expect(redact("550 for churn with ge/heim-9 at mail.company.com")).toBe("550 for churn with *** at mail.company.com");
});
