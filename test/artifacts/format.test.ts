import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { defineFormat, type Format, recordPart, upgrade } from "../../src/lib/artifacts/format.ts";
import { jsonText, parseJson } from "../../src/lib/artifacts/json-text.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";

const { churn } = VERSIONS;

/** Version 1 had one name, version 2 has several. */
const one = z.strictObject({ name: z.string() });
const several = z.strictObject({ names: z.array(z.string()) });
const upgrades = { 1: upgrade(one, several, ({ name }) => ({ names: [name] })) };
const file = defineFormat({ version: 2, schema: several, upgrades });
const part = recordPart(several.shape, upgrades);

const steps = z.strictObject({ steps: z.array(z.int()) });

/** A format of so many versions, each of whose steps leaves its number. */
function chainOf(version: number): Format<typeof steps> {
  const numbers = Array.from({ length: version - 1 }, (_, index) => index + 1);
  const leaving = (number: number) => upgrade(steps, steps, (old) => ({ steps: [...old.steps, number] }));
  return defineFormat({
    version,
    schema: steps,
    upgrades: Object.fromEntries(numbers.map((number) => [number, leaving(number)])),
  });
}

describe("what is written", () => {
  test("begins with its version and the churn that wrote it; version 1 of a file had none of the latter", () => {
    expect(jsonText(file.write({ names: ["a"] }))).toBe(`{
  "schema_version": 2,
  "churn_version": "${churn}",
  "names": [
    "a"
  ]
}
`);
    const first = defineFormat({ version: 1, schema: one, upgrades: {} });
    expect(first.write({ name: "a" })).toEqual({ schema_version: 1, name: "a" });
  });

  test("says no churn where the record around it does, and no version 1 either", () => {
    expect(part.write({ names: ["a"] })).toEqual({ schema_version: 2, names: ["a"] });
    expect(recordPart(one.shape).write({ name: "a" })).toEqual({ name: "a" });
  });

  test("is refused where a field is missing, wrong or unknown", () => {
    for (const fields of [{}, { names: [1] }, { names: [], more: true }]) {
      expect(() => (file as Format).write(fields)).toThrow(z.ZodError);
    }
  });

  test("is read as it was, whatever it is", () => {
    const schema = z.strictObject({
      text: z.string(),
      share: z.number().nullable(),
      by_column: z.record(z.string(), z.array(z.int())),
    });
    const values = fc.record({
      text: fc.string({ unit: "binary" }),
      share: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((share) => share + 0)),
      by_column: fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        fc.array(fc.integer()),
        { noNullPrototype: true },
      ),
    });
    const formats = [
      defineFormat({ version: 1, schema, upgrades: {} }),
      defineFormat({ version: 2, schema, upgrades: { 1: upgrade(schema, schema, (old) => old) } }),
      recordPart(schema.shape),
      recordPart(schema.shape, { 1: upgrade(schema, schema, (old) => old) }),
    ];
    fc.assert(
      fc.property(values, fc.constantFrom(...formats), (value, format) => {
        const text = Buffer.from(jsonText(format.write(value)));
        expect(format.read(parseJson(text, "file"), "file")).toEqual(value);
      }),
    );
  });
});

describe("what an older churn wrote", () => {
  test("is read as the present version has it", () => {
    expect(file.read({ schema_version: 1, name: "a" }, "file")).toEqual({ names: ["a"] });
    expect(part.read({ name: "a" }, "part")).toEqual({ names: ["a"] });
  });

  test("goes up version by version, from its own to the present one, and no step is left out", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 7 }), (version, older) => {
        fc.pre(older < version);
        const from = version - older;
        const path = Array.from({ length: older }, (_, index) => from + index);
        expect(chainOf(version).read({ schema_version: from, steps: [] }, "file")).toEqual({ steps: path });
      }),
    );
  });

  test("has a way up from every version, or the format is no format", () => {
    expect(() => defineFormat({ version: 3, schema: several, upgrades })).toThrow("no upgrade from version 2 to 3");
  });

  test("is described as it was", () => {
    expect(Object.keys(file.written(1).shape)).toEqual(["schema_version", "name"]);
    expect(Object.keys(file.written(2).shape)).toEqual(["schema_version", "churn_version", "names"]);
    expect(Object.keys(part.written(1).shape)).toEqual(["name"]);
    expect(Object.keys(part.written(2).shape)).toEqual(["schema_version", "names"]);
  });
});

describe("what can't be read", () => {
  test.each([
    ["of a newer churn names both", { schema_version: 3, churn_version: "9.4.0", other: 1 }, undefined, "churn 9.4.0"],
    ["of a newer churn that its record names", { schema_version: 3 }, "9.4.0", "churn 9.4.0"],
    [
      "of another build of this churn",
      { schema_version: 3, churn_version: VERSIONS.churn },
      undefined,
      "a newer churn",
    ],
    ["of a newer churn that nothing names", { schema_version: 3 }, undefined, "a newer churn"],
  ])("is refused, and the file is no fault: %s", (_, value, writer, other) => {
    expect(() => file.read(value, "models/x.json", writer)).toThrow(
      expect.objectContaining({
        name: "NewerVersionError",
        exitCode: 2,
        message: `models/x.json was written by ${other}, this is churn ${churn}`,
        hint: "install the newer churn again",
      }),
    );
  });

  test.each([
    [{ schema_version: 2, names: ["a", 2] }, "names.1: Invalid input: expected string, received number"],
    [{ schema_version: 2, names: [], more: 1 }, 'Unrecognized key: "more"'],
    [{ schema_version: 2, name: "a" }, "names: Invalid input: expected array, received undefined"],
    [{ schema_version: 1, names: [] }, "name: Invalid input: expected string, received undefined"],
    [{ schema_version: "2", names: [] }, "schema_version: Invalid input: expected number, received string"],
    [{ schema_version: 0, names: [] }, "schema_version: Too small: expected number to be >0"],
    [["names"], "Invalid input: expected object, received array"],
    [null, "Invalid input: expected object, received null"],
  ])("is damaged, and the field is named: %j", (value, problem) => {
    expect(() => file.read(value, "models/x.json")).toThrow(
      expect.objectContaining({ exitCode: 4, message: `models/x.json is damaged: ${problem}` }),
    );
  });
});
