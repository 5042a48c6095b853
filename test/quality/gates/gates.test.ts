import { expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { configSchema } from "../../../src/lib/config/schema.ts";
import { gates } from "../../../src/lib/quality/gates/gates.ts";
import { projectFile, tableUnder } from "../../support/docs.ts";

const least = { dataset: { id: "id", target: { column: "churned" } }, source: { url: "csv:customers.csv" } };

/** A setting as one would write it. */
function written(setting: unknown): string {
  const { limit, severity } = z.looseObject({}).parse(setting);
  return String(limit ?? severity ?? "{}");
}

test("churn.yaml has a key for each gate, in the list's order, with the gate's own default", () => {
  const config = configSchema.parse(least);
  expect(Object.keys(config.gates)).toEqual(gates.map(({ name }) => name));
  expect(config.gates).toEqual(Object.fromEntries(gates.map(({ name, schema }) => [name, schema.parse(undefined)])));
});

test("churn.yaml takes no gate that isn't in the list", () => {
  expect(configSchema.safeParse({ ...least, gates: { row_cuont: 1 } }).success).toBe(false);
});

test("the docs' table has every gate with its default and what it asks", async () => {
  const documented = tableUnder(await projectFile("docs/extending.md"), "## A quality gate");
  expect(documented).toEqual(
    gates.map(({ name, schema }) => [name, written(schema.parse(undefined)), schema.description]),
  );
});

test("the README's churn.yaml has every gate, in the list's order", async () => {
  const block = /```yaml\n([^`]*)```/.exec(await projectFile("README.md"))?.[1] ?? "";
  const shown = z.object({ gates: z.record(z.string(), z.unknown()) }).parse(parse(block));
  expect(Object.keys(shown.gates)).toEqual(gates.map(({ name }) => name));
});
