import { expect } from "vitest";
import { UnreachableError, UsageError } from "../../src/lib/errors.ts";
import { askRegistry, toldRegistry } from "../../src/lib/tracking/ask-registry.ts";
import { aliases } from "../../src/lib/tracking/tags.ts";
import { threeNights } from "../support/registry-workspace.ts";
import { modelName, test } from "../support/tracking-folder.ts";

test("a registry says its versions, and which one is in production", async ({ tracking }) => {
  const ask = () => askRegistry(async () => tracking, modelName, undefined);
  expect(await ask()).toEqual({ versions: [], current: null, problems: [] });
  await threeNights(tracking);
  const { versions, current, problems } = await ask();
  expect([versions?.map(({ version }) => version), current, problems]).toEqual([[3, 2, 1], 2, []]);
});

test("one that says two things of production tells all the rest", async ({ tracking }) => {
  await threeNights(tracking);
  await tracking.setAlias(modelName, aliases.champion, 1);
  const asked = await askRegistry(async () => tracking, modelName, "both");
  expect(asked.versions).toHaveLength(3);
  expect(asked.current).toBeUndefined();
  expect(asked.problems).toEqual([expect.stringMatching(/^two versions of churn-model are in production/)]);
});

test("that it can't be reached is told; a wrong password too, to who can do without", async () => {
  const refuse = (error: Error) => askRegistry(async () => Promise.reject(error), modelName, undefined);
  const unknown = { versions: undefined, current: undefined };
  expect(await refuse(new UnreachableError("nothing listens"))).toEqual({ ...unknown, problems: ["nothing listens"] });
  const wrong = new UsageError("wrong password");
  await expect(refuse(wrong)).rejects.toBe(wrong);
  expect(await toldRegistry(() => refuse(wrong))).toEqual({ ...unknown, problems: ["wrong password"] });
  const defect = new RangeError("a defect");
  await expect(toldRegistry(() => refuse(defect))).rejects.toBe(defect);
});
