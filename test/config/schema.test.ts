import { expect, test } from "vitest";
import { parse } from "yaml";
import { configKeys } from "../../src/lib/config/keys.ts";
import { configSchema } from "../../src/lib/config/schema.ts";
import { projectFile } from "../support/docs.ts";

test("the README's churn.yaml names every key, with its default", async () => {
  const [, yaml = ""] = /^```yaml\n(.*?)^```/ms.exec(await projectFile("README.md")) ?? [];
  const shown = parse(yaml);
  const { timezone, dataset, source } = shown;
  // What has no default is the sample's.
  expect(configSchema.parse(shown)).toEqual(
    configSchema.parse({ timezone, dataset: { id: dataset.id, date: dataset.date, target: dataset.target }, source }),
  );
  // Of the last name: XGBoost has many parameters, which train.params stands for.
  const unnamed = configKeys.filter(({ path }) => !path.includes("params") && !yaml.includes(String(path.at(-1))));
  expect(unnamed.map(({ name }) => name)).toEqual([]);
});
