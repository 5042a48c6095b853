import { expect, test } from "vitest";
import { jsonText, parseJson } from "../../src/lib/artifacts/json-text.ts";

test("a file is JSON that people can read, with an end of line", () => {
  expect(jsonText({ rows: 3, names: ["ä"] })).toBe('{\n  "rows": 3,\n  "names": [\n    "ä"\n  ]\n}\n');
});

test("a file that is cut short is damaged, and is named", () => {
  const half = Buffer.from(jsonText({ rows: 3 }).slice(0, 8));
  expect(() => parseJson(half, "raw/x.json")).toThrow(
    expect.objectContaining({ exitCode: 4, message: "raw/x.json is damaged: it is not whole JSON" }),
  );
});
