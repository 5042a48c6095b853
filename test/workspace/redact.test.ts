import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schemas } from "../../src/cli.ts";
import { isTree } from "../../src/lib/config/tree.ts";
import { redactor, redactSentences, redactWithin, SENTENCES } from "../../src/lib/workspace/redact.ts";

const MASKS_ITSELF = /\*/;
const wellFormed = (value: string) => Buffer.from(value).toString() === value;
const plain = (value: string) => !MASKS_ITSELF.test(value);
const secret = fc.string({ minLength: 12, unit: "binary" }).filter((value) => plain(value) && wellFormed(value));
const shortSecret = fc
  .string({ minLength: 5, maxLength: 11, unit: "binary" })
  .filter((value) => value.length < 12 && plain(value) && wellFormed(value));
const text = fc.string({ unit: "binary" }).filter(plain);
const anySecrets = fc.array(fc.oneof(secret, shortSecret, fc.constantFrom("68343", "hunter2", "hunter2hunter2")), {
  maxLength: 4,
});

const spellings: readonly [string, (value: string) => string][] = [
  ["as it is", (value) => value],
  ["in a URL's path", (value) => encodeURIComponent(value)],
  ["in a URL's path, lower case", (value) => encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase())],
  ["in a form", (value) => new URLSearchParams({ v: value }).toString().slice(2)],
  ["in base64", (value) => Buffer.from(value).toString("base64")],
  ["in JSON", (value) => JSON.stringify(value).slice(1, -1)],
  ["in SQL", (value) => value.replaceAll("'", "''")],
  ["in a command", (value) => value.replaceAll("'", "'\\''")],
];

describe("a secret of twelve or more characters", () => {
  test.each(spellings)("does not survive %s, whatever stands around it", (_, spell) => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), text, text, (values, before, after) => {
        const redact = redactor(values);
        for (const value of values) expect(redact(`${before}${spell(value)}${after}`)).not.toContain(spell(value));
      }),
    );
  });

  test("does not survive in the header of a login, of which it is only a part", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 12 }), fc.string(), (before, value, after) => {
        const header = Buffer.from(`${before}${value}${after}`).toString("base64");
        const shown = redactor([value])(header);
        expect(Buffer.from(shown.replaceAll("***", ""), "base64").toString("latin1")).not.toContain(
          Buffer.from(value).toString("latin1"),
        );
        expect(shown).toContain("***");
      }),
    );
  });

  test("takes another one along that it overlaps", () => {
    expect(redactor(["abcdefghijkl", "ghijklmnopqr"])("x abcdefghijklmnopqr y")).toBe("x *** y");
  });
});

describe("a shorter secret", () => {
  test.each([
    ["hunter2", "login hunter2 failed", "login *** failed"],
    ["hunter2", "hunter2", "***"],
    ["hunter2", "churn:hunter2@db, x=hunter2&y", "churn:***@db, x=***&y"],
    [
      "68343",
      'took 68343, not 168343, 683430, 6834.3 or a68343; "68343"',
      'took ***, not 168343, 683430, 6834.3 or a68343; "***"',
    ],
    ["blaue", "blaue blauer éblaue blaue_", "*** blauer éblaue ***_"],
    ["p@ss w", "it was p%40ss%20w or p%40ss+w", "it was *** or ***"],
  ])("%s is masked where no letter or digit adjoins: %s", (value, before, after) => {
    expect(redactor([value])(before)).toBe(after);
  });

  test("never changes a text in which letters stand on both sides of it", () => {
    fc.assert(
      fc.property(shortSecret, (value) => {
        const word = `a${value}b`;
        // Some forms are secrets by themselves.
        fc.pre(redactor([])(word) === word);
        fc.pre(!value.slice(1).includes(value.slice(0, 1)));
        expect(redactor([value])(word)).toBe(word);
      }),
    );
  });

  test("within a longer one goes with it", () => {
    expect(redactor(["hunter2", "hunter2-admin"])("login hunter2-admin failed, hunter2 too")).toBe(
      "login *** failed, *** too",
    );
  });
});

test("what was masked stays as it is", () => {
  fc.assert(
    fc.property(
      anySecrets,
      fc.array(fc.oneof(text, fc.constantFrom("https://u:p@h", "password=x")), { maxLength: 4 }),
      (values, parts) => {
        const redact = redactor(values);
        const shown = redact(parts.flatMap((part, index) => [part, values[index] ?? ""]).join(""));
        expect(redact(shown)).toBe(shown);
      },
    ),
  );
});

test("JSON keeps its structure: only texts change", () => {
  fc.assert(
    fc.property(anySecrets, fc.jsonValue({ stringUnit: "binary" }), (values, value) => {
      const redact = redactor([...values, "68343"]);
      const shown = JSON.stringify(redactWithin({ value, bytes: 68_343 }, redact));
      const before: unknown[] = [];
      JSON.parse(JSON.stringify({ value, bytes: 68_343 }), (name, part: unknown) => {
        before.push(typeof part === "string" ? redact(part) : typeof part === "object" ? name : part);
        return part;
      });
      const after: unknown[] = [];
      JSON.parse(shown, (name, part: unknown) => {
        after.push(typeof part === "object" ? name : part);
        return part;
      });
      expect(after).toEqual(before);
    }),
  );
});

test("a number is no secret, in a text of JSON it is", () => {
  const redact = redactor(["68343"]);
  expect(redactWithin({ bytes: 68_343, note: "68343", list: ["68343", null, true] }, redact)).toEqual({
    bytes: 68_343,
    note: "***",
    list: ["***", null, true],
  });
});

test("what becomes JSON by itself is left to do so", () => {
  const at = new Date(0);
  expect(redactWithin({ at }, String)).toEqual({ at });
});

describe("sentences", () => {
  const redact = (text: string) => text.replaceAll("s3cret", "***");

  test("are masked where they stand, deep within as well; names, ids and what isn't text stay", () => {
    expect(
      redactSentences(
        {
          reason: "of s3cret",
          model: "s3cret",
          rows: 3,
          production: { version: 4, problem: "s3cret is gone", digest: "s3cret" },
          channels: [{ channel: "file", detail: "to s3cret" }, { detail: null }],
          message: { kind: "failed", reason: "s3cret", details: ["1: s3cret"] },
          columns: [{ name: "s3cret" }],
        },
        redact,
      ),
    ).toEqual({
      reason: "of ***",
      model: "s3cret",
      rows: 3,
      production: { version: 4, problem: "*** is gone", digest: "s3cret" },
      channels: [{ channel: "file", detail: "to ***" }, { detail: null }],
      message: { kind: "failed", reason: "***", details: ["1: ***"] },
      columns: [{ name: "s3cret" }],
    });
  });

  test("are free text in every form that churn writes: a mask makes none of them invalid", () => {
    const words: string[] = [];
    const look = (name: string, schema: unknown) => {
      if (Array.isArray(schema)) for (const part of schema) look(name, part);
      else if (isTree(schema)) {
        if (SENTENCES.has(name) && ("enum" in schema || "const" in schema || "pattern" in schema || "format" in schema))
          words.push(JSON.stringify(schema));
        for (const [key, part] of Object.entries(schema)) {
          if (key === "properties" && isTree(part)) for (const [own, field] of Object.entries(part)) look(own, field);
          else look(key === "anyOf" || key === "items" || key === "oneOf" ? name : "", part);
        }
      }
    };
    for (const [file, schema] of schemas()) if (file !== "churn.schema.json") look("", schema);
    expect(words).toEqual([]);
  });
});

test("half a character is no reason to fail", () => {
  expect(redactor(["pass\ud800word"])("it was pass\ud800word")).toBe("it was ***");
});

test("many secrets, long ones and long texts are read once", () => {
  const long = "x".repeat(60_000);
  const many = Array.from({ length: 20_000 }, (_, index) => `the-same-beginning-${index}-the-end`);
  const redact = redactor([long, `${long}y`, ...many]);
  expect(redact(`${long}${long}`)).toBe("******");
  expect(redact(`${"a".repeat(1_000_000)} ${long} ${many[17]} ${"b:/".repeat(300_000)}`)).toMatch(
    /^a+ \*{3} \*{3} [b:/]+$/,
  );
  expect(redact(many.join(" "))).toBe(many.map(() => "***").join(" "));
});
