import fc from "fast-check";
import { expect, test } from "vitest";
import { hasPassword, redactor } from "../../src/lib/workspace/redact.ts";

const MASKS_ITSELF = /\*/;
const secret = fc.string({ minLength: 5, unit: "binary" }).filter((value) => !MASKS_ITSELF.test(value));
const text = fc.string({ unit: "binary" }).filter((value) => !MASKS_ITSELF.test(value));

const spellings: readonly [string, (value: string) => string][] = [
  ["as it is", (value) => value],
  ["in a URL's path", (value) => encodeURIComponent(value)],
  ["in a URL's path, lower case", (value) => encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase())],
  ["in a form", (value) => new URLSearchParams({ v: value }).toString().slice(2)],
  ["in base64", (value) => Buffer.from(value).toString("base64")],
  ["in JSON", (value) => JSON.stringify(value).slice(1, -1)],
];

test.each(spellings)("no secret survives %s, whatever stands around it", (_, spell) => {
  const wellFormed = secret.filter((value) => Buffer.from(value).toString() === value);
  fc.assert(
    fc.property(fc.array(wellFormed, { minLength: 1, maxLength: 4 }), text, text, (values, before, after) => {
      const redact = redactor(values);
      for (const value of values) expect(redact(`${before}${spell(value)}${after}`)).not.toContain(spell(value));
    }),
  );
});

test("no secret survives in the header of a login, of which it is only a part", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 5 }), fc.string(), (before, value, after) => {
      const header = Buffer.from(`${before}${value}${after}`).toString("base64");
      const shown = redactor([value])(header);
      expect(Buffer.from(shown.replaceAll("***", ""), "base64").toString("latin1")).not.toContain(
        Buffer.from(value).toString("latin1"),
      );
      expect(shown).toContain("***");
    }),
  );
});

test("of two secrets, one within the other, the longer is masked whole", () => {
  expect(redactor(["hunter2", "hunter2-admin"])("login hunter2-admin failed, hunter2 too")).toBe(
    "login *** failed, *** too",
  );
});

test("half a character is no reason to fail", () => {
  expect(redactor(["pass\ud800word"])("it was pass\ud800word")).toBe("it was ***");
});

test.each([
  ["postgres://churn:s3cret@db.company.com/crm", "postgres://churn:***@db.company.com/crm"],
  ["at https://:tok@mlflow:5000/x, and http://a:b@c", "at https://:***@mlflow:5000/x, and http://a:***@c"],
  ["http://localhost:5000/models/churn@production", "http://localhost:5000/models/churn@production"],
  ["mail to maria@company.com: done", "mail to maria@company.com: done"],
])("the password of any URL is masked, and nothing else: %s", (before, after) => {
  expect(redactor([])(before)).toBe(after);
  expect(hasPassword(before)).toBe(before !== after);
});
