import { expect, test } from "vitest";
import { configSchema } from "../../src/lib/config/schema.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { mistakeAhead } from "../../src/lib/stage/ahead.ts";
import type { Stage } from "../../src/lib/stage/define.ts";
import { idleStage } from "../support/records.ts";

const config = configSchema.parse({
  timezone: "UTC",
  dataset: { id: "id", target: { column: "y" } },
  source: { url: "duckdb:x.duckdb", table: "t" },
});

/** Four stages of which the second and the last refuse their configuration; who was asked, and of what. */
function pipeline() {
  const asked: [stage: string, rounds: number][] = [];
  const refusing = (name: string): Stage => ({
    ...idleStage(name),
    check: async ({ config: { train } }) => {
      asked.push([name, train.rounds]);
      throw new UsageError(`${name} refuses`);
    },
  });
  const stages = [idleStage("extract"), refusing("transform"), idleStage("train"), refusing("evaluate")];
  const from = (name: string) =>
    mistakeAhead(stages, stages.find((stage) => stage.name === name) ?? idleStage(name), config);
  return { asked, from };
}

test("the first stage that refuses is found, from the one that is to run on", async () => {
  const { asked, from } = pipeline();
  expect(await from("extract")).toEqual({ stage: "transform", error: new UsageError("transform refuses") });
  expect(await from("transform")).toEqual({ stage: "transform", error: new UsageError("transform refuses") });
  expect(await from("train")).toEqual({ stage: "evaluate", error: new UsageError("evaluate refuses") });
  expect(asked).toEqual([
    ["transform", 100],
    ["transform", 100],
    ["evaluate", 100],
  ]);
});

test("stages that refuse nothing, and those that have nothing to refuse, let the night begin", async () => {
  const content: Stage = { ...idleStage("extract"), check: async () => {} };
  expect(await mistakeAhead([content, idleStage("train")], content, config)).toBeUndefined();
});
