import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { coresOf } from "../../src/lib/engine/cores.ts";

test("a library is asked for no more threads than there are cores, and for no more than churn.yaml says", () => {
  const cores = availableParallelism();
  expect([undefined, 1, cores, cores + 1, 2_147_483_647].map(coresOf)).toEqual([cores, 1, cores, cores, cores]);
});
