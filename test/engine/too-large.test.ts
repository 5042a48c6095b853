import { expect, test } from "vitest";
import { requireReadable } from "../../src/lib/engine/too-large.ts";
import { SIZE_LIMITS } from "../../src/lib/files/size-limits.ts";

test("a model that nobody could read once it is written is refused", () => {
  expect(() => requireReadable(SIZE_LIMITS.model)).not.toThrow();
  expect(() => requireReadable(SIZE_LIMITS.model + 2 ** 20)).toThrow(
    "the model takes 257 MB, and 256 MB are read at most",
  );
});
