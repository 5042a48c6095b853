import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { jsonSchemas } from "../src/lib/artifacts/json-schemas.ts";
import { jsonText } from "../src/lib/artifacts/json-text.ts";
import { configKeys, sectionNames } from "../src/lib/config/keys.ts";
import { ownTableConfig, sampleConfig } from "../src/lib/init/churn-yaml.ts";
import { pipeline } from "../src/pipeline.ts";
import { releasedVersions, releasedWorkspace } from "./support/released.ts";

const folder = fileURLToPath(new URL("../docs/schemas", import.meta.url));
const schemas = jsonSchemas(pipeline);

const part = z.looseObject({ schema_version: z.int().optional() }).nullish();
const written = z.looseObject({ schema_version: z.int(), result: part, checkpoint: part });

describe("docs/schemas", () => {
  test("has a file for churn.yaml and for each version of what churn writes, and no other", async () => {
    expect((await readdir(folder)).sort(), "npm run schemas").toEqual([...schemas.keys()].sort());
  });

  test.each([...schemas])(
    "%s is what the program writes or takes: another form is another version",
    async (file, schema) => {
      expect(await readFile(join(folder, file), "utf8")).toBe(jsonText(schema));
    },
  );
});

test.each(releasedVersions)("what churn %s left is as the schemas say", async (version) => {
  await using workspace = await releasedWorkspace(version);
  const { root } = workspace;
  const files = (await readdir(root, { recursive: true })).filter((file) =>
    /^(records\/.+|(raw|processed|features|models)\/[^/]+\/[^/]+|workspace)\.json$/.test(file),
  );
  expect(files.length).toBeGreaterThan(40);
  for (const file of files) {
    const value = written.parse(JSON.parse(await readFile(join(root, file), "utf8")));
    const name = file.startsWith("records/") ? "record" : basename(file, ".json");
    expectValid(`${name}.${value.schema_version}`, value, file);
    for (const part of ["result", "checkpoint"] as const) {
      const fields = value[part];
      if (fields) expectValid(`${basename(file, ".json")}-${part}.${fields.schema_version ?? 1}`, fields, file);
    }
  }
});

function expectValid(name: string, value: unknown, file: string): void {
  const schema = schemas.get(`${name}.schema.json`);
  if (schema === undefined) throw new Error(`${file}: there is no schema ${name}`);
  expect(z.fromJSONSchema(schema).safeParse(value).error, `${file} as ${name}`).toBeUndefined();
}

describe("the schema of churn.yaml", () => {
  const schema = schemas.get("churn.schema.json") ?? {};
  const takes = z.fromJSONSchema(schema);

  test.each([...sectionNames, ...configKeys.map(({ name }) => name)])("describes %s", (name) => {
    const place = name.split(".").reduce<unknown>((part, key) => nested.parse(part).properties[key], schema);
    expect(nested.parse(place).description).toMatch(/\w/);
  });

  test("takes what init writes, and refuses a key that isn't there", () => {
    for (const text of [sampleConfig("UTC"), ownTableConfig("UTC")]) {
      const written = z.record(z.string(), z.unknown()).parse(parse(text));
      expect(takes.safeParse(written)).toMatchObject({ success: true });
      expect(takes.safeParse({ ...written, trian: {} })).toMatchObject({ success: false });
    }
  });

  test("is the same on every machine, whatever its time zone", () => {
    expect(jsonText(schema)).not.toContain(JSON.stringify(Intl.DateTimeFormat().resolvedOptions().timeZone));
  });
});

const nested = z.looseObject({
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
});
