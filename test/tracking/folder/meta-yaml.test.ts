import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test as base, describe, expect } from "vitest";
import { parse, parseDocument } from "yaml";
import * as z from "zod";
import {
  changeMeta,
  metaInteger,
  metaOptionalText,
  metaText,
  readMeta,
  writeMeta,
} from "../../../src/lib/tracking/folder/meta-yaml.ts";

const test = base.extend<{ file: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  file: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "churn-meta-"));
    await use(join(folder, "meta.yaml"));
    await rm(folder, { recursive: true });
  },
});

/** What YAML's own parser makes of a text, if it takes it. */
function parsedByYaml(text: string): unknown {
  try {
    const document = parseDocument(text, { schema: "failsafe" });
    return document.errors.length === 0 ? document.toJS() : undefined;
  } catch {
    return undefined;
  }
}

/** Texts that a careless writer of YAML turns into something else. */
const nasty = [
  "no",
  "on",
  "~",
  "null",
  "",
  "2026-11-23",
  "0123",
  "12e4",
  "1_000",
  "😀 é ß",
  "a: b",
  "- a",
  "#",
  '"',
  "'",
  "\\",
  "%",
  "\u2028",
  "\u0085",
  "\ufeff",
  "a\nb\n",
  "\t",
  "\r\n",
  " x ",
  "{}",
  "!!int 3",
  "&a",
  "*a",
  "|",
  ">",
];
const anyText = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));

describe("a text comes back as it went", () => {
  test("through churn's own reader", async ({ file }) => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.integer(), async (name, version) => {
        await writeFile(file, writeMeta({ name, version, end_time: null }));
        const meta = await readMeta(
          file,
          z.strictObject({ name: metaText, version: metaInteger, end_time: metaOptionalText }),
        );
        expect(meta?.fields).toEqual({ name, version, end_time: null });
      }),
      { numRuns: 300 },
    );
  });

  test("through readers of YAML 1.1, as PyYAML is one, and 1.2", () => {
    fc.assert(
      fc.property(anyText, (name) => {
        for (const version of ["1.1", "1.2"] as const) {
          expect(parse(writeMeta({ name, version: 3 }), { version })).toEqual({ name, version: 3 });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("that takes the place of another, for readers of YAML 1.1 too", () => {
    fc.assert(
      fc.property(anyText, anyText, (before, more) => {
        const description = `${before} ${more}`;
        const changed = changeMeta(writeMeta({ description: before, version: 3 }), { description });
        for (const version of ["1.1", "1.2"] as const)
          expect(parse(changed, { version })).toEqual({ description, version: 3 });
      }),
      { numRuns: 300 },
    );
  });

  test("when another field changes", async ({ file }) => {
    await fc.assert(
      fc.asyncProperty(anyText, async (description) => {
        const text = writeMeta({ description, current_stage: "None" });
        await writeFile(file, changeMeta(text, { current_stage: "Staging", last_updated_timestamp: 7 }));
        const fields = z.strictObject({
          description: metaText,
          current_stage: metaText,
          last_updated_timestamp: metaInteger,
        });
        expect((await readMeta(file, fields))?.fields).toEqual({
          description,
          current_stage: "Staging",
          last_updated_timestamp: 7,
        });
      }),
      { numRuns: 300 },
    );
  });
});

test("what PyYAML writes without quotes is read as it meant it", async ({ file }) => {
  await writeFile(file, "run_id: 12345678901234567890123456789e12\nuser: null\nversion: 3\nold: '5'\n");
  const schema = z.object({ run_id: metaText, user: metaOptionalText, version: metaInteger, old: metaInteger });
  expect((await readMeta(file, schema))?.fields).toEqual({
    run_id: "12345678901234567890123456789e12",
    user: null,
    version: 3,
    old: 5,
  });
});

test("what stands plainly, one field to a line, is read as YAML's parser reads it", async ({ file }) => {
  const plain = fc.stringMatching(/^[\w./:+%~@=,-]{1,12}$/);
  const inside = fc.stringMatching(/^[ \w./:+%~@=,#{}[\]&*!|>?-]{0,12}$/);
  const value = fc.oneof(
    plain,
    inside,
    inside.map((text) => `"${text}"`),
    inside.map((text) => `'${text}'`),
    fc
      .array(
        fc.constantFrom("\\n", '\\"', "\\\\", "\\/", "\\r", "\\t", "\\x41", "\\u2028", "\\ ", "n", " ", ": ", "'"),
        { maxLength: 8 },
      )
      .map((parts) => `"${parts.join("")}"`),
  );
  const other = fc.constantFrom(
    "",
    "tags: []\n",
    "aliases: {}\n",
    "\n",
    "# a comment\n",
    "text: 'folded\n  here'\n",
    "a: 1\na: 2\n",
  );
  await fc.assert(
    fc.asyncProperty(value, other, async (written, more) => {
      const text = `name: ${written}\n${more}version: 3\n`;
      await writeFile(file, text);
      const read = readMeta(file, z.object({ name: z.string(), version: z.string() }));
      const parsed = z.object({ name: z.string() }).safeParse(parsedByYaml(text));
      if (parsed.success) expect((await read)?.fields).toEqual({ name: parsed.data.name, version: "3" });
      else await expect(read).rejects.toMatchObject({ exitCode: 5 });
    }),
    { numRuns: 500 },
  );
});

test("a lone half of a character becomes U+FFFD, in the file and for every reader", () => {
  expect(writeMeta({ name: "a\ud83db" })).toBe('name: "a\ufffdb"\n');
});

describe("what is no meta.yaml is a sentence that names the file", () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [before, letter] of ["ab", "bc", "cd", "de", "ef", "fg"]) {
    bomb.push(`${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`);
  }
  test.for([
    ["an alias without an anchor", "name: a\nzz: *nope\n"],
    ["a bomb of aliases", `name: a\n${bomb.join("\n")}\n`],
    ["an alias of itself", "name: &a [*a]\n"],
    ["lists as deep as the stack", `name: ${"[".repeat(60_000)}\n`],
    ["maps as deep as the stack", `${"{a: ".repeat(15_000)}\n`],
    ["a list of keys", "? [a, b]\n: c\n"],
    ["two documents", "name: a\n---\nname: b\n"],
    ["a tag of nobody's", "name: !!python/object:os.system a\nname: b\n"],
    ["bytes that are no text", "\0\u0001\u0002"],
    ["nothing", ""],
  ])("%s", async ([, text], { file }) => {
    await writeFile(file, text ?? "");
    const reading = readMeta(file, z.object({ name: metaText, version: metaInteger }));
    await expect(reading).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining(`${file} is damaged`),
    });
  });

  test("gigabytes", async ({ file }) => {
    await writeFile(file, "name: a\n");
    await truncate(file, 2 ** 40);
    await expect(readMeta(file, z.object({}))).rejects.toMatchObject({ exitCode: 5 });
  });
});
