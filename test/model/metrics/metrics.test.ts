import { expect, test } from "vitest";
import * as z from "zod";
import { f1 } from "../../../src/lib/model/metrics/f1.ts";
import { metrics } from "../../../src/lib/model/metrics/metrics.ts";
import { projectFile, tableUnder } from "../../support/docs.ts";

test("F1 is among the metrics, since it decides, and no name is there twice", () => {
  expect(metrics).toContain(f1);
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
});

test("the docs' table has every metric with its title and what it is", async () => {
  const documented = tableUnder(await projectFile("docs/extending.md"), "## A metric");
  expect(documented).toEqual(metrics.map(({ name, title, schema }) => [name, title, schema.description]));
});

test("the README's table of stages names every metric", async () => {
  const stages = tableUnder(await projectFile("README.md"), "## The stages");
  const does = z.string().parse(stages.find(([stage]) => stage === "evaluate")?.[1]);
  expect(does).toBe(`${metrics.map(({ title }) => title).join(", ")} on the test customers; what drives the model`);
});

test("scikit-learn's values are kept of every metric", async () => {
  const golden = z
    .object({ cases: z.array(z.looseObject({})) })
    .parse(JSON.parse(await projectFile("test/golden/metrics.json")));
  const names = metrics.map(({ name }) => name);
  for (const known of golden.cases) expect(Object.keys(known)).toEqual(expect.arrayContaining(names));
});
